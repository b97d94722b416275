"""By when a case must be finished: counted by `route`, by a transfer, and read by the escalator."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from aduan.datafiles import load_yaml
from aduan.taxonomy import FIELDS, is_code
from aduan.units import load_units
from aduan.working_time import (
    LATEST,
    Calendar,
    add_working_days,
    end_of_day,
    first_working_day,
    is_working_day,
    is_working_time,
    next_working_moment,
)
from schemas.errors import SettingsError
from schemas.events import Code

__all__ = [
    "Promise",
    "add_working_days",
    "due_at",
    "is_working_day",
    "is_working_time",
    "load_deadlines",
    "next_working_moment",
    "parse_deadlines",
    "promise",
]

FILE: Final = "deadlines.yaml"
_KEPT: Final = 8192


class Span(BaseModel):
    """A length of time: in working days, or in hours by the clock."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    working_days: Annotated[int, Field(ge=0, le=260)] | None = None
    hours: Annotated[int, Field(ge=1, le=24 * 60)] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.working_days is None) == (self.hours is None):
            raise ValueError("give either working_days or hours")
        return self


class Rule(Span):
    """A span and what must hold for it. An empty condition always holds."""

    id: Code
    jenis: frozenset[Code] = frozenset()
    kategori: frozenset[Code] = frozenset()
    prioritas: frozenset[Code] = frozenset()
    unit: frozenset[Code] = frozenset()

    def fits(self, jenis: str, kategori: str, prioritas: str, unit: str) -> bool:
        """Whether every condition holds."""
        pairs = ((self.jenis, jenis), (self.kategori, kategori), (self.prioritas, prioritas), (self.unit, unit))
        return all(not allowed or value in allowed for allowed, value in pairs)


class Deadlines(Calendar):
    """The whole file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]
    units: dict[Code, dict[Code, Span]]

    def promise(self, jenis: str, kategori: str, prioritas: str, unit: str) -> "Promise":
        """The span that holds for such a case, and the rule that gave it."""
        rule = next(rule for rule in self.rules if rule.fits(jenis, kategori, prioritas, unit))
        span = self.units.get(unit, {}).get(rule.id, rule)
        return Promise(rule=rule.id, working_days=span.working_days, hours=span.hours)


class Promise(Span):
    """How long a unit has, and by which rule."""

    rule: Code


@cache
def load_deadlines() -> Deadlines:
    """The deadlines; read once. Raises SettingsError that names the file and the key that is wrong."""
    return parse_deadlines(load_yaml(FILE))


def parse_deadlines(raw: Mapping[str, Any]) -> Deadlines:
    """Check the mapping of a deadlines file; raises SettingsError that names the key."""
    try:
        found = Deadlines.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise _wrong(".".join(str(part) for part in first["loc"]), first["msg"]) from None
    units = load_units()
    for rule in found.rules:
        for field in FIELDS:
            for code in getattr(rule, field, ()):
                if not is_code(field, code):
                    raise _wrong(f"rules, {rule.id}.{field}", f"{code} is not in the taxonomy")
        if unknown := sorted(code for code in rule.unit if code not in units):
            raise _wrong(f"rules, {rule.id}.unit", f"{unknown[0]} is no unit")
    for unit, own in found.units.items():
        if unit not in units:
            raise _wrong(f"units.{unit}", "no such unit")
        if unknown := sorted(own.keys() - {rule.id for rule in found.rules}):
            raise _wrong(f"units.{unit}.{unknown[0]}", "no such rule")
    last = found.rules[-1]
    if last.jenis or last.kategori or last.prioritas or last.unit:
        raise _wrong(f"rules, {last.id}", "the last rule must have no condition, so that every case has a deadline")
    return found


@lru_cache(maxsize=_KEPT)
def promise(jenis: str, kategori: str, prioritas: str, unit: str) -> Promise:
    """How long the unit has for such a case, and by which rule of deadlines.yaml. Unknown codes have the last rule."""
    return load_deadlines().promise(jenis, kategori, prioritas, unit)


def due_at(received_at: datetime, *, jenis: str, kategori: str, prioritas: str, unit: str) -> datetime:
    """When the case must be finished, in UTC. `received_at` needs a zone (ValueError).

    In working days of the unit's zone, ending with the working hours of the last; what comes outside of working
    time counts from the next working day. Urgent cases by the clock. Never earlier for a later `received_at`.
    """
    given = promise(jenis, kategori, prioritas, unit)
    if received_at.tzinfo is None:
        raise ValueError("received_at needs its zone: pass UTC")
    if received_at.year >= LATEST.year:
        return datetime.max.replace(tzinfo=UTC)
    if given.hours is not None:
        return received_at.astimezone(UTC) + timedelta(hours=given.hours)
    zone = load_units().zone(unit)
    return end_of_day(add_working_days(first_working_day(received_at, zone), given.working_days or 0), zone)


def _wrong(key: str, message: str) -> SettingsError:
    return SettingsError(f"aduan/data/{FILE}, {key}: {message}")
