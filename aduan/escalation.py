"""Who must look at a case now, and why: the rules of the escalator, pure and given `now`.

An urgent case is escalated by the event that opens it; the sweep finds by query what nobody took, what is late and what
was missed. Each level is reached once: its event has the same id whenever and by whomever it is decided (guarantee 6).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from pydantic import BaseModel, ConfigDict

from aduan.ids import event_id
from aduan.triage import triage
from aduan.units import LAST_RESORT
from schemas.documents import Position
from schemas.events import (
    CaseEscalated,
    CaseOpened,
    CaseReclassified,
    CaseReopened,
    CaseTransferred,
    ComplaintId,
    EscalationCause,
    ReplyAdded,
    ReplyKind,
    Utc,
)
from schemas.topics import Lane

URGENT: Final = "darurat"
LAST_LEVEL: Final = 99
"""Levels count on over all units that a case has had, each of which has a few contacts; so this only ends a runaway."""
ACTOR: Final = "escalator"
"""Who reclassifies a case whose reporter wrote of danger later."""


_BEGINS: Final = frozenset({CaseTransferred.TYPE, CaseReopened.TYPE})


class Pace(NamedTuple):
    """How long each rule waits."""

    unacknowledged: timedelta = timedelta(minutes=15)
    """An urgent case that nobody took climbs to the next contact (issue 3, point 7)."""
    missed: timedelta = timedelta(seconds=60)
    """An urgent case without any escalation was missed by the event path; younger ones are still on its way."""
    overdue: timedelta = timedelta(days=1)
    """A case past its deadline climbs once in so long, within working time."""


class _Partly(BaseModel):
    """A part of something in a document; the rest of it is not read."""

    model_config = ConfigDict(frozen=True, extra="ignore", from_attributes=True)


class PastClasses(_Partly):
    """Whom the text accuses."""

    accused: tuple[str, ...] = ()


class PastEvent(_Partly):
    """What the rules need of an event that the case has had."""

    type: str
    level: int = 0
    unit: str | None = None
    reopens: bool = False
    classification: PastClasses = PastClasses()


class Past(_Partly):
    """An event as it is stored."""

    event: PastEvent


class CaseState(_Partly):
    """What the rules need to know of a case; a part of its document, without its words."""

    complaint_id: ComplaintId
    status: str
    prioritas: str
    unit: str
    automated: bool = False
    opened_at: Utc
    due_at: Utc
    acknowledged_at: Utc | None = None
    escalation_level: int = 0
    escalated_at: Utc | None = None
    position: Position
    events: tuple[Past, ...] = ()

    @property
    def accused(self) -> tuple[str, ...]:
        """The kinds of office that the text accuses, as the opening says."""
        return self.events[0].event.classification.accused if self.events else ()

    @property
    def climbed(self) -> int:
        """How many contacts have been told since the unit has the case, or since it was opened again.

        The level counts on over all units, for each level is one event (guarantee 6); a new unit's chain begins anew.
        """
        began = [n for n, one in enumerate(self.events) if one.event.type in _BEGINS or one.event.reopens]
        if not began:
            return self.escalation_level
        told = [(n, one.event) for n, one in enumerate(self.events) if one.event.type == CaseEscalated.TYPE]
        before = [event.level for n, event in told if n < began[-1] or event.unit != self.unit]
        return self.escalation_level - max(before, default=0)

    @property
    def is_urgent(self) -> bool:
        """Whether the clock is hours, not days."""
        return self.prioritas == URGENT


def opening_escalation(event: CaseOpened, *, chain: Sequence[str], now: datetime) -> CaseEscalated | None:
    """The first level of a case that opens as urgent; None when it isn't, or is an auto-reply."""
    if event.classification.prioritas != URGENT or event.automated:
        return None
    return _escalated(
        event.complaint_id,
        level=1,
        cause=EscalationCause.URGENT,
        unit=event.routing.unit,
        chain=chain,
        due_at=event.routing.due_at,
        now=now,
    )


def raised_by(reply: ReplyAdded, now: datetime) -> CaseReclassified | None:
    """What a reporter's later words do that tell of danger: the case is urgent, and open again whoever had it.

    Words decide as at the door, recall first; staff may correct it. The same reply always gives the same event.
    """
    if reply.automated or reply.kind is ReplyKind.DELETION or triage("", reply.text)[0] is not Lane.URGENT:
        return None
    return CaseReclassified(
        event_id=event_id(reply.event_id, CaseReclassified.TYPE),
        complaint_id=reply.complaint_id,
        occurred_at=now,
        actor=ACTOR,
        prioritas=URGENT,
        kerahasiaan="rahasia",
        reopens=True,
    )


def became_urgent(case: CaseState, *, cause: str, chain: Sequence[str], now: datetime) -> CaseEscalated | None:
    """The next level of a case that was made urgent or, being urgent, came to another unit, whose `chain` it is.

    `cause` is the id of the event that did it. After the last level somebody is still told, once for each cause.
    """
    if not case.is_urgent or _is_settled(case) or case.acknowledged_at is not None:
        return None
    if case.escalation_level < LAST_LEVEL:
        return _next_level(case, EscalationCause.URGENT, chain, now)
    return _escalated(
        case.complaint_id,
        level=LAST_LEVEL,
        cause=EscalationCause.URGENT,
        unit=case.unit,
        chain=chain,
        due_at=case.due_at,
        now=now,
        id_of=(cause, CaseEscalated.TYPE),
    )


def urgent_without_case(complaint: str, *, cause: str, chain: Sequence[str], now: datetime) -> CaseEscalated:
    """Somebody of the last resort, whose `chain` it is, is told when urgent words came and their case still has not."""
    return _escalated(
        complaint,
        level=1,
        cause=EscalationCause.MISSED,
        unit=LAST_RESORT,
        chain=chain,
        due_at=None,
        now=now,
        id_of=(cause, CaseEscalated.TYPE),
    )


def decide(case: CaseState, now: datetime, *, chain: Sequence[str], at_work: bool, pace: Pace) -> CaseEscalated | None:
    """What the sweep does about one case.

    `chain` holds the codes of the unit's contacts, nearest first and without the accused (`aduan.accused`); `at_work`:
    it is working time at the unit.
    After the last contact a case stays where it is: staff and operators see it in the list of escalated cases.
    """
    cause = due_cause(case, now, at_work=at_work, pace=pace)
    if cause is None or case.climbed >= len(chain):
        return None
    return _next_level(case, cause, chain[case.climbed :], now)


def due_cause(case: CaseState, now: datetime, *, at_work: bool, pace: Pace) -> EscalationCause | None:
    """Why a case must be escalated now, or None."""
    if _is_settled(case):
        return None
    if case.is_urgent and case.acknowledged_at is None:
        return _why_unacknowledged(case, now, pace)
    if now < case.due_at or not (at_work or case.is_urgent):
        return None
    last = case.escalated_at
    if last is not None and last >= case.due_at and now - last < pace.overdue:
        return None
    return EscalationCause.OVERDUE


def next_contact(refused: CaseEscalated, *, now: datetime) -> CaseEscalated | None:
    """The next level at once, when the mail server refused this one's address for good; None after the last contact."""
    if not refused.then or refused.level >= LAST_LEVEL:
        return None
    return _escalated(
        refused.complaint_id,
        level=refused.level + 1,
        cause=refused.cause,
        unit=refused.unit,
        chain=refused.then,
        due_at=refused.due_at,
        now=now,
    )


def _is_settled(case: CaseState) -> bool:
    return case.status == "resolved" or case.automated


def _why_unacknowledged(case: CaseState, now: datetime, pace: Pace) -> EscalationCause | None:
    if case.escalated_at is None:
        return EscalationCause.MISSED if now - case.opened_at >= pace.missed else None
    return EscalationCause.UNACKNOWLEDGED if now - case.escalated_at >= pace.unacknowledged else None


def _next_level(case: CaseState, cause: EscalationCause, chain: Sequence[str], now: datetime) -> CaseEscalated | None:
    if case.escalation_level >= LAST_LEVEL:
        return None
    return _escalated(
        case.complaint_id,
        level=case.escalation_level + 1,
        cause=cause,
        unit=case.unit,
        chain=chain,
        due_at=case.due_at,
        now=now,
    )


def _escalated(
    complaint: str,
    *,
    level: int,
    cause: EscalationCause,
    unit: str,
    chain: Sequence[str],
    due_at: datetime | None,
    now: datetime,
    id_of: tuple[str, str] | None = None,
) -> CaseEscalated:
    return CaseEscalated(
        event_id=event_id(*id_of) if id_of else event_id(complaint, CaseEscalated.TYPE, level),
        complaint_id=complaint,
        occurred_at=now,
        level=level,
        cause=cause,
        unit=unit,
        contact=chain[0],
        then=tuple(chain[1:]),
        due_at=due_at,
    )
