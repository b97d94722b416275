"""Reads a mailbox for ever, every mail once, in UID order. Mails are marked and the cursor moves after the door's yes.

A crash at any point repeats the last step, whose mails the door knows already. Guarantees 1 and 2.
"""

import random
import threading
import time
from collections import Counter as Tally
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog
from prometheus_client import Counter

from aduan.settings import Settings
from producers.door import Door, Receipt, utc_now
from producers.imap_cursor import Cursor, CursorFile
from producers.imap_decisions import MOST_MAILS, Folder, Step, backoff, resume, steps, windows
from producers.imap_login import check
from producers.imap_mailbox import Mailbox
from producers.mail_admission import MailAdmission, accounts, largest_mail, own_addresses
from producers.mail_parsing import parse_mail
from producers.submission import Submission
from schemas.errors import AduanError, InvalidError, Reason, UnavailableError

STUCK_SECONDS: Final = 60.0
"""Without success for so long, and the process says that it is not well."""
TRIES: Final = 3
"""So often a mail is asked for that the server has and does not give."""
_log = structlog.get_logger(__name__)
_MAILS = Counter("aduan_imap_mails", "Mails of the mailbox by outcome.", ["outcome"])
_FAILURES = Counter("aduan_imap_failures", "Connections or steps that failed and were tried again.")


@dataclass
class State:
    """How the reader is; written by it, read by the health endpoint."""

    connected: bool = False
    waiting_for: str = ""
    uid: int = 0
    kept: int = 0
    refused: int = 0
    well_at: float = field(default_factory=time.monotonic)

    def seconds_unwell(self) -> float:
        """Seconds since it last could do its work; 0 while it can."""
        return time.monotonic() - self.well_at if self.waiting_for else 0.0


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
                        self._well()
                        if not news:
                            mailbox.wait(stop)
            except AduanError as error:  # also a data file that an administrator is changing
                failures += 1
                self._unwell(error)
                stop.wait(backoff(failures, random.random()))  # noqa: S311 - jitter
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
        outcomes = self._admission.keep([(self._parsed(raw), arrived[uid]) for uid, raw in fitting.items()])
        answers = dict(zip(fitting, outcomes, strict=True))
        kept = [uid for uid, outcome in answers.items() if isinstance(outcome, Receipt)]
        if kept:
            mailbox.mark_kept(kept)
        self._count(answers)
        for uid in raws:
            outcome = answers.get(uid)
            if not isinstance(outcome, Receipt):
                self._refuse(mailbox, uid, outcome.reason.value if outcome else Reason.TOO_LARGE.value)
        for uid in arrived.keys() - raws.keys():
            self._missing(mailbox, uid)

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
        self.state.refused += 1
        _MAILS.labels("refused").inc()
        _log.warning("imap_mail_refused", uid=uid, reason=reason)

    def _count(self, answers: dict[int, Receipt | InvalidError]) -> None:
        for outcome in answers.values():
            if isinstance(outcome, Receipt):
                self.state.kept += not outcome.duplicate
                _MAILS.labels("duplicate" if outcome.duplicate else "kept").inc()

    def _move(self, folder: Folder, uid: int) -> None:
        self._cursors.save(Cursor(uidvalidity=folder.uidvalidity, uid=uid))
        self.state.uid = uid
        self._well()

    def _well(self) -> None:
        if self.state.waiting_for:
            _log.info("imap_available_again")
        self.state.waiting_for = ""
        self.state.well_at = time.monotonic()

    def _unwell(self, error: AduanError) -> None:
        _FAILURES.inc()
        if str(error) != self.state.waiting_for:
            _log.warning("imap_waits", reason=str(error))
        self.state.waiting_for = str(error)


def account_of(settings: Settings) -> str:
    """The address of ours that the mailbox stands for: as given, else the user name if it is one, else our first."""
    for address in (settings.imap_account, settings.imap_username):
        if "@" in address:
            return address.strip().lower()
    return next(iter(sorted(accounts(settings))), "imap")
