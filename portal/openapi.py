"""The OpenAPI document of the intake's whole origin: the doors' operations, and those that read the index."""

from functools import cache
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from producers.open311.models import ServiceRequest
from producers.open311.rendering import PREFIX, Format
from producers.openapi.document import openapi_document
from producers.openapi.intake import intake_operations
from producers.openapi.open311 import API_KEY, COMMON, errors, found
from producers.openapi.operation import JSON, Answer, Operation, path, query, refusals
from producers.openapi.refining import codes

PATH: Final = "/api/openapi.json"
_ABOUT: Final = (
    "Complaints about education and culture, by JSON or by Open311 GeoReport v2. Errors are problem details (RFC "
    "9457); under /open311/v2 they are Open311's. Nothing here shows who reported, nor a case that is not public."
)


@cache
def intake_document() -> dict[str, Any]:
    """The document of what `aduan intake` serves to machines."""
    operations = [*intake_operations(), *(one for kind in Format for one in _requests(kind)), _DOCUMENT]
    return openapi_document(operations, title="Aduan", description=_ABOUT)


async def get_openapi(_request: Request) -> Response:
    """The document."""
    return JSONResponse(intake_document())


def _requests(kind: Format) -> list[Operation]:
    end, shown = f".{kind.value}", kind.value.capitalize()
    return [
        Operation(
            "GET",
            f"{PREFIX}/requests{end}",
            f"getRequests{shown}",
            "Open311",
            "Public requests, newest first: at most 90 days and 1,000.",
            found(kind, "The requests.", list[ServiceRequest]) | errors(kind, 400, 403, 404, 405, 429, 503),
            (*_FILTERS, *COMMON, API_KEY),
            keyed=True,
        ),
        Operation(
            "GET",
            f"{PREFIX}/requests/{{service_request_id}}{end}",
            f"getRequest{shown}",
            "Open311",
            "One public request.",
            found(kind, "The request.", list[ServiceRequest]) | errors(kind, 400, 403, 404, 405, 429, 503),
            (path("service_request_id", "Its tracking number."), *COMMON, API_KEY),
            keyed=True,
        ),
    ]


def _any_of(*values: str) -> str:
    """The pattern of a list by comma; empty counts as not given."""
    one = f"({'|'.join(values)})"
    return f"^({one}(,{one})*)?$"


_TIME: Final = {"anyOf": [{"format": "date-time"}, {"maxLength": 0}], "examples": ["2026-11-24T00:00:00Z"]}
_FILTERS: Final = (
    query("service_request_id", "Tracking numbers, by comma, at most 100; then the other filters don't count."),
    query("service_code", "Services, by comma.", pattern=_any_of(*codes("service_code"))),
    query("status", "open or closed, or both by comma.", pattern=_any_of("open", "closed")),
    query("start_date", "Earliest time of the request; within 90 days of end_date.", **_TIME),
    query("end_date", "Latest time of the request.", **_TIME),
)
_DOCUMENT: Final = Operation(
    "GET",
    PATH,
    "getOpenApi",
    "Health",
    "This document.",
    {200: Answer("The document.", {JSON: dict[str, Any]})} | refusals(405),
)
