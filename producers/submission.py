"""What a door takes: `Submission` for every channel, and the models of the JSON intake that become one."""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from aduan.regions import is_region
from aduan.taxonomy import is_code
from schemas.content import Reporter
from schemas.errors import Reason, RefusedError
from schemas.events import Channel, Claimed, Code, Origin, ReplyKind
from schemas.topics import MAX_TEXT_BYTES

MAX_NAME: Final = 200
"""Longest file name in characters; a longer one is cut, the file is kept."""
PROVINCE_DIGITS: Final = 2
REGENCY_DIGITS: Final = 4
OCTETS: Final = "application/octet-stream"
_MEDIA_TYPE: Final = r"^[\w.+-]{1,50}/[\w.+-]{1,49}$"
_NO_CONTROLS: Final = dict.fromkeys({*range(0x20), 0x7F} - {0x09, 0x0A, 0x0D}, " ")
"""In JSON each would take six bytes: a text of them passes the door's limit and then none behind it."""
_NOTHING_CLAIMED: Final = Claimed()
_NOTHING_SPECIAL: Final = Origin()
D = TypeVar("D", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field. Never holds the value."""

    field: str
    code: str
    message: str


class FieldsError(RefusedError):
    """Some fields are wrong; each is named, with what it must be. Nothing was kept."""

    def __init__(self, *errors: FieldError, reason: Reason = Reason.INVALID_EVENT) -> None:
        super().__init__(reason, "; ".join(f"{error.field}: {error.message}" for error in errors))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class File:
    """One attachment as it came."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """How a message stands in a conversation, by ids of its channel: Message-IDs, `facebook:` and a comment's id."""

    own: tuple[str, ...] = ()
    """Ids by which later messages will name this one."""
    refs: tuple[str, ...] = ()
    """Ids of the messages that this one answers, edits or deletes; the nearest is the last."""
    tracking: str = ""
    """A tracking number that it quotes, as `aduan.tracking` writes it."""
    kind: ReplyKind = ReplyKind.REPLY


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One complaint as a channel understood it, before it is claimed, sealed and published."""

    channel: Channel
    account: str
    source: str
    sender: str
    external_id: str
    text: str
    title: str = ""
    place: str = ""
    reporter: Reporter | None = None
    sent_at: datetime | None = None
    automated: bool = False
    claimed: Claimed = _NOTHING_CLAIMED
    files: tuple[File, ...] = ()
    origin: Origin = _NOTHING_SPECIAL
    thread: Thread | None = None

    def __post_init__(self) -> None:
        """Half characters, which can't be written as UTF-8, become `?`; control characters, six bytes each, spaces."""
        for name in ("account", "sender", "external_id", "text", "title", "place"):
            value = getattr(self, name)
            if not value.isascii():
                value = value.encode("utf-8", "replace").decode()
            object.__setattr__(self, name, value.translate(_NO_CONTROLS))

    def body(self) -> tuple[str, ...]:
        """What makes it this complaint and no other: a retry repeats all of it."""
        reporter = self.reporter.model_dump_json(exclude_none=True, exclude={"reply"}) if self.reporter else ""
        claimed = self.claimed.model_dump_json(exclude_none=True)
        return (self.title, self.text, self.place, reporter, claimed, *self.file_digests())

    def file_digests(self) -> tuple[str, ...]:
        """Name and digest of each file, as they came."""
        return tuple(part for file in self.files for part in (file.name, hashlib.sha256(file.data).hexdigest()))


def media_type(claimed: str | None) -> str:
    """A file's type without parameters, which may hold its name, as in `image/jpeg; name="KTP Budi.jpg"`."""
    kind = (claimed or "").partition(";")[0].strip()
    return kind if re.match(_MEDIA_TYPE, kind, re.ASCII) else OCTETS


def check_size(title: str, text: str) -> None:
    """Raise FieldsError(TOO_LARGE) when title and text together are longer than a door takes."""
    if len(title) + len(text) <= MAX_TEXT_BYTES // 4:
        return
    if len(title.encode("utf-8", "replace")) + len(text.encode("utf-8", "replace")) > MAX_TEXT_BYTES:
        message = f"title and text together must be at most {MAX_TEXT_BYTES} bytes"
        raise FieldsError(FieldError("text", "too_long", message), reason=Reason.TOO_LARGE)


def _blank_is_none(value: object) -> object:
    """A form sends an empty field as an empty string."""
    return (value.strip() or None) if isinstance(value, str) else value


def _without_controls(value: object) -> object:
    return value.translate(_NO_CONTROLS) if isinstance(value, str) else value


_BLANK: Final = BeforeValidator(_blank_is_none)
Line40 = Annotated[Annotated[str, StringConstraints(max_length=40)] | None, _BLANK]
Line200 = Annotated[Annotated[str, StringConstraints(max_length=200)] | None, _BLANK]
Line320 = Annotated[Annotated[str, StringConstraints(max_length=320)] | None, _BLANK]
Line500 = Annotated[Annotated[str, StringConstraints(max_length=500)] | None, _BLANK]
OptionalCode = Annotated[Code | None, _BLANK]
Words = Annotated[
    Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)], BeforeValidator(_without_controls)
]


class _Door(BaseModel):
    """Strict at the door: an unknown field is a mistake that its sender should hear of."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class WebReporter(_Door):
    """Who reports; every field is optional, and none at all is anonymous."""

    name: Line200 = None
    email: Line320 = None
    phone: Line40 = None
    address: Line500 = None


class WebAttachment(_Door):
    """One file, base64 (RFC 4648, padded, without line breaks)."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_NAME)]
    media_type: Annotated[str, StringConstraints(pattern=_MEDIA_TYPE)] = OCTETS
    content_base64: str = Field(repr=False)


class WebReply(_Door):
    """What a reporter adds later, with the secret of the receipt."""

    secret: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    text: Words


class WebComplaint(_Door):
    """Body of `POST /api/v1/complaints`, of the form, and of a line that `aduan send` reads."""

    title: Line500 = None
    text: Words
    reporter: WebReporter | None = None
    kerahasiaan: OptionalCode = None
    kategori: OptionalCode = None
    provinsi: OptionalCode = None
    kabupaten: OptionalCode = None
    place: Line500 = None
    attachments: tuple[WebAttachment, ...] = ()

    def files(self) -> tuple[File, ...]:
        """The attachments decoded; FieldsError names the one that is no base64."""
        return tuple(_decoded(number, attachment) for number, attachment in enumerate(self.attachments))

    def submission(
        self, *, channel: Channel, account: str, source: str, external_id: str, files: tuple[File, ...] = ()
    ) -> Submission:
        """The submission; FieldsError names every code that no list holds. `files` come from a form."""
        check_codes(self)
        reporter = Reporter(**self.reporter.model_dump()) if self.reporter else None
        return Submission(
            channel=channel,
            account=account,
            source=source,
            sender="",
            external_id=external_id,
            title=self.title or "",
            text=self.text,
            place=self.place or "",
            reporter=reporter if reporter and reporter.model_dump(exclude_none=True) else None,
            claimed=Claimed(
                kategori=self.kategori,
                provinsi=self.provinsi,
                kabupaten=self.kabupaten,
                kerahasiaan=self.kerahasiaan,
            ),
            files=files or self.files(),
        )


def read_body(model: type[D], raw: bytes) -> D:
    """A JSON body as its model. Raises FieldsError that names each wrong field and quotes no value."""
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise FieldsError(*field_errors(error)) from None


def field_errors(error: ValidationError) -> list[FieldError]:
    """Ours from pydantic's, at most 20: code and message, never the input."""
    found = error.errors(include_input=False, include_url=False, include_context=False)
    return [
        FieldError(".".join(str(part)[:60] for part in one["loc"]) or "body", one["type"], one["msg"])
        for one in found[:20]
    ]


def check_codes(body: WebComplaint) -> None:
    """Raise FieldsError for codes that are in no list, or a kabupaten of another province."""
    wrong = [
        FieldError(field, "unknown_code", f"is no code of {field}; see /api/v1/codes")
        for field in ("kategori", "kerahasiaan")
        if getattr(body, field) is not None and not is_code(field, getattr(body, field))
    ]
    province, regency = body.provinsi, body.kabupaten
    if province is not None and not (len(province) == PROVINCE_DIGITS and is_region(province)):
        wrong.append(FieldError("provinsi", "unknown_code", "must be a Kemendagri province code of two digits"))
    if regency is not None and not (len(regency) == REGENCY_DIGITS and is_region(regency)):
        wrong.append(FieldError("kabupaten", "unknown_code", "must be a Kemendagri code of four digits"))
    elif regency is not None and province is not None and regency[:PROVINCE_DIGITS] != province:
        wrong.append(FieldError("kabupaten", "mismatch", "is not in the given provinsi"))
    if wrong:
        raise FieldsError(*wrong)


def _decoded(number: int, attachment: WebAttachment) -> File:
    try:
        data = base64.b64decode(attachment.content_base64, validate=True)
    except (binascii.Error, ValueError):
        message = "must be base64 (RFC 4648), padded, without line breaks"
        raise FieldsError(FieldError(f"attachments.{number}.content_base64", "base64", message)) from None
    return File(attachment.name, attachment.media_type, data)
