"""The parameters of a search, after the CFPB's API (ccdb5): each is checked, an unknown one is refused by name."""

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from aduan.language import languages
from aduan.regions import is_region
from aduan.taxonomy import FIELDS, taxonomy
from aduan.units import load_units
from portal.problems import ProblemError
from schemas.events import Channel
from schemas.mapping import FACETS

SEARCH_FIELDS: Final = ("all", "title", "text", "replies")
SORTS: Final[dict[str, tuple[tuple[str, Literal["asc", "desc"]], ...]]] = {
    "relevance_desc": (("_score", "desc"), ("received_at", "desc")),
    "relevance_asc": (("_score", "asc"), ("received_at", "asc")),
    "created_date_desc": (("received_at", "desc"),),
    "created_date_asc": (("received_at", "asc"),),
    "due_date_asc": (("due_at", "asc"),),
    "due_date_desc": (("due_at", "desc"),),
}
"""The case's id is the last sort key of each, so that the order is total and `search_after` never skips."""
MAX_SIZE: Final = 100
DEFAULT_SIZE: Final = 25
MAX_DEPTH: Final = 10_000
MAX_VALUES: Final = 50
_JAKARTA: Final = ZoneInfo("Asia/Jakarta")
_STATUS: Final = ("open", "acknowledged", "resolved")
_JENJANG: Final = ("paud", "sd", "smp", "sma", "smk", "slb", "pt")
_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NUMBER: Final = re.compile(r"-?\d{1,18}(\.\d{1,9})?")


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A checked search."""

    search_term: str = ""
    search_field: str = "all"
    frm: int = 0
    size: int = DEFAULT_SIZE
    sort: str = "created_date_desc"
    received_min: datetime | None = None
    received_before: datetime | None = None
    facets: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    not_facets: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    search_after: tuple[Any, ...] | None = None
    aggregations: bool = True
    highlights: bool = True


def parse_params(pairs: Iterable[tuple[str, str]]) -> SearchRequest:
    """The search that the query string asks for. ProblemError(400) names the parameter that is unknown or wrong."""
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        if name not in _KNOWN:
            raise ProblemError.wrong(name[:60], f"unknown parameter; known are: {', '.join(_KNOWN)}")
        given.setdefault(name, []).append(value)
    single = {name: values[0] for name, values in given.items() if name in _SINGLE}
    for name in single:
        if len(given[name]) > 1:
            raise ProblemError.wrong(name, "given more than once")
    term = single.get("search_term", "").strip()
    sort = _one_of(single, "sort", tuple(SORTS), "relevance_desc" if term else "created_date_desc")
    _one_of(single, "format", ("json",), "json")
    size = _number(single, "size", DEFAULT_SIZE, 1, MAX_SIZE)
    frm = _number(single, "frm", 0, 0, MAX_DEPTH - size)
    after = _search_after(single["search_after"], sort) if "search_after" in single else None
    if after is not None and frm:
        raise ProblemError.wrong("frm", "give either frm or search_after")
    return SearchRequest(
        search_term=term,
        search_field=_one_of(single, "field", SEARCH_FIELDS, "all"),
        frm=frm,
        size=size,
        sort=sort,
        received_min=_moment(single, "date_received_min", whole_day=False),
        received_before=_moment(single, "date_received_max", whole_day=True),
        facets={name: _codes(name, name, given[name]) for name in FACETS if name in given},
        not_facets={
            name: _codes(f"not_{name}", name, given[f"not_{name}"]) for name in FACETS if f"not_{name}" in given
        },
        search_after=after,
        aggregations=not _flag(single, "no_aggs"),
        highlights=not _flag(single, "no_highlight"),
    )


_SINGLE: Final = (
    *("search_term", "field", "frm", "size", "sort", "search_after", "format"),
    *("date_received_min", "date_received_max", "no_aggs", "no_highlight"),
)
_KNOWN: Final = (*_SINGLE, *FACETS, *(f"not_{name}" for name in FACETS))


def search_after_text(values: Sequence[Any]) -> str:
    """The sort values of a hit as the parameter `search_after` takes them."""
    return "_".join(str(value) for value in values)


def _search_after(text: str, sort: str) -> tuple[Any, ...]:
    keys = SORTS[sort]
    *numbers, last = text.split("_")
    if len(numbers) != len(keys) or not _ID.fullmatch(last) or not all(_NUMBER.fullmatch(one) for one in numbers):
        raise ProblemError.wrong("search_after", "take it from break_points of an answer with the same sort")
    values = [float(one) if key == "_score" else int(float(one)) for one, (key, _) in zip(numbers, keys, strict=True)]
    return (*values, last)


def _one_of(single: Mapping[str, str], name: str, allowed: Sequence[str], default: str) -> str:
    value = single.get(name, default)
    if value not in allowed:
        raise ProblemError.wrong(name, f"one of: {', '.join(allowed)}")
    return value


def _number(single: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = single.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):  # noqa: PLR2004
        deeper = "; go deeper with search_after" if name == "frm" else ""
        raise ProblemError.wrong(name, f"a whole number from {least} to {most}{deeper}")
    return int(text)


def _flag(single: Mapping[str, str], name: str) -> bool:
    return _one_of(single, name, ("true", "false"), "false") == "true"


def _moment(single: Mapping[str, str], name: str, *, whole_day: bool) -> datetime | None:
    """A day (of Jakarta's clock, the last one included) or a moment with its zone."""
    text = single.get(name)
    if text is None:
        return None
    try:
        if "T" not in text:
            day = date.fromisoformat(text) + timedelta(days=1 if whole_day else 0)
            return datetime.combine(day, time(), _JAKARTA).astimezone(UTC)
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ProblemError.wrong(name, "a day, e.g. 2026-11-24, or a moment with its zone, e.g. 2026-11-24T10:00:00+07:00")


def _codes(parameter: str, facet: str, values: Sequence[str]) -> tuple[str, ...]:
    if len(values) > MAX_VALUES:
        raise ProblemError.wrong(parameter, f"at most {MAX_VALUES} values")
    codes = tuple(dict.fromkeys(values))
    for code in codes:
        if not _is_code(facet, code):
            raise ProblemError.wrong(parameter, f"not a code of {facet}{_hint(facet)}")
    return codes


def known_codes(facet: str) -> tuple[str, ...] | None:
    """All codes of a facet that has few; None for regions and units, of which there are hundreds."""
    if facet in FIELDS:
        return tuple(taxonomy().of(facet))
    channels = tuple(channel.value for channel in Channel)
    few = {"status": _STATUS, "jenjang": _JENJANG, "channel": channels, "language": languages()}
    return few.get(facet)


def _is_code(facet: str, code: str) -> bool:
    allowed = known_codes(facet)
    if allowed is not None:
        return code in allowed
    if facet in {"provinsi", "kabupaten"}:
        return len(code) == (2 if facet == "provinsi" else 4) and is_region(code)
    return code in load_units()


def _hint(facet: str) -> str:
    allowed = known_codes(facet)
    if allowed is not None:
        return f"; one of: {', '.join(allowed)}"
    return {"provinsi": "; Kemendagri code, two digits", "kabupaten": "; Kemendagri code, four digits"}.get(facet, "")
