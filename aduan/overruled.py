"""Which routing rules staff overrule: the cases that ended with another unit than the rule chose. Pure.

Counted is only what is the rule's own fault: where staff corrected the classes as well, and the rules would now choose
another unit, the classification was wrong and `aduan train --with-corrections` learns it. A case that was not certain
(`routing.unsure`) went to a person to be handed on: that is no fault either.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from pydantic import BaseModel, ConfigDict

from aduan.routing import decide_unit
from schemas.events import Classification, Code, ComplaintId, Routing

EXAMPLES: Final = 5
UNSURE: Final = "routing.unsure"
_NAMES: Final = ("jenis", "kategori", "prioritas", "kerahasiaan", "provinsi", "kabupaten", "jenjang")


class MovedCase(BaseModel):
    """What is needed of a case that was handed on: how it was opened, and its classes and unit now."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    complaint_id: ComplaintId
    tracking_number: str
    unit: Code
    classification: Classification
    routing: Routing
    now: Mapping[str, str | None]


class Overruled(NamedTuple):
    """One rule that chose one unit where staff chose another, so many times; the newest cases of it first."""

    rule: str
    chosen: str
    instead: str
    cases: int
    examples: tuple[str, ...]
    """Tracking numbers, at most `EXAMPLES`."""


def overruled(cases: Iterable[MovedCase]) -> list[Overruled]:
    """The overruled rules, most often first; `cases` come newest first."""
    found: dict[tuple[str, str, str], list[str]] = {}
    counts: dict[tuple[str, str, str], int] = {}
    for case in cases:
        rule = rule_of(case.routing)
        if case.unit == case.routing.unit or rule == UNSURE or _was_misread(case):
            continue
        key = (rule, case.routing.unit, case.unit)
        counts[key] = counts.get(key, 0) + 1
        examples = found.setdefault(key, [])
        if len(examples) < EXAMPLES:
            examples.append(case.tracking_number)
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return [Overruled(*key, count, tuple(found[key])) for key, count in ordered]


def rule_of(routing: Routing) -> str:
    """The rule that had the last word on the unit."""
    return next((one.rule for one in reversed(routing.findings) if one.field == "unit"), "unknown")


def _was_misread(case: MovedCase) -> bool:
    """Whether today's rules choose another unit for the classes that the case has now."""
    corrected = case.classification.model_copy(update={name: case.now.get(name) for name in _NAMES})
    return corrected != case.classification and decide_unit(corrected)[0] != case.routing.unit
