"""The form page `/lapor`: works without JavaScript; its hidden one-time key makes a double click one complaint."""

import asyncio
import base64
import hashlib
import secrets
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from aduan.regions import provinces
from aduan.taxonomy import taxonomy
from producers.attachments import safe_name
from producers.doorway import PUBLIC, SOURCE, Doorway, address, doorway_of, require_type
from producers.form_words import CODES, NOTICES, WORDS, choose_language
from producers.problems import HANDLED, ProblemError, problem_of
from producers.submission import FieldsError, File, WebComplaint, field_errors, media_type
from schemas.errors import ConflictError
from schemas.events import Channel
from schemas.topics import MAX_TEXT_BYTES

MULTIPART: Final = "multipart/form-data"
URLENCODED: Final = "application/x-www-form-urlencoded"
MAX_FIELDS: Final = 30
PART_BYTES: Final = 2 * MAX_TEXT_BYTES
_REPORTER: Final = ("name", "email", "phone", "address")
_COMPLAINT: Final = ("title", "text", "kerahasiaan", "kategori", "provinsi", "kabupaten", "place")


class InMemoryParser(MultiPartParser):
    """Keeps uploaded files in memory, which the body's limit bounds: they never touch a disk unsealed."""

    spool_max_size = 1 << 40


@dataclass
class Filled:
    """A form as it was filled in."""

    values: dict[str, str] = field(default_factory=lambda: defaultdict(str))
    files: tuple[File, ...] = ()
    key: str = field(default_factory=lambda: secrets.token_urlsafe(24))


async def get_root(_request: Request) -> Response:
    """The form is the first page."""
    return RedirectResponse("/lapor")


async def get_form(request: Request) -> Response:
    """An empty form."""
    return _form(request, Filled())


async def post_form(request: Request) -> Response:
    """The receipt page, or the form again with what is wrong; what was typed is not lost."""
    doorway = doorway_of(request)
    filled = Filled()
    try:
        doorway.limits.public(address(request))
        async with doorway.bodies.place(request):
            filled = await _read(request, doorway)
            submission = _complaint(filled).submission(
                channel=Channel.WEB, account=PUBLIC, source=SOURCE, external_id=f"form:{filled.key}", files=filled.files
            )
            receipt = await doorway.submit(submission)
    except HANDLED as error:
        return _refused(request, filled, error)
    language = _language(request)
    return _page("receipt.html", language, HTTPStatus.OK, receipt=receipt)


async def _read(request: Request, doorway: Doorway) -> Filled:
    body_type = require_type(request, MULTIPART, URLENCODED)
    stream = doorway.bodies.limited(request, doorway.body_bytes).stream()
    parser: MultiPartParser | FormParser
    if body_type == MULTIPART:
        most = doorway.settings.attachments_max + 1
        parser = InMemoryParser(
            request.headers, stream, max_files=most, max_fields=MAX_FIELDS, max_part_size=PART_BYTES
        )
    else:
        parser = FormParser(request.headers, stream, max_fields=MAX_FIELDS, max_part_size=6 * MAX_TEXT_BYTES)
    try:
        async with asyncio.timeout(doorway.settings.intake_body_seconds):
            form = await parser.parse()
    except MultiPartException:
        raise ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the form is malformed or too large") from None
    except TimeoutError:
        raise ProblemError(HTTPStatus.REQUEST_TIMEOUT, "the form did not arrive in time") from None
    return await _filled(form)


async def _filled(form: FormData) -> Filled:
    filled = Filled()
    found = []
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            if value.filename:
                found.append(File(safe_name(value.filename), media_type(value.content_type), await value.read()))
        elif name == "key":
            if value.isascii() and 0 < len(value) <= 100:  # noqa: PLR2004 - ours have 32 characters
                filled.key = value
        else:
            # A charset of the sender's choice may let half characters through; the page can't show them.
            filled.values[name] = value.encode("utf-8", "replace").decode()
    await form.close()
    filled.files = tuple(found)
    return filled


def _complaint(filled: Filled) -> WebComplaint:
    """The same model that the JSON intake uses; unknown fields are refused."""
    body: dict[str, object] = {name: value for name, value in filled.values.items() if name not in _REPORTER}
    body.pop("attachments", None)  # browsers without a chosen file may send the bare field
    body["reporter"] = {name: filled.values[name] for name in _REPORTER if filled.values.get(name)}
    try:
        return WebComplaint.model_validate(body)
    except ValidationError as error:
        raise FieldsError(*field_errors(error)) from None


def _refused(request: Request, filled: Filled, error: Exception) -> Response:
    problem = problem_of(error)
    language = _language(request)
    words = WORDS[language]
    wrong = {one.field.partition(".")[0]: words[CODES.get(one.code, "wrong")] for one in problem.errors}
    for one in problem.errors:
        if one.field.startswith("reporter."):
            wrong[one.field.partition(".")[2]] = words[CODES.get(one.code, "wrong")]
    notice = NOTICES.get(problem.status.value, "notice_other")
    if isinstance(error, ConflictError):
        notice = "notice_conflict"
        filled.key = Filled().key
    response = _form(request, filled, status=problem.status, notice=words[notice], errors=wrong)
    response.headers.update(problem.headers)
    return response


def _form(
    request: Request,
    filled: Filled,
    *,
    status: HTTPStatus = HTTPStatus.OK,
    notice: str = "",
    errors: dict[str, str] | None = None,
) -> Response:
    language = _language(request)
    values = defaultdict(str, {name: filled.values.get(name, "") for name in (*_COMPLAINT, *_REPORTER)})
    classes = taxonomy()
    options = {
        name: [(code, label.en if language == "en" else label.id) for code, label in classes.of(name).items()]
        for name in ("kategori", "kerahasiaan")
    }
    return _page(
        "form.html",
        language,
        status,
        key=filled.key,
        values=values,
        notice=notice,
        errors=defaultdict(str, errors or {}),
        provinsi=[(one.code, one.name) for one in provinces()],
        **options,
    )


def _page(name: str, language: str, status: HTTPStatus, **values: object) -> Response:
    css, digest = _style()
    html = _templates().get_template(name).render(lang=language, say=WORDS[language], css=css, **values)
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    return HTMLResponse(
        html,
        status_code=status.value,
        headers={"Content-Security-Policy": policy, "Content-Language": language, "Vary": "Accept-Language"},
    )


def _language(request: Request) -> str:
    return choose_language(request.query_params.get("lang"), request.headers.get("accept-language"))


@cache
def _templates() -> Environment:
    return Environment(loader=PackageLoader("producers"), autoescape=True, undefined=StrictUndefined)


@cache
def _style() -> tuple[str, str]:
    css = (files("producers") / "templates" / "style.css").read_text(encoding="utf-8").strip()
    return css, base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
