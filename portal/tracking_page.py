"""`/lacak`: a reporter follows a complaint with its number and secret, and adds to it. Works without JavaScript.

The secret never stands in an address. A number that does not exist and a wrong secret get the same answer.
"""

import hmac
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import Final

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from aduan.dates import in_words
from aduan.hotlines import hotlines
from aduan.ids import receipt_secret
from aduan.settings import Settings
from aduan.taxonomy import taxonomy
from aduan.tracking import parse_tracking_number, tracking_number
from aduan.units import load_units
from portal.fence import holder, numbered
from portal.index_reader import IndexReader
from producers.doorway import address, doorway_of
from producers.files.answer import file_errors
from producers.form_keys import new_key
from producers.form_reading import Filled, read_form
from producers.form_words import CODES
from producers.pages import page, page_language
from producers.problems import HANDLED, ProblemError, problem_of
from producers.tracking_words import TRACKING
from schemas.documents import Reply
from schemas.events import Utc
from schemas.topics import Lane

_NOTICES: Final = {429: "notice_rate", 503: "away", 413: "notice_large", 422: "notice_fields"}


class TrackedCase(BaseModel):
    """What a reporter sees of a case: its own words, masked, and where it stands. Nothing of staff but their unit."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    complaint_id: str
    tracking_number: str
    status: str
    outcome: str | None = None
    kategori: str
    provinsi: str | None = None
    kabupaten: str | None = None
    unit: str
    title: str = ""
    text: str = ""
    replies: tuple[Reply, ...] = ()
    received_at: Utc
    due_at: Utc
    resolved_at: Utc | None = None
    escalated_at: Utc | None = None
    continued_as: str | None = None


_FIELDS: Final = tuple(TrackedCase.model_fields)


class TrackingPage:
    """The page's handlers over a reader of the index."""

    def __init__(self, settings: Settings, reader: IndexReader) -> None:
        self._secret = settings.require_secret()
        self._reopen_hours = round(settings.reopen_within / 3600)
        self._reader = reader

    def routes(self) -> list[BaseRoute]:
        """Number and secret; the case; adding to it."""
        return [
            Route("/lacak", self.ask, methods=["GET"]),
            Route("/lacak", self.show, methods=["POST"]),
            Route("/lacak/tambah", self.add, methods=["POST"]),
        ]

    async def ask(self, request: Request) -> Response:
        """The empty form; `?nomor=` fills in the number, as the link in a mail does."""
        return _asking(request, parse_tracking_number(request.query_params.get("nomor", "")) or "")

    async def show(self, request: Request) -> Response:
        """The case, or the form again with what is wrong."""
        filled = Filled()
        try:
            doorway = doorway_of(request)
            doorway.limits.reader(address(request))
            filled = await read_form(request, doorway)
            case = await self._case(filled.values)
        except HANDLED as error:
            return _not_shown(request, filled, error)
        return self._shown(request, case, filled)

    async def add(self, request: Request) -> Response:
        """Keep what the reporter adds, then show the case; 503 and nothing lost from the page when it can't be kept."""
        filled = Filled()
        try:
            doorway = doorway_of(request)
            doorway.limits.public(address(request))
            async with doorway.bodies.place(request):
                filled = await read_form(request, doorway)
                case = await self._case(filled.values)
        except HANDLED as error:
            return _not_shown(request, filled, error)
        keep = partial(
            doorway.door.reply, case.complaint_id, filled.values["kode"], filled.values["text"], f"page:{filled.key}"
        )
        try:
            receipt = await doorway.run(keep, files=filled.files)
        except HANDLED as error:
            return self._shown(request, case, filled, problem=problem_of(error))
        filled.values["text"] = ""
        return self._shown(request, case, filled, added=True, danger=receipt.lane is Lane.URGENT)

    async def _case(self, values: Mapping[str, str]) -> TrackedCase:
        """The case of a number and its secret; ProblemError(403) when they do not belong together."""
        number = parse_tracking_number(values.get("nomor", ""))
        found = await self._reader.find(numbered(number), ("complaint_id",)) if number else []
        given = values.get("kode", "").strip().lower()
        complaint = str(found[0]["complaint_id"]) if found else "none"
        right = receipt_secret(self._secret, complaint)
        belongs = hmac.compare_digest(right.encode(), given.encode("utf-8", "replace")) and bool(found)
        cases = await self._reader.find(holder(complaint), _FIELDS) if belongs else []
        if not cases:
            raise ProblemError(HTTPStatus.FORBIDDEN, "number and code do not belong together")
        return TrackedCase.model_validate(cases[0])

    def _shown(
        self,
        request: Request,
        case: TrackedCase,
        filled: Filled,
        *,
        problem: ProblemError | None = None,
        added: bool = False,
        danger: bool = False,
    ) -> Response:
        language = page_language(request)
        words, units = TRACKING[language], load_units()
        unit = units.get(case.unit)
        label = taxonomy().of("kategori")[case.kategori]
        wrong = problem.errors if problem else ()
        errors = {one.field.partition(".")[0]: words[CODES.get(one.code, "wrong")] for one in wrong}
        errors |= file_errors(wrong, language)
        notice = words["thanks_added"] if added else ""
        if problem is not None:
            notice = words["notice_away" if problem.status == HTTPStatus.SERVICE_UNAVAILABLE else "notice_fields"]
        return page(
            "tracked.html",
            language,
            problem.status if problem else HTTPStatus.OK,
            words=TRACKING,
            case=case,
            kode=filled.values["kode"].strip().lower(),
            key=filled.key if problem else new_key(self._secret, datetime.now(UTC)),
            typed=filled.values["text"],
            notice=notice,
            errors=defaultdict(str, errors),
            hotlines=hotlines(case.kabupaten, case.provinsi) if danger else (),
            late=_late(case, words),
            onward=self._onward(case),
            hours=self._reopen_hours,
            unit=case.unit if unit is None else unit.name_en if language == "en" else unit.name_id,
            about=label.en if language == "en" else label.id,
            shown=partial(in_words, zone=units.zone(case.unit), language=language),
        )

    def _onward(self, case: TrackedCase) -> tuple[str, str] | None:
        """Number and secret of the complaint that later answers became: who holds this case's secret wrote them."""
        later = case.continued_as
        return (tracking_number(later), receipt_secret(self._secret, later)) if later else None


def _not_shown(request: Request, filled: Filled, error: Exception) -> Response:
    problem = problem_of(error)
    words = TRACKING[page_language(request)]
    forbidden = problem.status == HTTPStatus.FORBIDDEN
    notice = words["wrong_pair" if forbidden else _NOTICES.get(problem.status.value, "notice_other")]
    response = _asking(request, filled.values["nomor"], notice, problem.status, typed=filled.values["text"])
    response.headers.update(problem.headers)
    return response


def _asking(
    request: Request, number: str, notice: str = "", status: HTTPStatus = HTTPStatus.OK, *, typed: str = ""
) -> Response:
    values = {"nomor": number[:60], "notice": notice, "typed": typed}
    return page("tracking.html", page_language(request), status, words=TRACKING, **values)


def _late(case: TrackedCase, words: Mapping[str, str]) -> str:
    """What is said of a deadline that has passed; that somebody was told only when somebody was."""
    if case.resolved_at is not None or case.due_at >= datetime.now(UTC):
        return ""
    told = case.escalated_at is not None and case.escalated_at >= case.due_at
    return words["late_told" if told else "late"]
