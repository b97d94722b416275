"""What both mail doors do with mails in hand: silence loops, keep, and give a reused Message-ID an id of its own."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from aduan import ids
from aduan.settings import Settings
from producers.claims import Claims
from producers.door import Door, Receipt, utc_now
from producers.mail_loops import MailLoops
from producers.submission import Submission
from schemas.errors import ConflictError, InvalidError


def own_addresses(settings: Settings) -> frozenset[str]:
    """Every address that our own mail may come from: mails from these are never answered."""
    return frozenset(settings.mailboxes) | {
        one.strip().lower() for one in (settings.mail_from, settings.imap_account) if one
    }


def largest_mail(settings: Settings) -> int:
    """Bytes of the largest mail that is taken: attachments in base64, and words around them."""
    return settings.attachments_bytes * 7 // 5 + 1_000_000


class MailAdmission:
    """Keeps mails. Thread-safe."""

    def __init__(self, settings: Settings, door: Door) -> None:
        self._door = door
        self._claims = Claims(settings.data_dir / "claims.sqlite")
        self._loops = MailLoops(self._claims, settings.require_secret())

    def keep(self, mails: Sequence[tuple[Submission, datetime]]) -> list[Receipt | InvalidError]:
        """Keep these, each with its time of arrival; outcomes in their order.

        Raises UnavailableError when any may not be kept: give all again, as often as you like.
        """
        if not mails:
            return []
        judged = self._loops.judge(mails, utc_now())
        outcomes = self._submit(judged)
        again = [place for place, outcome in enumerate(outcomes) if isinstance(outcome, ConflictError)]
        for place, outcome in zip(again, self._submit([distinct(judged[place]) for place in again]), strict=True):
            outcomes[place] = outcome
        return outcomes

    def close(self) -> None:
        """Close the counts."""
        self._claims.close()

    def _submit(self, mails: Sequence[Submission]) -> list[Receipt | InvalidError]:
        """All with one acknowledgement; one by one when the broker takes one of them never."""
        try:
            return self._door.submit_many(mails) if mails else []
        except InvalidError as error:
            if len(mails) == 1:
                return [error]
            return [outcome for mail in mails for outcome in self._submit([mail])]


def distinct(submission: Submission) -> Submission:
    """The same mail under an id of its own, which a retry makes again: its digest joins its Message-ID."""
    digest = ids.body_digest(b"message-id", *submission.body())
    return replace(submission, external_id=f"{submission.external_id}#{digest}")
