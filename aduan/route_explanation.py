"""Why a case is where it is, and where it would be otherwise: for `aduan route explain`. Pure; from its own events."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from aduan.bouncing import bounces, desk
from aduan.corrected_classes import Told, with_changes
from aduan.explanation import explain
from aduan.routing import decide_unit
from aduan.routing_file import load_routing
from aduan.units import load_units
from schemas.documents import CaseDocument
from schemas.events import CaseOpened, CaseTransferred, Classification, Finding


@dataclass(frozen=True, slots=True)
class RouteExplanation:
    """The unit that has a case, how it came there, and what would have happened with other classes."""

    tracking_number: str
    unit: str
    unit_name: str
    due_at: datetime
    classes: str
    """Why it was classified as it was."""
    reasons: tuple[str, ...]
    """Every routing rule that spoke when the case opened, in words."""
    since: tuple[str, ...]
    """Transfers since then."""
    otherwise: tuple[str, ...]


def explain_route(case: CaseDocument) -> RouteExplanation:
    """Everything about the way of a case. Rules are today's; the reasons are those of the day it opened."""
    opening = case.events[0].event
    assert isinstance(opening, CaseOpened), "a document begins with its opening"  # noqa: S101 - the fold's promise
    return RouteExplanation(
        tracking_number=case.tracking_number,
        unit=case.unit,
        unit_name=_name(case.unit),
        due_at=case.due_at,
        classes=with_changes(
            explain(opening.classification, case.title, case.text),
            opening.classification,
            (Told.model_validate(stored.event) for stored in case.events),
            load_units().zone(case.unit),
        ),
        reasons=tuple(map(_reason, opening.routing.findings)),
        since=tuple(_transfers(case)),
        otherwise=tuple(_otherwise(opening.classification, opening.routing.unit, case)),
    )


def _reason(finding: Finding) -> str:
    why = "; ".join(finding.words)
    what = "batas waktu" if finding.field == "due_at" else _name(finding.value)
    value = f" {finding.value}" if finding.field == "due_at" else ""
    return f"{finding.rule}: {what}{value}{f' ({why})' if why else ''}"


def _transfers(case: CaseDocument) -> Iterator[str]:
    for stored in case.events:
        event = stored.event
        if isinstance(event, CaseTransferred):
            note = f": {event.note}" if event.note else ""
            yield f"{event.occurred_at:%Y-%m-%d %H:%M} UTC, {event.actor} -> {_name(event.unit)}{note}"


def _otherwise(classes: Classification, unit: str, case: CaseDocument) -> Iterator[str]:
    if classes.unsure:
        yield f"jika kategorinya pasti: {_named_by_rule(classes.model_copy(update={'unsure': False}))}"
    elif (doubted := decide_unit(classes, unsure=True)[0]) != unit:
        yield f"jika kategorinya tidak pasti: {_name(doubted)}"
    if classes.accused:
        offices = ", ".join(classes.accused)
        free = classes.model_copy(update={"accused": ()})
        yield f"jika laporan tidak menyebut {offices}: {_named_by_rule(free)}"
    if classes.kategori_alt is not None:
        other = classes.model_copy(update={"kategori": classes.kategori_alt, "unsure": False})
        yield f"jika kategorinya {classes.kategori_alt}: {_named_by_rule(other)}"
    bounced, count = load_routing().bounced, bounces(case)
    if count + 1 >= bounced.transfers:
        yield f"jika unit ini meneruskannya lagi: {_name(desk(classes.accused))} ({bounced.why})"
    else:
        yield f"diteruskan {count} kali oleh unit; pada kali ke-{bounced.transfers}: {_name(desk(classes.accused))}"


def _named_by_rule(classes: Classification) -> str:
    unit, findings = decide_unit(classes)
    return f"{_name(unit)} ({findings[-1].rule})"


def _name(code: str) -> str:
    unit = load_units().get(code)
    return code if unit is None else f"{unit.name_id} [{code}]"
