"""Stops loops of our answers and a machine that answers them: as with mail, but posts have no subject to compare."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from producers.claims import Claims
from producers.mail_loops import MOST_MAILS, MailLoops, silenced
from producers.submission import Submission
from schemas.events import ReplyKind


class SocialLoops:
    """Of one person at most 10 messages in 180 minutes are answered. All are kept; urgent ones still reach a person.

    Thread-safe. Raises UnavailableError when the file of claims can't be had: the call then comes again.
    """

    def __init__(self, claims: Claims, secret: bytes) -> None:
        self._loops = MailLoops(claims, secret, most_alike=MOST_MAILS)

    def judge(self, submissions: Sequence[Submission], now: datetime) -> list[Submission]:
        """The submissions in their order, those over the limit silenced; edits and deletions are never answered."""
        counted = [one for one in submissions if one.sender and _may_be_answered(one)]
        named = [replace(one, sender=f"{one.account.partition(':')[0]}:{one.sender}") for one in counted]
        judged = self._loops.judge([(one, one.sent_at or now) for one in named], now)
        over = {id(one) for one, mark, found in zip(counted, named, judged, strict=True) if found is not mark}
        return [silenced(one) if id(one) in over else one for one in submissions]


def _may_be_answered(submission: Submission) -> bool:
    return submission.thread is None or submission.thread.kind is ReplyKind.REPLY
