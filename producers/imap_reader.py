"""Reads a mailbox for ever, every mail once, in UID order. Mails are marked and the cursor moves after the door's yes.

A crash at any point repeats the last step, whose mails the door knows already. Guarantees 1 and 2.
"""

import random
import threading
from collections import Counter as Tally
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from aduan.connections.patience import jittered
from aduan.settings import Settings
from producers.door import Door, Receipt, utc_now
from producers.imap_cursor import Cursor, CursorFile
from producers.imap_decisions import MOST_MAILS, Folder, Step, resume, steps, windows
from producers.imap_login import check
from producers.imap_mailbox import Mailbox
from producers.imap_state import State
from producers.mail_admission import MailAdmission, largest_mail, own_addresses
from producers.mail_files import without_large_files
from producers.mail_parsing import parse_mail
from producers.submission import Submission
from schemas.errors import AduanError, InvalidError, Reason, UnavailableError

TRIES: Final = 3
"""So often a mail is asked for that the server has and does not give."""


class MailboxReader:
    """One mailbox. `run` in the main thread; `state` from any."""

    def __init__(self, settings: Settings, door: Door, *, clock: Callable[[], datetime] = utc_now) -> None:
        check(settings)
        self._settings = settings
        self._admission = MailAdmission(settings, door)
        self._cursors = CursorFile.of(settings)
        self._account = account_of(settings)
        self._own = own_addresses(settings) | {self._account}
        self._largest = largest_mail(settings)
        self._clock = clock
        self._unread: Tally[int] = Tally()
        self.state = State()

    def run(self, stop: threading.Event) -> None:
        """Read and wait until `stop`; connect anew after every failure, later and later, at most every 30 s."""
        failures = 0
        while not stop.is_set():
            try:
                with Mailbox(self._settings) as mailbox:
                    self.state.connected = True
                    while not stop.is_set():
                        news = self.read_all(mailbox, stop)
                        failures = 0
                        self.state.well()
                        if not news:
                            mailbox.wait(stop)
            except AduanError as error:  # also a data file that an administrator is changing
                failures += 1
                self.state.unwell(str(error))
                stop.wait(jittered(failures, random.random(), first=1.0))  # noqa: S311 - jitter
            finally:
                self.state.connected = False
        self._admission.close()

    def read_all(self, mailbox: Mailbox, stop: threading.Event) -> bool:
        """Keep everything that waits; whether there was anything.

        If so, ask again before waiting: what came meanwhile was told in an answer that nobody looked at, and is not
        told again. UnavailableError: what was kept is behind the cursor, the rest comes again.
        """
        folder = mailbox.open()
        cursor = resume(self._cursors.load(), folder)
        self.state.uid = cursor.uid
        unread = list(windows(cursor, folder))
        for first, last in unread:
            for step in self._steps(mailbox, first, last):
                if stop.is_set():
                    return True
                self._do(mailbox, step)
                self._move(folder, step.last)
            self._move(folder, last)
        return bool(unread)

    def _steps(self, mailbox: Mailbox, first: int, last: int) -> Iterator[Step]:
        uids = mailbox.uids(first, last)
        for start in range(0, len(uids), MOST_MAILS):
            yield from steps(mailbox.waiting(uids[start : start + MOST_MAILS]), self._largest)

    def _do(self, mailbox: Mailbox, step: Step) -> None:
        """Keep the mails of one step, then mark them; set aside those that can't be taken."""
        if step.too_large:
            self._refuse(mailbox, step.last, Reason.TOO_LARGE.value)
            return
        raws = mailbox.fetch([mail.uid for mail in step.mails])
        arrived = {mail.uid: mail.arrived or self._clock() for mail in step.mails}
        fitting = {uid: raw for uid, raw in raws.items() if len(raw) <= self._largest}
        answers, cut = self._keep({uid: (self._parsed(raw), arrived[uid]) for uid, raw in fitting.items()})
        kept = [uid for uid, outcome in answers.items() if isinstance(outcome, Receipt)]
        if whole := [uid for uid in kept if uid not in cut]:
            mailbox.mark_kept(whole)
        for uid in cut & set(kept):
            mailbox.set_aside(uid)  # for a person to see the file
        self._count(answers, cut)
        for uid in raws:
            outcome = answers.get(uid)
            if not isinstance(outcome, Receipt):
                self._refuse(mailbox, uid, outcome.reason.value if outcome else Reason.TOO_LARGE.value)
        for uid in arrived.keys() - raws.keys():
            self._missing(mailbox, uid)

    def _keep(
        self, mails: dict[int, tuple[Submission, datetime]]
    ) -> tuple[dict[int, Receipt | InvalidError], set[int]]:
        """Outcomes by UID, and those that were kept without a file that is too large: nobody could be told of it."""
        answers = dict(zip(mails, self._admission.keep(list(mails.values())), strict=True))
        cut = {
            uid: (without_large_files(self._settings, mails[uid][0]), mails[uid][1])
            for uid, outcome in answers.items()
            if isinstance(outcome, InvalidError) and outcome.reason is Reason.TOO_LARGE
        }
        answers |= dict(zip(cut, self._admission.keep(list(cut.values())), strict=True))
        return answers, set(cut)

    def _missing(self, mailbox: Mailbox, uid: int) -> None:
        """A mail that was not fetched: deleted meanwhile, or unreadable for the server, which must not block all."""
        if not mailbox.uids(uid, uid):
            return
        self._unread[uid] += 1
        if self._unread[uid] < TRIES:
            raise UnavailableError("the mail server does not give a mail that it has")
        self._refuse(mailbox, uid, "unreadable")

    def _parsed(self, raw: bytes) -> Submission:
        return parse_mail(raw, account=self._account, own=self._own)

    def _refuse(self, mailbox: Mailbox, uid: int, reason: str) -> None:
        mailbox.set_aside(uid)
        self.state.refuse(uid, reason)

    def _count(self, answers: dict[int, Receipt | InvalidError], cut: set[int]) -> None:
        for uid, outcome in answers.items():
            if isinstance(outcome, Receipt):
                self.state.keep("duplicate" if outcome.duplicate else "without_file" if uid in cut else "kept")

    def _move(self, folder: Folder, uid: int) -> None:
        self._cursors.save(Cursor(uidvalidity=folder.uidvalidity, uid=uid))
        self.state.uid = uid
        self.state.well()


def account_of(settings: Settings) -> str:
    """The address of ours that the mailbox stands for: as given, else the user name if it is one, else our first."""
    for address in (settings.imap_account, settings.imap_username):
        if "@" in address:
            return address.strip().lower()
    return next(iter(sorted(settings.mailboxes)), "imap")
