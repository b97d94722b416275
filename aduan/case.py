"""The fold: a case's document from the events of its log, in order. Pure; the indexer, `reindex` and tests share it.

Guarantee 6: a known event id or an older position changes nothing, so replays are harmless. `apply` then returns the
very same object, which tells the caller that there is nothing to write.
"""

from collections.abc import Iterable
from functools import singledispatch

from aduan.corrected_classes import CORRECTABLE, by_whom
from aduan.thanks import is_only_thanks
from schemas.documents import CaseDocument, Position, Reply, StoredEvent
from schemas.errors import BlockedError, ConflictError
from schemas.events import (
    CaseAcknowledged,
    CaseContinued,
    CaseEscalated,
    CaseEvent,
    CaseOpened,
    CaseReclassified,
    CaseReopened,
    CaseResolved,
    CaseTransferred,
    Finding,
    ReplyAdded,
    ReplyKind,
    ReporterErased,
)

_NOTHING_SEALED: dict[str, object] = {"sealed_content": None, "sealed_reporter": None}
_NOBODY_HAS_IT: dict[str, object] = {
    "status": "open",
    "acknowledged_at": None,
    "acknowledged_by": None,
    "resolved_at": None,
    "outcome": None,
    "automated": False,
    "after_closing": (),
    "continued_as": None,
}
_NO_CONTENT: dict[str, object] = {"sealed_content": None}


def apply(case: CaseDocument | None, event: CaseEvent, position: Position) -> CaseDocument:
    """The document after one event; the same object when the event is known or older.

    Raises BlockedError when the case isn't open yet, ConflictError when it was opened with another body. Neither is
    retried: they become dead letters.
    """
    if isinstance(event, CaseOpened):
        if case is None:
            return open_case(event, position)
        if event.body_digest != case.body_digest:
            raise ConflictError("the case was opened with another body")
        return case
    if case is None:
        raise BlockedError(f"{event.TYPE} came before its case was opened")
    if _is_known(case, event, position):
        return case
    event = _without_erased_text(event, case)
    stored = StoredEvent(position=position, event=_unsealed(event))
    # The event is added first: an erasure drops the free text from the stored events as well.
    with_event = case.model_copy(
        update={"events": (*case.events, stored), "position": position, "updated_at": event.occurred_at}
    )
    return with_event.model_copy(update=_changes(event, with_event))


def fold(events: Iterable[tuple[CaseEvent, Position]]) -> CaseDocument | None:
    """The document from all events of one case, in order; None when there are none."""
    case = None
    for event, position in events:
        case = apply(case, event, position)
    return case


def open_case(event: CaseOpened, position: Position) -> CaseDocument:
    """The first document of a case."""
    classes, routing = event.classification, event.routing
    return CaseDocument(
        complaint_id=event.complaint_id,
        tracking_number=event.tracking_number,
        channel=event.channel,
        account=event.account,
        lane=event.lane,
        status="open",
        title=event.title,
        text=event.text,
        jenis=classes.jenis,
        kategori=classes.kategori,
        kategori_alt=classes.kategori_alt,
        prioritas=classes.prioritas,
        kerahasiaan=classes.kerahasiaan,
        provinsi=classes.provinsi,
        kabupaten=classes.kabupaten,
        jenjang=classes.jenjang,
        language=classes.language,
        confidence=classes.confidence,
        model=classes.model,
        unit=routing.unit,
        findings=classes.findings + routing.findings,
        entities=classes.entities,
        attachments=event.attachments,
        automated=event.automated,
        origin=event.origin,
        sent_at=event.sent_at,
        received_at=event.received_at,
        opened_at=event.occurred_at,
        due_at=routing.due_at,
        updated_at=event.occurred_at,
        body_digest=event.body_digest,
        position=position,
        events=(StoredEvent(position=position, event=_unsealed(event)),),
    )


def _is_known(case: CaseDocument, event: CaseEvent, position: Position) -> bool:
    last = case.position
    if position.epoch < last.epoch:
        return True
    if position.epoch == last.epoch and position.partition == last.partition and position.offset <= last.offset:
        return True
    return any(stored.event.event_id == event.event_id for stored in case.events)


def _without_erased_text(event: CaseEvent, case: CaseDocument) -> CaseEvent:
    """A reply that comes late, from before its person had the text erased, is obeyed as if it had been in time."""
    if not isinstance(event, ReplyAdded) or case.erased_at is None or event.received_at > case.erased_at:
        return event
    dropped = any(isinstance(one.event, ReporterErased) and one.event.drop_text for one in case.events)
    return event.model_copy(update={"text": ""}) if dropped else event


def _unsealed(event: CaseEvent) -> CaseEvent:
    """The event as a document may hold it: without its sealed parts, which live in `reporters` only."""
    if isinstance(event, CaseOpened):
        return event.model_copy(update=_NOTHING_SEALED)
    if isinstance(event, ReplyAdded):
        return event.model_copy(update=_NO_CONTENT)
    return event


@singledispatch
def _changes(event: CaseEvent, case: CaseDocument) -> dict[str, object]:  # noqa: ARG001 - the shape of the dispatch
    """What one event changes beside `events`, `position` and `updated_at`."""
    raise TypeError(f"no rule for {type(event).__name__}")


@_changes.register
def _(event: ReplyAdded, case: CaseDocument) -> dict[str, object]:
    reply = Reply(
        received_at=event.received_at,
        text=event.text,
        kind=event.kind,
        channel=event.channel,
        attachments=event.attachments,
    )
    changes: dict[str, object] = {"replies": (*case.replies, reply)}
    if _answers_closing(event, case):
        changes["after_closing"] = (*case.after_closing, event.event_id)
    return changes


def _answers_closing(event: ReplyAdded, case: CaseDocument) -> bool:
    """A person's words that the unit can't have read when it closed the case, by their place on the log; not thanks."""
    if case.status != "resolved" or event.automated or event.kind is ReplyKind.DELETION:
        return False
    if is_only_thanks(event.text) and not event.attachments:
        return False
    return case.erased_at is None or event.received_at > case.erased_at


@_changes.register
def _(event: CaseReclassified, case: CaseDocument) -> dict[str, object]:
    """The classifier's reasons stay, as history; who changed what comes after them."""
    said = {name: value for name in CORRECTABLE if (value := getattr(event, name)) is not None}
    rule = f"corrected:{by_whom(event.actor, event.role)}"
    reasons = tuple(Finding(field=name, value=value, rule=rule) for name, value in said.items())
    return {**said, "findings": (*case.findings, *reasons)} | (_NOBODY_HAS_IT if event.reopens else {})


@_changes.register
def _(event: CaseTransferred, case: CaseDocument) -> dict[str, object]:
    """A transfer hands the case to people who have not taken it yet."""
    status = case.status if case.status == "resolved" else "open"
    return {
        "unit": event.unit,
        "due_at": event.due_at,
        "prioritas": event.prioritas or case.prioritas,
        "transfers": case.transfers + 1,
        "status": status,
        "acknowledged_at": None,
        "acknowledged_by": None,
    }


@_changes.register
def _(event: CaseAcknowledged, case: CaseDocument) -> dict[str, object]:
    """Taken by the unit that had it. One that a transfer overtook says nothing of the unit that has it now."""
    if case.transfers and event.unit not in {None, case.unit}:
        return {}
    status = case.status if case.status == "resolved" else "acknowledged"
    return {"status": status, "acknowledged_at": event.occurred_at, "acknowledged_by": event.actor}


@_changes.register
def _(event: CaseEscalated, case: CaseDocument) -> dict[str, object]:
    return {"escalation_level": max(case.escalation_level, event.level), "escalated_at": event.occurred_at}


@_changes.register
def _(event: CaseResolved, case: CaseDocument) -> dict[str, object]:  # noqa: ARG001 - the dispatch's shape
    return {"status": "resolved", "resolved_at": event.occurred_at, "outcome": event.outcome}


@_changes.register
def _(event: CaseReopened, case: CaseDocument) -> dict[str, object]:
    """Open again, unless what it answers was acted on meanwhile."""
    if case.status != "resolved" or not set(event.replies) & set(case.after_closing):
        return {}
    return _NOBODY_HAS_IT | {"due_at": event.due_at}


@_changes.register
def _(event: CaseContinued, case: CaseDocument) -> dict[str, object]:
    left = tuple(one for one in case.after_closing if one != event.reply)
    return {"after_closing": left, "continued_as": event.continued_as}


@_changes.register
def _(event: ReporterErased, case: CaseDocument) -> dict[str, object]:
    forgotten: dict[str, object] = {"erased_at": event.occurred_at, "after_closing": ()}
    if not event.drop_text:
        return forgotten
    return forgotten | {
        "title": "",
        "text": "",
        "replies": tuple(reply.model_copy(update={"text": ""}) for reply in case.replies),
        "events": tuple(_without_text(stored) for stored in case.events),
    }


def _without_text(stored: StoredEvent) -> StoredEvent:
    event = stored.event
    if isinstance(event, CaseOpened):
        return stored.model_copy(update={"event": event.model_copy(update={"title": "", "text": ""})})
    if isinstance(event, ReplyAdded):
        return stored.model_copy(update={"event": event.model_copy(update={"text": ""})})
    return stored
