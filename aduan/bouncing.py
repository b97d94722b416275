"""A second bounce goes to a person: what becomes of a case that one unit after the other hands on. Pure.

A bounce is a transfer by a unit that does not decide such things; the service desk's own transfers are decisions.
"""

from collections.abc import Iterable
from typing import Final

from aduan.accused import accuses
from aduan.routing_file import INSPECTORATE, load_routing
from schemas.documents import CaseDocument
from schemas.events import CaseOpened, CaseTransferred

_RANK: Final = ("rendah", "normal", "tinggi", "darurat")
_NOTE_CHARS: Final = 500


def bounces(case: CaseDocument) -> int:
    """How often units other than the desk that decides have handed the case on."""
    decides = {*load_routing().bounced.to, INSPECTORATE}
    return sum(unit not in decides for unit in _handed_on_by(case))


def is_bounced(case: CaseDocument, unit: str) -> bool:
    """Whether handing it on to this unit is one bounce too many: a person settles it instead."""
    bounced = load_routing().bounced
    decides = {*bounced.to, INSPECTORATE}
    return case.unit not in decides and unit not in decides and bounces(case) + 1 >= bounced.transfers


def desk(accused: Iterable[str]) -> str:
    """Where it goes then: the service desk, or the inspectorate when the text accuses the desk's own."""
    named = tuple(accused)
    return next((unit for unit in load_routing().bounced.to if not accuses(named, unit)), INSPECTORATE)


def raised(prioritas: str) -> str:
    """The priority that it has then at least."""
    least = load_routing().bounced.prioritas
    return max(prioritas, least, key=lambda code: _RANK.index(code) if code in _RANK else -1)


def note_of(unit: str, note: str) -> str:
    """What the desk reads: why it has the case, which unit was proposed, and what was said about it."""
    return f"{load_routing().bounced.why}; usulan: {unit}. {note}".strip()[:_NOTE_CHARS]


def _handed_on_by(case: CaseDocument) -> Iterable[str]:
    """The unit that had the case at each transfer."""
    opening = case.events[0].event
    unit = opening.routing.unit if isinstance(opening, CaseOpened) else case.unit
    for stored in case.events:
        if isinstance(stored.event, CaseTransferred):
            yield unit
            unit = stored.event.unit
