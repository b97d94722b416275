"""The OpenAPI document of staff's search API (`aduan portal`); `docs/openapi-portal.json` is its golden file."""

from functools import cache
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from portal.actions import Acknowledge, Reclassify, Resolve, Transfer
from portal.params import MAX_DEPTH, MAX_SIZE, MAX_VALUES, SEARCH_FIELDS, SORTS, known_codes
from producers.openapi.document import openapi_document
from producers.openapi.operation import JSON, PROBLEM, REFUSALS, Answer, Operation, path, query
from producers.openapi.refining import code
from schemas.mapping import FACETS

API: Final = "/api/v1/complaints"
FILE: Final = "/berkas/{complaint_id}/{blob_id}"
DOCUMENT: Final = "/api/openapi.json"
_ABOUT: Final = "Search for staff, inside the fence of the token: a case that it may not see is not there."


class StaffFieldProblem(BaseModel):
    """What is wrong with one parameter or member; never its value."""

    field: str
    detail: str


class StaffProblem(BaseModel):
    """Problem details (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: tuple[StaffFieldProblem, ...] = ()


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Total(_Answer):
    """How many cases were found; `relation` is eq."""

    value: int
    relation: str


class Hit(_Answer):
    """One case that was found: what a list shows of it, and the fragments that hold the words."""

    id: str = Field(serialization_alias="_id")
    source: dict[str, Any] = Field(serialization_alias="_source")
    highlight: dict[str, list[str]]
    sort: list[Any]


class Hits(_Answer):
    """The cases of a page."""

    total: Total
    hits: list[Hit]


class Meta(_Answer):
    """Counts and times of what the caller may see, and where the next page begins."""

    total_record_count: int
    last_indexed: str | None
    is_data_stale: bool
    break_points: dict[str, str]


class SearchAnswer(_Answer):
    """After the CFPB's API (ccdb5). A facet's counts leave out its own filter."""

    hits: Hits
    aggregations: dict[str, Any]
    meta: Meta = Field(serialization_alias="_meta")


class Acted(_Answer):
    """The event that is on the log."""

    event_id: str
    unit: str | None = Field(None, description="After a transfer: who has the case now; not always who was asked for.")


@cache
def portal_document() -> dict[str, Any]:
    """The document of what `aduan portal` serves."""
    operations = [_SEARCH, _CASE, *_ACTIONS, _FILE, _HEALTH, _DOCUMENT]
    return openapi_document(operations, title="Aduan for staff", description=_ABOUT)


def _refusals(*statuses: int) -> dict[int, Answer]:
    return {one: Answer(REFUSALS[one][0], {PROBLEM: StaffProblem}, REFUSALS[one][1]) for one in statuses}


def _facet(name: str) -> dict[str, Any]:
    """What a facet's values may be."""
    known = known_codes(name)
    return code(name) if known is None else {"type": "string", "enum": list(known)}


def _facets() -> list[dict[str, Any]]:
    """Each may be given again: any of the values; `not_…`: none of them."""
    return [
        query(f"{prefix}{name}", what, type="array", items=_facet(name), maxItems=MAX_VALUES)
        for prefix, what in (("", "Any of these."), ("not_", "None of these."))
        for name in FACETS
    ]


_DAY: Final = {"anyOf": [{"format": "date"}, {"format": "date-time"}]}
_FLAG: Final = {"enum": ["true", "false"]}
_REFERENCE: Final = path("reference", "Id or tracking number.")
_SEARCH: Final = Operation(
    "GET",
    API,
    "search",
    "Search",
    "Find cases by words, dates and facets.",
    {200: Answer("What was found.", {JSON: SearchAnswer})} | _refusals(400, 401, 403, 405, 503),
    (
        query("search_term", 'Words, "phrases" and -not words; acronyms find their long forms.'),
        query("field", "Where the words stand.", enum=list(SEARCH_FIELDS)),
        query("sort", "Order.", enum=list(SORTS)),
        query("size", "Hits.", type="integer", minimum=1, maximum=MAX_SIZE),
        query("frm", f"Hits to skip; with size at most {MAX_DEPTH}.", type="integer", minimum=0, maximum=MAX_DEPTH - 1),
        query("search_after", "From break_points, for what lies deeper; same sort."),
        query("date_received_min", "First day (Jakarta's) or moment with its zone.", **_DAY),
        query("date_received_max", "Last day, included, or moment.", **_DAY),
        query("format", "Of the answer.", enum=["json"]),
        query("no_aggs", "Without facets.", **_FLAG),
        query("no_highlight", "Without fragments.", **_FLAG),
        *_facets(),
    ),
    keyed=True,
    closed=True,
)
_CASE: Final = Operation(
    "GET",
    f"{API}/{{reference}}",
    "getCase",
    "Search",
    "One case, with the reasons for its classes.",
    {200: Answer("The case.", {JSON: dict[str, Any]})} | _refusals(401, 403, 404, 405, 503),
    (_REFERENCE,),
    keyed=True,
    closed=True,
)
_ACTIONS: Final = tuple(
    Operation(
        "POST",
        f"{API}/{{reference}}/{body.__name__.lower()}",
        f"{body.__name__.lower()}Case",
        "Acting",
        str(body.__doc__),
        {202: Answer("On the log; searches show it a moment later.", {JSON: Acted})}
        | _refusals(400, 401, 403, 404, 405, 413, 503),
        (_REFERENCE,),
        {JSON: body},
        keyed=True,
        closed=True,
    )
    for body in (Acknowledge, Transfer, Reclassify, Resolve)
)
_FILE: Final = Operation(
    "GET",
    FILE,
    "getFile",
    "Search",
    "An attachment of a case that the token may see, to be saved.",
    {200: Answer("The file.", {"*/*": None}), 410: Answer("It was erased.", {PROBLEM: StaffProblem})}
    | _refusals(401, 403, 404, 405, 503),
    (path("complaint_id", "Id of the case.", format="uuid"), path("blob_id", "Id of the file.")),
    keyed=True,
    closed=True,
)
_HEALTH: Final = Operation(
    "GET", "/healthz", "getHealth", "Health", "It answers.",
    {200: Answer("It does.", {JSON: dict[str, Any]})} | _refusals(405),
)  # fmt: skip
_DOCUMENT: Final = Operation(
    "GET", DOCUMENT, "getOpenApi", "Health", "This document.",
    {200: Answer("It.", {JSON: dict[str, Any]})} | _refusals(401, 405), keyed=True, closed=True,
)  # fmt: skip
