"""Classified complaints to units and deadlines, with the reasons: pure, batch by batch, called by the agent `route`."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple

from aduan.deadlines import due_at, promise
from aduan.regions import is_region
from aduan.routing_file import BPMP, DINAS, INSPECTORATE, LLDIKTI, RoutingFile, load_routing
from aduan.units import LAST_RESORT, Units, load_units
from schemas.events import Classification, Finding, Routing

_KEPT: Final = 16_384
"""Combinations of classes whose decision is kept; there are some 500 regions, 21 categories and 8 school levels."""


@dataclass(frozen=True, slots=True)
class RouteInput:
    """A classified complaint as the router sees it; no text and no identity."""

    complaint_id: str
    received_at: datetime
    classification: Classification
    promised: datetime | None = None
    """Deadline that the system it came from has set (`Origin.due_at`)."""


class _Facts(NamedTuple):
    """What the decision hangs on, and all that it may hang on: the key of its cache."""

    jenis: str
    kategori: str
    jenjang: str | None
    provinsi: str | None
    kabupaten: str | None
    accused: tuple[str, ...]
    unsure: bool = False
    """Whether a person decides first."""


def route(items: Sequence[RouteInput]) -> list[Routing]:
    """One unit and deadline per item, in order. Always a unit that exists, never one that the report accuses."""
    return [_route(item) for item in items]


def _route(item: RouteInput) -> Routing:
    classes = item.classification
    jenis, kategori, prioritas = classes.jenis, classes.kategori, classes.prioritas
    unit, findings = _decide(_facts(classes))
    due = due_at(item.received_at, jenis=jenis, kategori=kategori, prioritas=prioritas, unit=unit)
    reason = _deadline_finding(jenis, kategori, prioritas, unit)
    if item.promised is not None and item.promised < due:
        due, reason = item.promised, Finding(field="due_at", value=item.promised.isoformat(), rule="origin.due_at")
    return Routing(unit=unit, due_at=due, findings=(*findings, reason))


def decide_unit(classes: Classification, *, unsure: bool | None = None) -> tuple[str, tuple[Finding, ...]]:
    """The unit alone, with its reasons; `unsure` given: as it would be if the classes were, or were not, certain."""
    facts = _facts(classes)
    return _decide(facts if unsure is None else facts._replace(unsure=unsure))


def _facts(classes: Classification) -> _Facts:
    unsure = classes.unsure and load_routing().unsure.fits(classes.jenis, classes.prioritas)
    place = (classes.jenjang, classes.provinsi, classes.kabupaten)
    return _Facts(classes.jenis, classes.kategori, *place, classes.accused, unsure)


@lru_cache(maxsize=_KEPT)
def _decide(facts: _Facts) -> tuple[str, tuple[Finding, ...]]:
    file, units = load_routing(), load_units()
    facts = _known_place(facts)
    unit, finding = _by_rules(file, units, facts)
    if facts.unsure:
        unit, finding = _to_a_person(file, unit)
    instead = _away_from_accused(file, units, facts, unit)
    if instead is None:
        return unit, (finding,)
    words = ("laporan tidak dikirim ke pihak yang dilaporkan", *facts.accused)
    return instead, (finding, Finding(field="unit", value=instead, rule="routing.never_to_the_accused", words=words))


def _known_place(facts: _Facts) -> _Facts:
    """The same facts without codes that are no region, or a kabupaten of another province."""
    kabupaten = facts.kabupaten if facts.kabupaten and is_region(facts.kabupaten) else None
    provinsi = facts.provinsi if facts.provinsi and is_region(facts.provinsi) else None
    if kabupaten is not None and provinsi is None:
        provinsi = kabupaten[:2]
    return facts._replace(provinsi=provinsi, kabupaten=kabupaten if kabupaten and kabupaten[:2] == provinsi else None)


def _by_rules(file: RoutingFile, units: Units, facts: _Facts) -> tuple[str, Finding]:
    accused = frozenset(facts.accused)
    for rule in file.rules:
        if rule.fits(facts.jenis, facts.kategori, facts.jenjang, accused):
            for unit in _units_of(rule.to, file, units, facts):
                return unit, Finding(field="unit", value=unit, rule=f"routing.{rule.id}", words=(rule.why,))
    words = ("tanpa petunjuk lain dipilah oleh ULT",)
    return LAST_RESORT, Finding(field="unit", value=LAST_RESORT, rule="routing.last_resort", words=words)


def _to_a_person(file: RoutingFile, otherwise: str) -> tuple[str, Finding]:
    """The desk that decides, and the unit that the classes would give, for whoever decides there."""
    words = (file.unsure.why, otherwise)
    return file.unsure.to[0], Finding(field="unit", value=file.unsure.to[0], rule="routing.unsure", words=words)


def _units_of(targets: Iterable[str], file: RoutingFile, units: Units, facts: _Facts) -> Iterator[str]:
    """The targets that exist for this place, in order."""
    for target in targets:
        unit: str | None = target
        if target == DINAS:
            unit = _dinas(file, facts)
        elif target == BPMP:
            unit = f"bpmp-{facts.provinsi}"
        elif target == LLDIKTI:
            unit = units.lldikti(facts.provinsi or "")
        if unit is not None and unit in units:
            yield unit


def _dinas(file: RoutingFile, facts: _Facts) -> str | None:
    """The office that runs schools of this level there; None if level or region is not known."""
    if facts.jenjang in file.jenjang.provinsi:
        return f"dinas-{facts.provinsi}"
    if facts.jenjang in file.jenjang.kabupaten:
        return f"dinas-{facts.provinsi if facts.provinsi in file.tanpa_dinas_kabupaten else facts.kabupaten}"
    return None


def _away_from_accused(file: RoutingFile, units: Units, facts: _Facts, unit: str) -> str | None:
    """The unit to take instead, or None if the chosen one is not accused (design, guarantee 12)."""
    accused = facts.accused
    barred = frozenset().union(*(file.accused[office].kinds for office in accused if office in file.accused))
    if _kind(units, unit) not in barred:
        return None
    targets = [target for office in accused if office in file.accused for target in file.accused[office].instead]
    return next(
        (other for other in _units_of(targets, file, units, facts) if _kind(units, other) not in barred), INSPECTORATE
    )


def _kind(units: Units, code: str) -> str:
    unit = units.get(code)
    return "" if unit is None else unit.kind


@lru_cache(maxsize=_KEPT)
def _deadline_finding(jenis: str, kategori: str, prioritas: str, unit: str) -> Finding:
    given = promise(jenis, kategori, prioritas, unit)
    value = f"{given.hours} jam" if given.hours is not None else f"{given.working_days} hari kerja"
    return Finding(field="due_at", value=value, rule=f"deadlines.{given.rule}")
