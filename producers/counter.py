"""The counter `/loket`: staff enter a complaint for somebody, at the counter or on the telephone, in one short form.

Works without JavaScript and by keyboard. The clerk is the holder of the token that signed in. Beside the page, the same
for programs: `POST /api/v1/counter/complaints`, which `aduan file` calls.
"""

from collections import defaultdict
from http import HTTPStatus
from typing import Final

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from aduan.counter_session import MAY_ENTER, Session
from aduan.regions import provinces
from aduan.taxonomy import taxonomy
from producers.bodies import SMALL
from producers.counter_sign_in import (
    PATH,
    REFERRER,
    get_sign_in,
    post_sign_in,
    post_sign_out,
    require_own_page,
    seen,
    session_of,
    sign_in_page,
)
from producers.counter_words import COUNTER_WORDS
from producers.doorway import doorway_of, idempotency_key, require_type
from producers.entering import CHANNELS, CounterComplaint, entered, help_at_once, receipt_body, usual_days
from producers.files.answer import file_errors
from producers.form_reading import Filled, read_form
from producers.form_words import CODES, NOTICES
from producers.pages import page, page_language
from producers.problems import HANDLED, ProblemError, problem_of
from producers.submission import FieldError, FieldsError, Submission, field_errors, read_body
from schemas.errors import ConflictError

API: Final = "/api/v1/counter/complaints"
_REPORTER: Final = ("name", "email", "phone")
_COMPLAINT: Final = ("channel", "title", "text", "kerahasiaan", "kategori", "provinsi", "place")


def counter_routes() -> list[BaseRoute]:
    """The counter's pages and its path for programs."""
    return [
        Route(PATH, get_counter, methods=["GET"]),
        Route(PATH, post_counter, methods=["POST"]),
        Route(f"{PATH}/masuk", get_sign_in, methods=["GET"]),
        Route(f"{PATH}/masuk", post_sign_in, methods=["POST"]),
        Route(f"{PATH}/keluar", post_sign_out, methods=["POST"]),
        Route(API, post_counter_complaint, methods=["POST"]),
    ]


async def post_counter_complaint(request: Request) -> Response:
    """202 with what the clerk hands over; the same Idempotency-Key and body again get the same receipt."""
    doorway = doorway_of(request)
    caller = doorway.caller(request)
    if caller is None:
        raise ProblemError(HTTPStatus.UNAUTHORIZED, "send a token", headers={"WWW-Authenticate": "Bearer"})
    if caller.role not in MAY_ENTER:
        raise ProblemError(HTTPStatus.FORBIDDEN, "this token may not enter complaints for others")
    key = idempotency_key(request)
    if key is None:
        missing = FieldError("Idempotency-Key", "missing", "is needed, so that a repeated request is one complaint")
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "a header is missing", missing)
    require_type(request, "application/json")
    async with doorway.bodies.place(request):
        raw = await doorway.bodies.read(request, doorway.body_bytes)

        def read() -> tuple[CounterComplaint, Submission]:
            body = read_body(CounterComplaint, raw)
            return body, entered(body, caller, key)

        body, submission = read() if len(raw) <= SMALL else await doorway.run(read)
        receipt = await doorway.submit(submission)
    return JSONResponse(receipt_body(receipt, body), HTTPStatus.ACCEPTED)


async def get_counter(request: Request) -> Response:
    """An empty form for who is signed in, else the page that asks for the token."""
    try:
        session = session_of(request)
    except HANDLED:
        session = None
    if session is None:
        return sign_in_page(request)
    filled = Filled()
    if request.query_params.get("channel") in CHANNELS:  # the next person most likely comes the same way
        filled.values["channel"] = request.query_params["channel"]
    return _form(request, session, filled)


async def post_counter(request: Request) -> Response:
    """The receipt to hand over, or the form again with what is wrong; what was typed is not lost."""
    doorway = doorway_of(request)
    filled = Filled()
    session = session_of(request)
    if session is None:
        return sign_in_page(request, "over", HTTPStatus.FORBIDDEN)
    try:
        require_own_page(request)
        doorway.limits.clerk(session.caller)
        async with doorway.bodies.place(request):
            filled = await read_form(request, doorway)
            body = _body(filled)
            receipt = await doorway.submit(entered(body, session.caller, f"form:{filled.key}", filled.files))
    except HANDLED as error:
        return _refused(request, session, filled, error)
    language = page_language(request)
    deadline = COUNTER_WORDS[language]["deadline"].format_map(usual_days())
    urgent = help_at_once(receipt, body)
    answer = page(
        "counter_receipt.html",
        language,
        HTTPStatus.OK,
        words=COUNTER_WORDS,
        receipt=receipt,
        channel=body.channel.value,
        hotlines=urgent,
        deadline=deadline,
        follow=f"{doorway.settings.public_url.rstrip('/')}/lacak",
    )
    return seen(request, doorway, session, answer)


def _body(filled: Filled) -> CounterComplaint:
    """The model of the JSON path; who wants no name gives none, whatever stands in the fields."""
    body: dict[str, object] = {name: filled.values[name] for name in _COMPLAINT if filled.values.get(name)}
    if not filled.values.get("anonymous"):
        body["reporter"] = {name: filled.values[name] for name in _REPORTER if filled.values.get(name)}
    try:
        return CounterComplaint.model_validate(body)
    except ValidationError as error:
        raise FieldsError(*field_errors(error)) from None


def _refused(request: Request, session: Session, filled: Filled, error: Exception) -> Response:
    problem = problem_of(error)
    words = COUNTER_WORDS[page_language(request)]
    wrong = {one.field.rpartition(".")[2]: words[CODES.get(one.code, "wrong")] for one in problem.errors}
    wrong |= file_errors(problem.errors, page_language(request))
    notice = NOTICES.get(problem.status.value, "notice_other")
    if problem.status is HTTPStatus.FORBIDDEN:
        notice = "not_ours"
    if isinstance(error, ConflictError):
        notice = "notice_conflict"
        filled.key = Filled().key
    answer = _form(request, session, filled, status=problem.status, notice=words[notice], errors=wrong)
    answer.headers.update(problem.headers)
    return answer


def _form(
    request: Request,
    session: Session,
    filled: Filled,
    *,
    status: HTTPStatus = HTTPStatus.OK,
    notice: str = "",
    errors: dict[str, str] | None = None,
) -> Response:
    language = page_language(request)
    classes = taxonomy()
    options = {
        name: [(code, label.en if language == "en" else label.id) for code, label in classes.of(name).items()]
        for name in ("kategori", "kerahasiaan")
    }
    answer = page(
        "counter.html",
        language,
        status,
        words=COUNTER_WORDS,
        clerk=session.caller.name,
        key=filled.key,
        values=defaultdict(str, filled.values),
        notice=notice,
        errors=defaultdict(str, errors or {}),
        provinsi=[(one.code, one.name) for one in provinces()],
        **options,
    )
    answer.headers.update(REFERRER)
    return seen(request, doorway_of(request), session, answer)
