"""Stops loops of two machines that answer each other: counts mails by sender and by subject, and silences what is over.

At most 10 mails of one address in 180 minutes are answered, and 2 with the same subject. The counts live beside the
claims, shared by the SMTP and the IMAP door; they hold keyed digests only. The verdict on a mail is kept, so that a
retry neither counts again nor is judged differently.
"""

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from aduan import ids
from aduan.triage import triage
from producers.claims import KEPT, PURGED_AT_ONCE, Claims
from producers.submission import Submission
from schemas.content import ReplyPath
from schemas.topics import Lane

WINDOW: Final = timedelta(minutes=180)
MOST_MAILS: Final = 10
MOST_OF_A_SUBJECT: Final = 2
NO_WAY: Final = ReplyPath(via="none", account="", to="")
"""No answer goes by this way, whatever address the reporter gave."""
_PREFIXES: Final = re.compile(
    r"^(?:\s*(?:re|bls|balas|aw|sv|fw|fwd|auto|automatic reply|out of office)\s*:)+", re.IGNORECASE
)
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS mail_counts (
    mail TEXT PRIMARY KEY, sender TEXT NOT NULL, subject TEXT NOT NULL, at INTEGER NOT NULL, noted INTEGER NOT NULL,
    over INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS mail_counts_sender ON mail_counts (sender, at);
CREATE INDEX IF NOT EXISTS mail_counts_noted ON mail_counts (noted);
"""


class MailLoops:
    """The counts of an installation; as thread-safe as the claims whose file they share.

    Raises UnavailableError when that file can't be had: the mail then comes again.
    """

    def __init__(self, claims: Claims, secret: bytes, *, most_alike: int = MOST_OF_A_SUBJECT) -> None:
        self._claims = claims
        self._secret = secret
        self._most_alike = most_alike

    def judge(self, mails: Sequence[tuple[Submission, datetime]], now: datetime) -> list[Submission]:
        """The mails in their order, those over the limit silenced. The time with each is that of its arrival."""
        noted = int(now.timestamp() * 1000)
        with self._claims.transaction(_SCHEMA) as database:
            before = int((now - KEPT).timestamp() * 1000)
            database.execute(
                "DELETE FROM mail_counts WHERE mail IN (SELECT mail FROM mail_counts WHERE noted < ? LIMIT ?)",
                (before, PURGED_AT_ONCE),
            )
            over = [self._is_over(database, mail, int(at.timestamp() * 1000), noted) for mail, at in mails]
        return [silenced(mail) if late else mail for (mail, _), late in zip(mails, over, strict=True)]

    def _is_over(self, database: sqlite3.Connection, mail: Submission, at: int, noted: int) -> bool:
        if not mail.sender:
            return False
        keys = self._keys(mail)
        known = database.execute("SELECT over FROM mail_counts WHERE mail = ?", (keys[0],)).fetchone()
        if known is not None:
            return bool(known[0])
        since = at - int(WINDOW.total_seconds() * 1000)
        count, alike = database.execute(
            "SELECT count(*), coalesce(sum(subject = ?), 0) FROM mail_counts WHERE sender = ? AND at > ? AND at <= ?",
            (keys[2], keys[1], since, at),
        ).fetchone()
        over: bool = count >= MOST_MAILS or alike >= self._most_alike
        database.execute("INSERT INTO mail_counts VALUES (?, ?, ?, ?, ?, ?)", (*keys, at, noted, over))
        return over

    def _keys(self, mail: Submission) -> tuple[str, str, str]:
        """Keyed names of the mail, its sender, and its sender with its subject."""
        sender = mail.sender.lower()
        said = ids.body_digest(self._secret, *mail.body())  # a machine may use one Message-ID for all of its mails
        itself = ids.name_key(self._secret, "mail", mail.account, sender, mail.external_id, said)
        subject = ids.name_key(self._secret, "mail-subject", sender, bare_subject(mail.title))
        return itself, ids.name_key(self._secret, "mail-sender", sender), subject


def bare_subject(subject: str) -> str:
    """A subject without `Re:` and its like, in one case and spacing: machines add such words in every round."""
    return " ".join(_PREFIXES.sub("", subject[:500]).lower().split())


def silenced(mail: Submission) -> Submission:
    """The mail as one that is never answered. It is kept all the same.

    One with danger words is not called a machine's, for those are not escalated: a child who writes three times under
    the same subject must still reach a person. Its way back leads nowhere; without one, its address would be answered.
    """
    reporter = mail.reporter.model_copy(update={"reply": NO_WAY}) if mail.reporter else None
    urgent = triage(mail.title, mail.text)[0] is Lane.URGENT
    return replace(mail, reporter=reporter, automated=mail.automated or not urgent)
