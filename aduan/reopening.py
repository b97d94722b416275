"""What an answer to a closed case does: it opens the case again, or becomes a complaint that names it. Pure.

Closed is not fixed. The window counts from the resolution, not from the last comment, as DIGIT's does; who answers
later gets a complaint of their own, with a number and a deadline, and staff see which case it follows.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from aduan import ids
from aduan.deadlines import due_at
from aduan.escalation import raised_by
from aduan.triage import triage
from schemas.documents import CaseDocument
from schemas.events import (
    CaseContinued,
    CaseOpened,
    CaseReclassified,
    CaseReopened,
    Claimed,
    ComplaintReceived,
    Origin,
    ReplyAdded,
    ReporterReplied,
)

ACTOR: Final = "reporter"
SOURCE: Final = "/consumers/escalator"
ESCALATOR_FIRST: Final = timedelta(minutes=10)
"""For so long an answer in danger words is the escalator's alone: each raising tells one more contact."""
_OPEN_TO_ALL: Final = "publik"


class Sealing(NamedTuple):
    """The words and the person of an answer, sealed anew for the complaint that it becomes or joins."""

    content: str
    reporter: str | None


class Onward(NamedTuple):
    """An answer that came too late: the complaint that it becomes, or joins when another one made it before."""

    reply: ReplyAdded
    complaint_id: str
    joins: bool


class Decided(NamedTuple):
    """What the answers to one closed case do; all empty: nothing (yet)."""

    raised: tuple[CaseReclassified, ...] = ()
    reopened: CaseReopened | None = None
    onward: tuple[Onward, ...] = ()


def decide(case: CaseDocument, *, window: timedelta, oldest: timedelta, secret: bytes, now: datetime) -> Decided:
    """One answer within the window opens the case again; each that came later goes on as a complaint.

    A case that is not open to all, or that accuses an office, is opened again however late the answer is: a complaint
    of its own would be classified and routed by the answer's few words alone (guarantees 10 and 12).
    Danger words open the case at once, however old it is. The escalator says so by their event; what it did not take
    for danger then and the word lists know now is said here, under the same id.
    Other answers that are older than `oldest` were left by a version that acted on none: nothing is done about them.
    """
    answers = _answers(case)
    if case.status != "resolved" or case.resolved_at is None or not answers:
        return Decided()
    raised = _raised(case, answers, now)
    if raised:
        return Decided(raised=tuple(event for event, due in raised if due <= now))
    answers = [one for one in answers if now - one.received_at <= oldest]
    in_time = [one for one in answers if one.received_at - case.resolved_at <= window or _stays_where_it_is(case)]
    if in_time:
        return Decided(reopened=_reopened(case, in_time[0], now))
    return Decided(onward=_onward(case, answers, secret))


def _raised(
    case: CaseDocument, answers: Sequence[ReplyAdded], now: datetime
) -> Sequence[tuple[CaseReclassified, datetime]]:
    """What danger words do, and from when on it is said here.

    Not what the case has had already: the same event would change nothing, and its answer would wait for ever.
    """
    had = {stored.event.event_id for stored in case.events}
    events = ((raised_by(one, now), one.received_at + ESCALATOR_FIRST) for one in answers)
    return [(event, due) for event, due in events if event is not None and event.event_id not in had]


def _onward(case: CaseDocument, answers: Sequence[ReplyAdded], secret: bytes) -> tuple[Onward, ...]:
    target, joins, onward = case.continued_as, case.continued_as is not None, list[Onward]()
    for one in answers:
        target = target or continuation_id(secret, one)
        onward.append(Onward(one, target, joins))
        joins = True
    return tuple(onward)


def continuation_id(secret: bytes, reply: ReplyAdded) -> str:
    """Id of the complaint that an answer becomes; the same answer always becomes the same one."""
    return ids.complaint_id(secret, channel="answer", account=reply.complaint_id, sender="", external_id=reply.event_id)


def continued(onward: Onward, case: CaseDocument, now: datetime) -> CaseContinued:
    """What the closed case is told of it."""
    return CaseContinued(
        event_id=ids.event_id(onward.reply.event_id, CaseContinued.TYPE),
        complaint_id=case.complaint_id,
        occurred_at=now,
        actor=ACTOR,
        reply=onward.reply.event_id,
        continued_as=onward.complaint_id,
    )


def complaint_of(
    onward: Onward, case: CaseDocument, sealed: Sealing, *, secret: bytes
) -> ComplaintReceived | ReporterReplied:
    """The answer as the doors would have said it; the same answer always gives an equal event but for its sealing."""
    reply, target = onward.reply, onward.complaint_id
    lane, findings = triage("", reply.text)
    if onward.joins:
        return ReporterReplied(
            event_id=ids.event_id(target, ReporterReplied.TYPE, reply.event_id),
            complaint_id=target,
            occurred_at=reply.received_at,
            source=SOURCE,
            lane=lane,
            received_at=reply.received_at,
            sealed_content=sealed.content,
            kind=reply.kind,
            channel=reply.channel,
            attachments=reply.attachments,
        )
    return ComplaintReceived(
        event_id=ids.event_id(target, ComplaintReceived.TYPE),
        complaint_id=target,
        occurred_at=reply.received_at,
        channel=reply.channel or case.channel,
        account=case.account,
        source=SOURCE,
        lane=lane,
        triage=findings,
        body_digest=ids.body_digest(secret, "answer", reply.event_id),
        received_at=reply.received_at,
        sealed_content=sealed.content,
        sealed_reporter=sealed.reporter,
        attachments=reply.attachments,
        claimed=_as_before(case),
        origin=Origin(related=case.complaint_id, public=case.origin.public and case.kerahasiaan == _OPEN_TO_ALL),
    )


def _stays_where_it_is(case: CaseDocument) -> bool:
    opening = case.events[0].event
    accused = opening.classification.accused if isinstance(opening, CaseOpened) else ()
    return case.kerahasiaan != _OPEN_TO_ALL or bool(accused)


def _as_before(case: CaseDocument) -> Claimed:
    """What the closed case is known to be. `publik` is left to the words: a choice would show them to all."""
    kept = None if case.kerahasiaan == _OPEN_TO_ALL else case.kerahasiaan
    return Claimed(kategori=case.kategori, provinsi=case.provinsi, kabupaten=case.kabupaten, kerahasiaan=kept)


def _answers(case: CaseDocument) -> Sequence[ReplyAdded]:
    waiting = frozenset(case.after_closing)
    events = (stored.event for stored in case.events)
    return [event for event in events if isinstance(event, ReplyAdded) and event.event_id in waiting]


def _reopened(case: CaseDocument, first: ReplyAdded, now: datetime) -> CaseReopened:
    due = due_at(
        max(first.received_at, now), jenis=case.jenis, kategori=case.kategori, prioritas=case.prioritas, unit=case.unit
    )
    return CaseReopened(
        event_id=ids.event_id(first.event_id, CaseReopened.TYPE),
        complaint_id=case.complaint_id,
        occurred_at=now,
        actor=ACTOR,
        replies=case.after_closing,
        due_at=due,
    )
