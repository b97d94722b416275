"""From a record on complaints.submitted to a submission, or to why not. Pure.

Nothing of a record is believed: who wrote it is known only if an adapter of that name is registered, its headers and
fields are looked at one by one, and what is refused names fields that we know, never a word of the record.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Final

from pydantic import ValidationError

from producers.submission import FieldError, FieldsError, Submission, Thread, WebComplaint, field_errors
from schemas.codec import header
from schemas.content import Reporter
from schemas.errors import InvalidError, Reason
from schemas.events import Origin
from schemas.exchange import (
    MAX_KEY,
    SIGNATURE,
    SOURCE_PREFIX,
    ComplaintSubmitted,
    SubmittedAttachment,
    SubmittedReporter,
)
from schemas.topics import MAX_RAW_BYTES

CE_TYPE: Final = f"id.aduan.{ComplaintSubmitted.TYPE}".encode()
_JSON: Final = b"application/json"
_KNOWN_FIELDS: Final = frozenset(
    name for model in (ComplaintSubmitted, SubmittedReporter, SubmittedAttachment) for name in model.model_fields
)
_INDEX_DIGITS: Final = 2
"""Lists have at most 20 items; a longer number is no place in one, but could be a person's."""
_SHARED: Final = ("title", "text", "place", "kerahasiaan", "kategori", "provinsi", "kabupaten")
"""Fields that mean the same in the JSON intake, which checks them."""
Headers = Sequence[tuple[str, bytes | None]]


@dataclass(frozen=True, slots=True)
class Admissible:
    """A record that may go to the door."""

    submitter: str
    submission: Submission


@dataclass(frozen=True, slots=True)
class Turned:
    """A record that never will, and what its writer is told."""

    reason: Reason
    submitter: str | None = None
    external_id: str | None = None
    errors: tuple[FieldError, ...] = ()


def submitter_of(headers: Headers, is_registered: Callable[[str], bool]) -> str | None:
    """Name of the registered adapter that `ce_source` gives, or None."""
    source = header(_plain(headers), "ce_source")
    try:
        text = (source or b"").decode("ascii")
    except UnicodeDecodeError:
        return None
    name = text.removeprefix(SOURCE_PREFIX)
    return name if text.startswith(SOURCE_PREFIX) and is_registered(name) else None


def is_genuine(value: bytes | None, headers: Headers, token_digest: str, *, required: bool) -> bool:
    """Whether the holder of the token wrote it, as far as can be asked: a signature that is there must fit."""
    given = header(_plain(headers), SIGNATURE)
    if given is None:
        return not required
    expected = hmac.new(token_digest.encode(), value or b"", hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), given)


def read_submission(submitter: str, key: bytes | None, value: bytes | None, headers: Headers) -> Admissible | Turned:
    """The submission of a registered adapter. Never raises."""
    if value is None or len(value) > MAX_RAW_BYTES:
        return Turned(Reason.NULL_VALUE if value is None else Reason.TOO_LARGE, submitter)
    if wrong := tuple(_header_errors(key, headers)):
        return Turned(Reason.WRONG_HEADERS, submitter, errors=wrong)
    try:
        said = ComplaintSubmitted.model_validate_json(value)
    except ValidationError as error:
        return Turned(_reason(error, value), submitter, errors=tuple(map(_named, field_errors(error))))
    try:
        return Admissible(submitter, submission_of(submitter, said))
    except FieldsError as error:
        return Turned(error.reason, submitter, said.external_id, tuple(map(_named, error.errors)))
    except InvalidError as error:
        return Turned(error.reason, submitter, said.external_id)


def submission_of(submitter: str, said: ComplaintSubmitted) -> Submission:
    """The submission, checked as the JSON intake checks one. FieldsError names every field that is wrong.

    The adapter's name is part of account and message ids, so that no adapter can take an id of another door's, or
    answer in another's conversation.
    """
    body = said.model_dump(include=set(_SHARED)) | {"attachments": [one.model_dump() for one in said.attachments]}
    try:
        checked = WebComplaint.model_validate(body)
    except ValidationError as error:
        raise FieldsError(*field_errors(error)) from None
    made = checked.submission(
        channel=said.channel,
        account=account_of(submitter, said.account),
        source=SOURCE_PREFIX + submitter,
        external_id=said.external_id,
    )
    reporter = Reporter(**said.reporter.model_dump()) if said.reporter else Reporter()
    return replace(
        made,
        sender=said.sender,
        reporter=reporter if reporter.model_dump(exclude_none=True) else None,
        sent_at=said.sent_at.astimezone(UTC) if said.sent_at else None,
        automated=said.automated,
        origin=Origin(public=said.public),
        thread=Thread(
            own=(_name(submitter, said.external_id),),
            refs=tuple(_name(submitter, ref) for ref in said.in_reply_to),
            kind=said.kind,
        ),
    )


def account_of(submitter: str, account: str) -> str:
    """The account of what an adapter submits; the slash stands in no account of our own doors."""
    return f"{submitter}/{account}"


def _name(submitter: str, external_id: str) -> str:
    """A message's name in conversations; those of our own doors begin otherwise (`telegram:`), or are Message-IDs."""
    return f"{SOURCE_PREFIX}{submitter}:{external_id}"


def _header_errors(key: bytes | None, headers: Headers) -> Iterator[FieldError]:
    given = _plain(headers)
    if not key or len(key) > MAX_KEY:
        yield FieldError("key", "length", f"must have 1 to {MAX_KEY} bytes, the same on every retry")
    if header(given, "ce_specversion") != b"1.0":
        yield FieldError("ce_specversion", "value", "must be 1.0 (CloudEvents in binary mode)")
    if header(given, "ce_type") != CE_TYPE:
        yield FieldError("ce_type", "value", f"must be {CE_TYPE.decode()}")
    if not 0 < len(header(given, "ce_id") or b"") <= MAX_KEY:
        yield FieldError("ce_id", "length", f"must have 1 to {MAX_KEY} bytes, the same on every retry")
    media_type = header(given, "content-type")
    if media_type is not None and media_type.partition(b";")[0].strip().lower() != _JSON:
        yield FieldError("content-type", "value", "must be application/json")


def _plain(headers: Headers) -> list[tuple[str, bytes]]:
    return [(name, value) for name, value in headers if value is not None]


def _reason(error: ValidationError, value: bytes) -> Reason:
    if error.errors(include_input=False, include_url=False, include_context=False)[0]["type"] != "json_invalid":
        return Reason.INVALID_EVENT
    try:
        value.decode()
    except UnicodeDecodeError:
        return Reason.WRONG_ENCODING
    return Reason.MALFORMED_JSON


def _named(error: FieldError) -> FieldError:
    """Without a field's name that the writer made up: it could be anything, and other adapters can read the answer."""
    parts = [part if _is_ours(part) else "?" for part in error.field.split(".")]
    return replace(error, field=".".join(parts))


def _is_ours(part: str) -> bool:
    return part in _KNOWN_FIELDS or part == "body" or (part.isdigit() and len(part) <= _INDEX_DIGITS)
