"""The form page `/lapor`: works without JavaScript; its signed one-time key makes a double click one complaint.

Spam is met without a third party: a key that only our page gives out, a field that people don't see, a time that
nobody is faster than, and a limit per address. Whoever fails one is asked to send again, and nothing typed is lost.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from http import HTTPStatus
from typing import Final

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from aduan.hotlines import hotlines
from aduan.places import find_places, place_named
from aduan.regions import is_region, provinces, regency_name
from aduan.taxonomy import taxonomy
from producers.door import utc_now
from producers.doorway import PUBLIC, SOURCE, Doorway, address, doorway_of
from producers.files.answer import file_errors
from producers.form_keys import TRAP, age_of, new_key
from producers.form_reading import Filled, read_form
from producers.form_words import CODES, NOTICES, WORDS
from producers.pages import page, page_language
from producers.problems import HANDLED, ProblemError, problem_of
from producers.schools import Schools, schools_path
from producers.submission import FieldError, FieldsError, WebComplaint, field_errors
from schemas.errors import ConflictError, UnavailableError
from schemas.events import Channel
from schemas.topics import Lane

REPORTER_FIELDS: Final = ("name", "email", "phone", "address")
COMPLAINT_FIELDS: Final = ("title", "text", "kerahasiaan", "kategori", "provinsi", "kabupaten", "place")
SEARCH: Final = "cari"
"""The button that looks for a place or school instead of sending."""
CHOICE: Final = "tempat"
"""The place or school that was chosen: `r` and a region's code, or `s` and an NPSN."""
_NOT_OF_THE_COMPLAINT: Final = (*REPORTER_FIELDS, "attachments", SEARCH, CHOICE, TRAP)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a form page shows beside what was typed."""

    status: HTTPStatus = HTTPStatus.OK
    notice: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    choices: Sequence[tuple[str, str]] | None = None
    """Places and schools that were found; None when nobody searched."""


async def get_root(_request: Request) -> Response:
    """The form is the first page."""
    return RedirectResponse("/lapor")


async def get_form(request: Request) -> Response:
    """An empty form."""
    return _form(request, Filled(key=_key(request)), Shown())


async def post_form(request: Request) -> Response:
    """The receipt page, or the form again with what is wrong; what was typed is not lost."""
    doorway = doorway_of(request)
    filled = Filled(key=_key(request))
    try:
        doorway.limits.public(address(request))
        async with doorway.bodies.place(request):
            filled = await read_form(request, doorway)
            if SEARCH in filled.values:
                return _form(request, filled, Shown(choices=find_choices(doorway, filled.values["place"])))
            _refuse_machines(doorway, filled)
            body = _complaint(filled, doorway)
            submission = body.submission(
                channel=Channel.WEB, account=PUBLIC, source=SOURCE, external_id=f"form:{filled.key}", files=filled.files
            )
            receipt = await doorway.submit(submission)
    except HANDLED as error:
        return _refused(request, filled, error)
    lines = hotlines(body.kabupaten, body.provinsi) if receipt.lane is Lane.URGENT else ()
    return page("receipt.html", page_language(request), HTTPStatus.OK, receipt=receipt, hotlines=lines)


def find_choices(doorway: Doorway, text: str) -> list[tuple[str, str]]:
    """Schools and places that fit what was typed, as values and labels of a choice; schools first."""
    try:
        schools = Schools(schools_path(doorway.settings.data_dir)).find(text)
    except UnavailableError:
        schools = []
    found = [(f"s{school.npsn}", school.label) for school in schools]
    return found + [(f"r{place.code}", place.label) for place in find_places(text)]


def _refuse_machines(doorway: Doorway, filled: Filled) -> None:
    """ProblemError(422) for what no person does; the page that is shown then can be sent at once by a person."""
    secret = doorway.settings.require_secret()
    age = age_of(secret, filled.key, utc_now())
    if age is None:
        filled.key = new_key(secret, utc_now())
    if age is None or filled.values.pop(TRAP, "") or age < timedelta(seconds=doorway.settings.intake_form_seconds):
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "send again", FieldError("key", "machine", "send again"))


def _complaint(filled: Filled, doorway: Doorway) -> WebComplaint:
    """The same model that the JSON intake uses; unknown fields are refused."""
    values = filled.values | _chosen(filled.values, doorway)
    body: dict[str, object] = {name: value for name, value in values.items() if name not in _NOT_OF_THE_COMPLAINT}
    body["reporter"] = {name: values[name] for name in REPORTER_FIELDS if values.get(name)}
    try:
        return WebComplaint.model_validate(body)
    except ValidationError as error:
        raise FieldsError(*field_errors(error)) from None


def _chosen(values: Mapping[str, str], doorway: Doorway) -> dict[str, str]:
    """What a chosen school or place says of province, kabupaten and place; so does a place typed as it is listed."""
    choice = values.get(CHOICE, "")
    if choice.startswith("s") and (school := Schools(schools_path(doorway.settings.data_dir)).get(choice[1:])):
        return {"kabupaten": school.kabupaten, "provinsi": school.kabupaten[:2], "place": school.label}
    code = choice[1:] if choice.startswith("r") else ""
    if not code and (typed := place_named(values.get("place", ""))) is not None:
        code = typed.code
    if len(code) == 4 and is_region(code):  # noqa: PLR2004 - digits of a kabupaten
        place = values.get("place", "")
        named = regency_name(code)
        return {
            "kabupaten": code,
            "provinsi": code[:2],
            "place": place if named.lower() in place.lower() else ", ".join(one for one in (place, named) if one),
        }
    return {}


def _refused(request: Request, filled: Filled, error: Exception) -> Response:
    problem = problem_of(error)
    words = WORDS[page_language(request)]
    wrong = {one.field.partition(".")[0]: words[CODES.get(one.code, "wrong")] for one in problem.errors}
    for one in problem.errors:
        if one.field.startswith("reporter."):
            wrong[one.field.partition(".")[2]] = words[CODES.get(one.code, "wrong")]
    wrong |= file_errors(problem.errors, page_language(request))
    notice = NOTICES.get(problem.status.value, "notice_other")
    if any(one.code == "machine" for one in problem.errors):
        notice, wrong = "notice_machine", {}
    if isinstance(error, ConflictError):
        notice = "notice_conflict"
        filled.key = _key(request)
    response = _form(request, filled, Shown(status=problem.status, notice=words[notice], errors=wrong))
    response.headers.update(problem.headers)
    return response


def _form(request: Request, filled: Filled, shown: Shown) -> Response:
    language = page_language(request)
    values = defaultdict(str, {name: filled.values.get(name, "") for name in (*COMPLAINT_FIELDS, *REPORTER_FIELDS)})
    words = WORDS[language]
    listed = {name: words.get(name, name) for name in shown.errors}
    return page(
        "form.html",
        language,
        shown.status,
        key=filled.key,
        trap=TRAP,
        values=values,
        chosen=filled.values.get(CHOICE, ""),
        choices=shown.choices,
        notice=shown.notice,
        errors=defaultdict(str, shown.errors),
        listed=listed,
        files_lost=bool(filled.files),
        options=_options(language),
    )


def _key(request: Request) -> str:
    return new_key(doorway_of(request).settings.require_secret(), utc_now())


@cache
def _options(language: str) -> dict[str, list[tuple[str, str]]]:
    classes = taxonomy()
    options = {
        name: [(code, label.en if language == "en" else label.id) for code, label in classes.of(name).items()]
        for name in ("kategori", "kerahasiaan")
    }
    return options | {"provinsi": [(one.code, one.name) for one in provinces()]}
