"""Reading a filled-in form, urlencoded or with files, within the intake's limits; files never touch a disk unsealed."""

import asyncio
import secrets
from collections import defaultdict
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser
from starlette.requests import Request

from producers.attachments import safe_name
from producers.doorway import Doorway, require_type
from producers.problems import ProblemError
from producers.submission import File, media_type
from schemas.topics import MAX_TEXT_BYTES

MULTIPART: Final = "multipart/form-data"
URLENCODED: Final = "application/x-www-form-urlencoded"
MAX_FIELDS: Final = 30
PART_BYTES: Final = 2 * MAX_TEXT_BYTES
_LONGEST_KEY: Final = 100


class InMemoryParser(MultiPartParser):
    """Keeps uploaded files in memory, which the body's limit bounds: they never touch a disk unsealed."""

    spool_max_size = 1 << 40


@dataclass
class Filled:
    """A form as it was filled in. `key` makes a double click one complaint."""

    values: dict[str, str] = field(default_factory=lambda: defaultdict(str))
    files: tuple[File, ...] = ()
    key: str = field(default_factory=lambda: secrets.token_urlsafe(24))


async def read_form(request: Request, doorway: Doorway) -> Filled:
    """The form. ProblemError 413, 415 or 408 when it is too large, of another kind, or does not arrive in time."""
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
    except (MultiPartException, UnicodeError):  # some charsets of the sender's choice, as `punycode`, raise the latter
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
            if value.isascii() and 0 < len(value) <= _LONGEST_KEY:
                filled.key = value
        else:
            # A charset of the sender's choice may let half characters through; the page can't show them.
            filled.values[name] = value.encode("utf-8", "replace").decode()
    await form.close()
    filled.files = tuple(found)
    return filled
