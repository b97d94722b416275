"""Whether a message joins a case, is a new complaint that staff may link to one, or is simply new.

It joins only if its sender belongs to the case or it holds the token of our own mail about it: a stranger who quotes a
tracking number or a Message-ID must not (docs/channels.md). What was decided once is remembered under the message's
own id before anything is published, so that a retry decides the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from aduan.ids import claim_key, name_key
from aduan.thread_tokens import complaint_of
from aduan.tracking import tracking_number
from producers.claims import Claims
from producers.conversations import Conversations, Heard, Named
from producers.submission import Submission
from schemas.errors import BlockedError
from schemas.events import Channel, ReplyKind

MAX_REFS: Final = 50
"""Names that are looked up for one message: the last ones, which are nearest to it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message belongs: the complaint that it is or joins, and the one that it may be related to."""

    complaint_id: str
    joins: bool = False
    related: str | None = None
    heard: Heard | None = None
    """What to remember of it once its claim holds: a submission that is refused makes nobody part of a case."""


@dataclass(frozen=True, slots=True)
class Names:
    """The keyed names by which a message asks for its place."""

    itself: str
    refs: tuple[str, ...]
    tracking: str | None
    member: str
    token: str | None

    @property
    def all(self) -> tuple[str, ...]:
        """Everything to look up."""
        return (self.itself, *self.refs, *([self.tracking] if self.tracking else []))


class Listening:
    """The places of the messages of one batch; a later message of the batch may name an earlier one."""

    def __init__(self, secret: bytes, claims: Claims, conversations: Conversations) -> None:
        self._secret = secret
        self._claims = claims
        self._conversations = conversations
        self._heard: list[Heard] = []

    def place(self, submission: Submission, own_id: str) -> Place:
        """Where this message belongs. BlockedError for a deletion of what is no complaint here; UnavailableError."""
        names = names_of(self._secret, submission, own_id)
        if names is None:
            place = Place(own_id)
        else:
            known = self._conversations.find(names.all, names.member) | self._just_heard(names)
            place = place_of(own_id, submission, names, known)
            if place.joins and names.itself not in known and self._was_never_taken(place.complaint_id, submission):
                place = Place(own_id, related=place.complaint_id)
        if (heard := heard_of(self._secret, submission, own_id, place)) is not None:
            self._heard.append(heard)
        return replace(place, heard=heard)

    def remember(self, places: Iterable[Place], now: datetime) -> None:
        """Keep them, before anything is published: a retry after a crash must find the same places."""
        if heard := [place.heard for place in places if place.heard is not None]:
            self._conversations.remember(heard, now)

    def _was_never_taken(self, complaint_id: str, submission: Submission) -> bool:
        """Whether Kafka has not acknowledged the complaint: its sender was told no, and words added to it had no case.

        A deletion has no words to lose, and waits for its complaint as a dead letter.
        """
        if submission.thread is None or submission.thread.kind is ReplyKind.DELETION:
            return False
        if any(one.complaint_id == complaint_id for one in self._heard):
            return False
        return self._claims.is_pending(claim_key(self._secret, complaint_id))

    def _just_heard(self, names: Names) -> dict[str, Named]:
        return {
            name: Named(one.complaint_id, names.member in one.members)
            for one in self._heard
            for name in one.names
            if name in names.all
        }


def names_of(secret: bytes, submission: Submission, own_id: str) -> Names | None:
    """What to look up for a submission; None when it names nothing, as most web complaints do."""
    thread = submission.thread
    if thread is None:
        return None
    given = (*thread.refs[-MAX_REFS:],)
    token = next((found for ref in given if (found := complaint_of(secret, ref)) is not None), None)
    return Names(
        itself=name_key(secret, "itself", own_id),
        refs=tuple(name_key(secret, "ref", submission.channel.value, ref) for ref in given),
        tracking=name_key(secret, "tracking", thread.tracking) if thread.tracking else None,
        member=member_key(secret, submission),
        token=token,
    )


def place_of(own_id: str, submission: Submission, names: Names, known: dict[str, Named]) -> Place:
    """The place of a message. Raises BlockedError for a deletion of something that was never a complaint here."""
    if (before := known.get(names.itself)) is not None:
        return Place(before.complaint_id, joins=before.complaint_id != own_id)
    if names.token is not None:
        return Place(names.token, joins=True)
    found = [known[name] for name in (*names.refs, names.tracking) if name is not None and name in known]
    for one in reversed(found):  # the last reference is the nearest
        if one.belongs:
            return Place(one.complaint_id, joins=True)
    if submission.thread is not None and submission.thread.kind is ReplyKind.DELETION:
        raise BlockedError("what was deleted is no complaint here, or is another person's")
    return Place(own_id, related=found[-1].complaint_id if found else None)


def heard_of(secret: bytes, submission: Submission, own_id: str, place: Place) -> Heard | None:
    """What to remember of a message; None when nobody could ever answer it."""
    thread = submission.thread
    members = tuple(key for key in _members(secret, submission) if key)
    if thread is None and not members:
        return None
    own = thread.own if thread else ()
    names = [name_key(secret, "itself", own_id)] if thread else []
    names += [name_key(secret, "ref", submission.channel.value, one) for one in own]
    if not place.joins:
        names.append(name_key(secret, "tracking", tracking_number(own_id)))
    return Heard(place.complaint_id, tuple(names), members)


def heard_answer(secret: bytes, complaint_id: str, channel: Channel, ref: str) -> Heard:
    """What to remember of an answer of ours: whoever belongs to the case and answers it, by this ref, joins it."""
    return Heard(complaint_id, (name_key(secret, "ref", channel.value, ref),))


def member_key(secret: bytes, submission: Submission) -> str:
    """The keyed name of whoever sent it; "" for nobody."""
    if not submission.sender:
        return ""
    if submission.channel is Channel.SOCIAL:
        platform = submission.account.partition(":")[0]
        return name_key(secret, "member", platform, submission.sender)
    return name_key(secret, "member", "mail", submission.sender.lower())


def _members(secret: bytes, submission: Submission) -> Sequence[str]:
    email = submission.reporter.email if submission.reporter else None
    written = name_key(secret, "member", "mail", email.strip().lower()) if email else ""
    return list(dict.fromkeys((member_key(secret, submission), written)))
