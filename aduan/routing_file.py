"""The shape of `aduan/data/routing.yaml` and the proof that no rule of it leads nowhere; read by `aduan.routing`."""

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import chain
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from aduan.datafiles import load_yaml
from aduan.regions import is_region, provinces
from aduan.taxonomy import is_code
from aduan.units import LAST_RESORT, Units, load_units
from schemas.errors import SettingsError
from schemas.events import Code

FILE: Final = "routing.yaml"
INSPECTORATE: Final = "itjen"
DINAS, BPMP, LLDIKTI = "dinas", "bpmp", "lldikti"
OF_REGION: Final = frozenset({DINAS, BPMP, LLDIKTI})
"""Targets that depend on the case's region."""


_Problem = tuple[str, str]
"""The key that is wrong, and why."""


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rule(_Row):
    """Where cases go for which every condition holds. An empty condition always holds."""

    id: Code
    jenis: frozenset[Code] = frozenset()
    kategori: frozenset[Code] = frozenset()
    jenjang: frozenset[Code] = frozenset()
    accused: frozenset[Code] = frozenset()
    to: Annotated[tuple[Code, ...], Field(min_length=1)]
    why: Annotated[str, Field(min_length=5, max_length=120)]

    def fits(self, jenis: str, kategori: str, jenjang: str | None, accused: frozenset[str]) -> bool:
        """Whether every condition holds."""
        return (
            (not self.jenis or jenis in self.jenis)
            and (not self.kategori or kategori in self.kategori)
            and (not self.jenjang or jenjang in self.jenjang)
            and (not self.accused or not self.accused.isdisjoint(accused))
        )


class Levels(_Row):
    """School levels by the authority that runs the schools."""

    kabupaten: frozenset[Code]
    provinsi: frozenset[Code]


class Accused(_Row):
    """Kinds of unit that an accusation bars, and the targets instead."""

    kinds: frozenset[Code]
    instead: Annotated[tuple[Code, ...], Field(min_length=1)]


class Unsure(_Row):
    """Which cases of an uncertain category go to a person first, and where; an empty condition always holds."""

    jenis: frozenset[Code] = frozenset()
    prioritas: frozenset[Code]
    to: Annotated[tuple[Code, ...], Field(min_length=1)]
    why: Annotated[str, Field(min_length=5, max_length=120)]

    def fits(self, jenis: str, prioritas: str) -> bool:
        """Whether such a case goes to a person first."""
        return (not self.jenis or jenis in self.jenis) and prioritas in self.prioritas


class Bounced(_Row):
    """From which handing on a case goes to a person instead, where, and the least priority that it has then."""

    transfers: Annotated[int, Field(ge=2, le=9)]
    to: Annotated[tuple[Code, ...], Field(min_length=1)]
    prioritas: Code
    why: Annotated[str, Field(min_length=5, max_length=120)]


class RoutingFile(_Row):
    """The whole file."""

    version: int
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]
    unsure: Unsure
    bounced: Bounced
    jenjang: Levels
    tanpa_dinas_kabupaten: frozenset[Code]
    accused: dict[Code, Accused]


@cache
def load_routing() -> RoutingFile:
    """The rules; read once. Raises SettingsError that names the file and the key that is wrong."""
    return parse_routing(load_yaml(FILE), load_units())


def parse_routing(raw: Mapping[str, Any], units: Units) -> RoutingFile:
    """Check the mapping of a routing file against units and taxonomy; raises SettingsError that names the key."""
    try:
        found = RoutingFile.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise _wrong(".".join(str(part) for part in first["loc"]), first["msg"]) from None
    for key, problem in chain(
        _of_rules(found, units), _of_persons(found, units), _of_accused(found, units), _of_regions(found, units)
    ):
        raise _wrong(key, problem)
    return found


def _of_rules(file: RoutingFile, units: Units) -> Iterator[_Problem]:
    """Rules that name a target or code that does not exist."""
    for rule in file.rules:
        for target in (target for target in rule.to if target not in OF_REGION and target not in units):
            yield f"rules, {rule.id}.to", f"{target} is neither a unit nor one of {', '.join(sorted(OF_REGION))}"
        for field in ("jenis", "kategori"):
            for code in (code for code in getattr(rule, field) if not is_code(field, code)):
                yield f"rules, {rule.id}.{field}", f"{code} is not in the taxonomy"
        for code in rule.accused - file.accused.keys():
            yield f"rules, {rule.id}.accused", f"{code} does not stand under accused"


def _of_persons(file: RoutingFile, units: Units) -> Iterator[_Problem]:
    """Places where a person decides that are no unit, and codes that do not exist."""
    for key, targets in (("unsure", file.unsure.to), ("bounced", file.bounced.to)):
        for target in (target for target in targets if target not in units):
            yield f"{key}.to", f"{target} is no unit"
    for code in (code for code in file.unsure.jenis if not is_code("jenis", code)):
        yield "unsure.jenis", f"{code} is not in the taxonomy"
    for key, codes in (("unsure", file.unsure.prioritas), ("bounced", (file.bounced.prioritas,))):
        for code in (code for code in codes if not is_code("prioritas", code)):
            yield f"{key}.prioritas", f"{code} is not in the taxonomy"


def _of_accused(file: RoutingFile, units: Units) -> Iterator[_Problem]:
    """Accusations that would leave a case with nobody, or bar nobody."""
    kinds = {unit.kind for code in units.codes() if (unit := units.get(code)) is not None}
    for office, barred in file.accused.items():
        for kind in barred.kinds - kinds:
            yield f"accused.{office}.kinds", f"no unit is of the kind {kind}"
        if barred.instead[-1] != INSPECTORATE or "inspectorate" in barred.kinds:
            yield f"accused.{office}.instead", f"must end with {INSPECTORATE}"
        for target in (target for target in barred.instead if target not in OF_REGION and target not in units):
            yield f"accused.{office}.instead", f"{target} is no unit"


def _of_regions(file: RoutingFile, units: Units) -> Iterator[_Problem]:
    """Provinces where a target of the rules has no unit."""
    for code in (code for code in file.tanpa_dinas_kabupaten if not is_region(code)):
        yield "tanpa_dinas_kabupaten", f"{code} is no province"
    for province in provinces():
        for code in (f"dinas-{province.code}", f"bpmp-{province.code}", units.lldikti(province.code) or "lldikti"):
            if code not in units:
                yield "rules", f"province {province.code} has no unit {code}"
    if LAST_RESORT not in units:
        yield "rules", f"the unit {LAST_RESORT} is missing"


def _wrong(key: str, message: str) -> SettingsError:
    return SettingsError(f"aduan/data/{FILE}, {key}: {message}")
