"""What was changed of a case's classes since it opened, by whose role and when, in words for staff. Pure."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, ValidationError

from aduan.datafiles import load_yaml
from aduan.dates import in_indonesian
from aduan.escalation import ACTOR
from aduan.regions import province_name, regency_name
from aduan.taxonomy import label
from schemas.errors import SettingsError
from schemas.events import CaseReclassified, CaseTransferred, Classification, Code, Utc

FILE: Final = "corrections.yaml"
MOST_CHARS: Final = 600
CORRECTABLE: Final = ("jenis", "kategori", "prioritas", "kerahasiaan", "provinsi", "kabupaten")
"""What a CaseReclassified may change, in the order in which it is told."""
_CHANGES: Final = frozenset({CaseReclassified.TYPE, CaseTransferred.TYPE})


class Told(BaseModel):
    """What is needed of an event of the case; the rest of it is not read."""

    model_config = ConfigDict(frozen=True, extra="ignore", from_attributes=True)

    type: str
    occurred_at: Utc
    actor: str = ""
    role: Code | None = None
    jenis: Code | None = None
    kategori: Code | None = None
    prioritas: Code | None = None
    kerahasiaan: Code | None = None
    provinsi: Code | None = None
    kabupaten: Code | None = None


class Change(NamedTuple):
    """One event's changes: field, what it was ("" for nothing) and what it became; and who did it, by role."""

    at: datetime
    by: str
    fields: tuple[tuple[str, str, str], ...]


def changes(opening: Classification, events: Iterable[Told]) -> Iterator[Change]:
    """The changes since the opening, oldest first; an event that repeats what already holds is none."""
    now: dict[str, str] = {name: getattr(opening, name) or "" for name in CORRECTABLE}
    for event in events:
        if event.type not in _CHANGES:
            continue
        said = {name: value for name in CORRECTABLE if (value := getattr(event, name)) is not None}
        found = tuple((name, now[name], value) for name, value in said.items() if value != now[name])
        now |= said
        if found:
            yield Change(event.occurred_at, by_whom(event.actor, event.role), found)


def by_whom(actor: str, role: str | None) -> str:
    """`system` for what the reporter's later words did; the role of staff, or `staff` in older events."""
    return "system" if actor == ACTOR else role or "staff"


def with_changes(first: str, opening: Classification, events: Iterable[Told], zone: ZoneInfo) -> str:
    """What people changed, newest first and in at most `MOST_CHARS`, then `first`: why it was classified so then."""
    told = [_sentence(change, zone) for change in changes(opening, events)]
    if not told:
        return first
    return f"{'; '.join(reversed(told))[:MOST_CHARS]}. {load_words().at_first.format(reasons=first)}"


class Words(BaseModel):
    """The whole file: how a change is told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    changed: str
    change: str
    at_first: str
    roles: dict[str, str]


@cache
def load_words() -> Words:
    """The words; read once. SettingsError names the file and the key that is wrong."""
    try:
        return Words.model_validate(load_yaml(FILE))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise SettingsError(f"aduan/data/{FILE}, {'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def _sentence(change: Change, zone: ZoneInfo) -> str:
    words = load_words()
    fields = ", ".join(
        words.change.format(field=field, before=_shown(field, before) if before else "-", after=_shown(field, after))
        for field, before, after in change.fields
    )
    role = words.roles.get(change.by, change.by)
    return words.changed.format(role=role, at=in_indonesian(change.at, zone), fields=fields)


def _shown(field: str, code: str) -> str:
    named = {"provinsi": province_name, "kabupaten": regency_name}.get(field)
    return named(code) if named else label(field, code)
