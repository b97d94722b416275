"""The units that handle cases and whom to tell: read by routing, deadlines, the escalator and the pages."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from aduan.datafiles import load_yaml
from aduan.regions import Region, provinces, regencies, zone
from aduan.units_file import ContactRow, Family, UnitsFile
from schemas.errors import SettingsError

FILE: Final = "units.yaml"
LAST_RESORT: Final = "ult"
"""The unit that any case can go to."""
MAX_LEVELS: Final = 9
"""Longest escalation chain; `CaseEscalated.level` ends there."""


@dataclass(frozen=True, slots=True)
class Contact:
    """A mailbox of a unit. Events name its code, never the address."""

    code: str
    role: str
    address: str


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit. `superior` is None only for the last one, the national duty officer. `provinsi` is a region's code."""

    code: str
    name_id: str
    name_en: str
    kind: str
    provinsi: str | None
    zone: ZoneInfo
    superior: str | None
    contacts: tuple[Contact, ...]


class Units:
    """All units by code. Kabupaten and kota follow from their region, so nobody keeps 514 rows."""

    def __init__(self, units: Mapping[str, Unit], lldikti: Mapping[str, str]) -> None:
        self._units = dict(units)
        self._lldikti = dict(lldikti)

    def __contains__(self, code: object) -> bool:
        return code in self._units

    def get(self, code: str) -> Unit | None:
        """The unit, or None for a code that the data file does not (or no longer) have."""
        return self._units.get(code)

    def codes(self) -> tuple[str, ...]:
        """Every code, in the order of the data file."""
        return tuple(self._units)

    def zone(self, code: str) -> ZoneInfo:
        """Zone of the unit's clock; the service desk's for an unknown code."""
        return self._units.get(code, self._units[LAST_RESORT]).zone

    def lldikti(self, province: str) -> str | None:
        """Code of the higher-education institute of a province."""
        return self._lldikti.get(province)

    def chain(self, code: str) -> tuple[Contact, ...]:
        """Whom to tell, first to last: the unit's contacts, its superior's, …, the national duty officer.

        Never empty: an unknown unit has the service desk's chain, so no case is left without anybody to tell.
        """
        unit: Unit | None = self._units.get(code, self._units[LAST_RESORT])
        found: list[Contact] = []
        while unit is not None and len(found) <= MAX_LEVELS:
            found += unit.contacts
            unit = self._units[unit.superior] if unit.superior is not None else None
        return tuple(found)


@cache
def load_units() -> Units:
    """All units; read once. Raises SettingsError that names the file and the key that is wrong."""
    return parse_units(load_yaml(FILE))


def parse_units(raw: Mapping[str, Any]) -> Units:
    """Build and check all units from the mapping of a units file; raises SettingsError that names the key."""
    try:
        file = UnitsFile.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise _wrong(".".join(str(part) for part in first["loc"]), first["msg"]) from None
    units: dict[str, Unit] = {}
    for unit in _all_units(file):
        if unit.code in units:
            raise _wrong(unit.code, "this code stands here twice")
        units[unit.code] = unit
    _check(units, file)
    return Units(
        units, {province: f"lldikti-{number}" for number, held in file.lldikti.regions.items() for province in held}
    )


def _all_units(file: UnitsFile) -> Iterator[Unit]:
    for code, row in file.units.items():
        contacts = _contacts(file, code, row.roles)
        yield Unit(code, row.id, row.en, row.kind, row.provinsi, zone(row.provinsi or "31"), row.superior, contacts)
    for number, held in file.lldikti.regions.items():
        code, names = f"lldikti-{number}", {"number": number}
        name_id, name_en = file.lldikti.id.format_map(names), file.lldikti.en.format_map(names)
        home = held[0]
        yield Unit(code, name_id, name_en, "lldikti", home, zone(home), file.lldikti.superior, _contacts(file, code))
    for province in provinces():
        label = file.bbpmp.id if province.code in file.bbpmp.provinces else file.bpmp.id
        yield _of_region(file, file.bpmp.model_copy(update={"id": label}), "bpmp", province)
        yield _of_region(file, file.dinas_provinsi, "dinas_provinsi", province)
        for regency in regencies(province.code):
            yield _of_region(file, file.dinas_kabupaten, "dinas_kabupaten", regency)


def _of_region(file: UnitsFile, family: Family, kind: str, region: Region) -> Unit:
    province = region.code[:2]
    names = {"region": region.code, "province": province, "name": region.name}
    code = family.code.format_map(names)
    return Unit(
        code=code,
        name_id=family.id.format_map(names),
        name_en=family.en.format_map(names),
        kind=kind,
        provinsi=province,
        zone=zone(region.code),
        superior=family.superior.format_map(names),
        contacts=_contacts(file, code),
    )


def _contacts(file: UnitsFile, unit: str, roles: tuple[str, ...] | None = None) -> tuple[Contact, ...]:
    usual = (ContactRow(role=role) for role in roles or file.usual_roles)
    return tuple(
        Contact(f"{unit}-{row.role}", row.role, row.address or file.address.format(role=row.role, unit=unit))
        for row in file.contacts.get(unit) or usual
    )


def _check(units: Mapping[str, Unit], file: UnitsFile) -> None:
    if LAST_RESORT not in units:
        raise _wrong("units", f"the unit {LAST_RESORT} is missing")
    named = {"usual_roles": file.usual_roles} | {
        f"units.{code}.roles": row.roles or () for code, row in file.units.items()
    }
    for key, roles in named.items():
        if unknown_roles := sorted(set(roles) - file.roles.keys()):
            raise _wrong(key, f"{unknown_roles[0]} does not stand under roles")
    for unknown in file.contacts.keys() - units.keys():
        raise _wrong(f"contacts.{unknown}", "no such unit")
    ends = {unit.code for unit in units.values() if unit.superior is None}
    if len(ends) != 1:
        raise _wrong("units", "exactly one unit has no superior: the national duty officer")
    for unit in units.values():
        above, levels = unit, len(unit.contacts)
        while above.superior is not None:
            if above.superior not in units:
                raise _wrong(f"{above.code}.superior", "no such unit")
            above = units[above.superior]
            levels += len(above.contacts)
            if levels > MAX_LEVELS:
                raise _wrong(f"{unit.code}.superior", f"the escalation chain is a ring or longer than {MAX_LEVELS}")
    served = sorted(province for held in file.lldikti.regions.values() for province in held)
    if served != [province.code for province in provinces()]:
        raise _wrong("lldikti.regions", "each province stands there exactly once")


def _wrong(key: str, message: str) -> SettingsError:
    return SettingsError(f"aduan/data/{FILE}, {key}: {message}")
