"""What staff do to a case, as events for the log: taking, transferring, correcting and closing it. Deciding is pure."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from aduan.accused import accuses
from aduan.bouncing import desk, is_bounced, note_of, raised
from aduan.connections.publisher import Record
from aduan.deadlines import due_at
from aduan.ids import event_id
from aduan.regions import is_region
from aduan.settings import Settings
from aduan.taxonomy import FIELDS, is_code
from aduan.tokens import Caller, Role
from aduan.units import load_units
from portal.fence import OPEN
from portal.problems import ProblemError
from schemas.codec import encode
from schemas.documents import CaseDocument
from schemas.events import (
    CaseAcknowledged,
    CaseEvent,
    CaseOpened,
    CaseReclassified,
    CaseResolved,
    CaseTransferred,
    Code,
    ReporterErased,
)

SOURCE: Final = "/portal"
_ANY_UNIT: Final = frozenset({Role.INSPECTOR, Role.ADMIN})
_MAY_OPEN: Final = frozenset({Role.SUPERVISOR, Role.INSPECTOR, Role.ADMIN})


class Body(BaseModel):
    """The JSON body of an action; a member that is not known is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Acknowledge(Body):
    """I take this case."""


class Transfer(Body):
    """Another unit is responsible."""

    unit: Code
    note: Annotated[str, Field(max_length=500)] = ""


class Reclassify(Body):
    """The classes were wrong."""

    jenis: Code | None = None
    kategori: Code | None = None
    prioritas: Code | None = None
    kerahasiaan: Code | None = None
    provinsi: Code | None = None
    kabupaten: Code | None = None


class Resolve(Body):
    """The case is answered and closed."""

    outcome: Literal["resolved", "outside_remit", "not_a_complaint", "duplicate"]


class Erase(Body):
    """The reporter asked to be forgotten."""

    drop_text: bool = False


B = TypeVar("B", bound=Body)
Action = Callable[[CaseDocument, Mapping[str, Any], Caller, datetime], CaseEvent]


def acknowledge(case: CaseDocument, body: Mapping[str, Any], caller: Caller, now: datetime) -> CaseAcknowledged:
    """Take the case: an urgent escalation stops climbing."""
    asked = _checked(Acknowledge, body)
    _refuse_others(case, caller)
    common = _common(CaseAcknowledged, asked, case, caller, now)
    return CaseAcknowledged(**common, actor=caller.name, unit=case.unit)


def transfer(case: CaseDocument, body: Mapping[str, Any], caller: Caller, now: datetime) -> CaseTransferred:
    """Hand the case to another unit; its deadline counts from now. Never to one that it accuses (guarantee 12).

    What a unit hands on for the second time goes to the service desk instead, with the proposal as a note and a high
    priority: there a person settles whose it is. Inspectors and administrators settle it themselves.
    """
    asked = _checked(Transfer, body)
    _refuse_others(case, caller)
    if asked.unit not in load_units():
        raise ProblemError.wrong("unit", "there is no such unit")
    if asked.unit == case.unit:
        raise ProblemError.wrong("unit", "the case is there already")
    if accuses(_accused(case), asked.unit):
        raise ProblemError.wrong(
            "unit", "the case reports this kind of office: choose one above it or the inspectorate"
        )
    unit, prioritas, note = asked.unit, None, asked.note
    if caller.role not in _ANY_UNIT and is_bounced(case, unit):
        unit, prioritas, note = desk(_accused(case)), raised(case.prioritas), note_of(unit, note)
    due = due_at(now, jenis=case.jenis, kategori=case.kategori, prioritas=prioritas or case.prioritas, unit=unit)
    due = min(due, case.origin.due_at or due)  # what another system promised does not move with the case
    common = _common(CaseTransferred, asked, case, caller, now)
    return CaseTransferred(**common, actor=caller.name, unit=unit, due_at=due, note=note, prioritas=prioritas)


def reclassify(case: CaseDocument, body: Mapping[str, Any], caller: Caller, now: datetime) -> CaseReclassified:
    """Correct the classes. Opening a confidential case to others needs a supervisor: reporters were harmed by less."""
    asked = _checked(Reclassify, body)
    _refuse_others(case, caller)
    changes: dict[str, str] = asked.model_dump(exclude_none=True)
    if not changes:
        raise ProblemError.wrong("body", f"give at least one of: {', '.join(Reclassify.model_fields)}")
    for name, value in changes.items():
        if not (is_code(name, value) if name in FIELDS else is_region(value)):
            raise ProblemError.wrong(name, f"not a code of {name}")
    if case.kerahasiaan not in OPEN and asked.kerahasiaan in OPEN and caller.role not in _MAY_OPEN:
        raise ProblemError.forbidden("only a supervisor may make a confidential case readable to others")
    common = _common(CaseReclassified, asked, case, caller, now)
    return CaseReclassified(**common, actor=caller.name, role=caller.role.value, **changes)


def resolve(case: CaseDocument, body: Mapping[str, Any], caller: Caller, now: datetime) -> CaseResolved:
    """Close the case with its outcome."""
    asked = _checked(Resolve, body)
    _refuse_others(case, caller)
    if case.status == "resolved":
        raise ProblemError.wrong("outcome", "the case is closed already")
    return CaseResolved(**_common(CaseResolved, asked, case, caller, now), actor=caller.name, outcome=asked.outcome)


def erase(case: CaseDocument, body: Mapping[str, Any], caller: Caller, now: datetime) -> ReporterErased:
    """Forget the reporter, and the free text too if asked. Only for administrators: it can't be undone."""
    asked = _checked(Erase, body)
    if caller.role is not Role.ADMIN:
        raise ProblemError.forbidden("only an administrator may erase")
    common = _common(ReporterErased, asked, case, caller, now)
    return ReporterErased(**common, actor=caller.name, drop_text=asked.drop_text)


ACTIONS: Final[dict[str, Action]] = {
    "acknowledge": acknowledge,
    "transfer": transfer,
    "reclassify": reclassify,
    "resolve": resolve,
}
"""What the API offers; `erase` is for the command line alone."""


def action_record(settings: Settings, event: CaseEvent, case: CaseDocument) -> Record:
    """The record that appends the event to the case's own partition of the log."""
    prioritas = event.prioritas if isinstance(event, CaseReclassified) else None
    extra = [("prioritas", prioritas)] if prioritas is not None else []
    key, value, headers = encode(event, source=SOURCE, extra=extra)
    partition = case.position.partition if case.position.epoch == settings.epoch else None
    return Record(settings.topics.cases, key, value, headers, partition)


def _checked(model: type[B], body: Mapping[str, Any]) -> B:
    try:
        return model.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise ProblemError.wrong(where[:60], first["msg"]) from None


def _refuse_others(case: CaseDocument, caller: Caller) -> None:
    """Staff act on the cases of their own unit."""
    if caller.role not in _ANY_UNIT and caller.unit != case.unit:
        raise ProblemError.forbidden("the case is with another unit")


def _common(
    event_type: type[CaseEvent], asked: Body, case: CaseDocument, caller: Caller, now: datetime
) -> dict[str, Any]:
    """Id, case and time. The same request on the same state of the case is the same event, so a retry is harmless."""
    position = case.position
    request = hashlib.blake2b(f"{caller.name}\0{asked.model_dump_json()}".encode(), digest_size=16).hexdigest()
    cause = f"{case.complaint_id}:{position.epoch}:{position.partition}:{position.offset}"
    return {
        "event_id": event_id(cause, event_type.TYPE, request),
        "complaint_id": case.complaint_id,
        "occurred_at": now,
    }


def _accused(case: CaseDocument) -> tuple[str, ...]:
    """The kinds of office that the text accuses, as the opening says."""
    opening = case.events[0].event
    return opening.classification.accused if isinstance(opening, CaseOpened) else ()
