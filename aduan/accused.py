"""Never to the accused (guarantee 12): which units a report is kept from, in transfers and in escalations. Pure.

Routing keeps the same rule, from the same data file, when a case opens.
"""

from collections.abc import Sequence

from aduan.routing_file import load_routing
from aduan.units import LAST_RESORT, Contact, Unit, Units, load_units


def barred_kinds(accused: Sequence[str]) -> frozenset[str]:
    """The kinds of unit that a report against these kinds of office is kept from."""
    known = load_routing().accused
    return frozenset().union(*(known[office].kinds for office in accused if office in known))


def accuses(accused: Sequence[str], unit: str) -> bool:
    """Whether a report against these kinds of office must be kept from this unit."""
    found = load_units().get(unit)
    return found is not None and found.kind in barred_kinds(accused)


def contacts_of(units: Units, unit: str, accused: Sequence[str] = ()) -> tuple[Contact, ...]:
    """Whom to tell, nearest first: the unit's contacts, its superior's, …, without those of the accused.

    Never empty: where nobody is left, the service desk's chain, and in the end the national duty officer.
    """
    barred = barred_kinds(accused)
    found = tuple(contact for one in _upwards(units, unit) if one.kind not in barred for contact in one.contacts)
    return found or units.chain(LAST_RESORT)


def _upwards(units: Units, unit: str) -> list[Unit]:
    """The unit and its superiors, nearest first; the service desk's for an unknown code."""
    found: list[Unit] = []
    above = units.get(unit) or units.get(LAST_RESORT)
    while above is not None:
        found.append(above)
        above = units.get(above.superior) if above.superior is not None else None
    return found
