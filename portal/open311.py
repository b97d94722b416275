"""`GET /open311/v2/requests`: what anybody may know of a case. Only `publik` ones, and never who reported.

A case that is not public, and one that does not exist, have the same answer. The words of a complaint are shown only
where the reporter chose to have them read by all: numbers are masked in them, names are not.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from aduan.decisions import CHOSEN
from aduan.open311_file import open311_file
from aduan.regions import province_name, regency_name
from aduan.units import load_units
from portal.index_reader import IndexReader
from portal.open311_query import CLOSED, request_wanted, requests_wanted
from producers.doorway import address, doorway_of
from producers.open311.asking import caller_of, language_of, parameters
from producers.open311.catalogue import service_name
from producers.open311.form import MAX_DESCRIPTION
from producers.open311.models import ServiceRequest
from producers.open311.rendering import PREFIX, Format, render
from producers.problems import ProblemError

FIELDS: Final = (
    *("tracking_number", "status", "outcome", "kategori", "findings", "unit", "provinsi", "kabupaten"),
    *("received_at", "updated_at", "resolved_at", "due_at"),
)
BEGINNING: Final = {"text": MAX_DESCRIPTION + 1}
"""One character more than is shown tells that there is more."""
PARAMETERS: Final = ("service_request_id", "service_code", "start_date", "end_date", "status")


class Open311Requests:
    """The two handlers over a reader of the index."""

    def __init__(self, reader: IndexReader) -> None:
        self._reader = reader

    def routes(self) -> list[BaseRoute]:
        """Once for each format."""
        return [
            Route(f"{PREFIX}{path}.{one.value}", handler, methods=["GET"])
            for path, handler in (("/requests", self.requests), ("/requests/{service_request_id}", self.request))
            for one in Format
        ]

    async def requests(self, request: Request) -> Response:
        """The public cases of at most 90 days, newest first, at most 1,000."""
        given = _counted(request, *PARAMETERS)
        wanted = requests_wanted(given, datetime.now(UTC))
        order = ({"received_at": "desc"}, {"complaint_id": "asc"})
        found = await self._reader.find(wanted.query, FIELDS, size=wanted.most, sort=order, beginnings=BEGINNING)
        language = language_of(request)
        return render(request, "service_requests", [service_request(one, language) for one in found])

    async def request(self, request: Request) -> Response:
        """One public case by its tracking number."""
        _counted(request)
        wanted = request_wanted(request.path_params["service_request_id"])
        found = await self._reader.find(wanted, FIELDS, beginnings=BEGINNING) if wanted is not None else []
        if not found:
            raise ProblemError(HTTPStatus.NOT_FOUND, "service_request_id was not found")
        return render(request, "service_requests", [service_request(found[0], language_of(request))])


def service_request(case: Mapping[str, Any], language: str) -> ServiceRequest:
    """A document's public face."""
    notes = open311_file().status_notes
    note = notes.get(case.get("outcome") or "") or notes.get(case["status"]) or notes["open"]
    unit = load_units().get(case["unit"])
    agency = case["unit"] if unit is None else unit.name_en if language == "en" else unit.name_id
    closed = case["status"] in CLOSED
    return ServiceRequest(
        service_request_id=case["tracking_number"],
        status="closed" if closed else "open",
        status_notes=note.say(language),
        service_name=service_name(case["kategori"], language),
        service_code=case["kategori"],
        description=_words(case),
        agency_responsible=agency,
        requested_datetime=_w3(case["received_at"]),
        updated_datetime=_w3((case.get("resolved_at") if closed else None) or case["updated_at"]),
        expected_datetime=_w3(case["due_at"]),
        address=_where(case),
    )


def _counted(request: Request, *known: str) -> Mapping[str, str]:
    """The parameters, once the caller is counted."""
    given = parameters(request, *known)
    if caller_of(request, given.get("api_key")) is None:
        doorway_of(request).limits.reader(address(request))
    return given


def _words(case: Mapping[str, Any]) -> str | None:
    """The masked words, where the reporter chose `publik`; an open question is no yes."""
    chosen = any(
        (one["field"], one["value"], one["rule"]) == ("kerahasiaan", "publik", CHOSEN)
        for one in case.get("findings", ())
    )
    text: str = case.get("text", "")
    if not chosen or not text:
        return None
    return text if len(text) <= MAX_DESCRIPTION else text[: MAX_DESCRIPTION - 1] + "…"


def _where(case: Mapping[str, Any]) -> str | None:
    """Kabupaten and province, from the most to the least specific."""
    parts = []
    if case.get("kabupaten"):
        parts.append(regency_name(case["kabupaten"]))
    if case.get("provinsi"):
        parts.append(province_name(case["provinsi"]))
    return ", ".join(parts) or None


def _w3(value: str) -> str:
    """To the second, in UTC."""
    return datetime.fromisoformat(value).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
