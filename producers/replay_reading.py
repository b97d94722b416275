"""Files of complaints as pieces: lines of JSON, or mails of an mbox. Read as a stream, from any piece on."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from email.parser import BytesHeaderParser
from typing import BinaryIO, Final

from pydantic import ValidationError
from pydantic_core import from_json, to_json

from producers.mail_parsing import parse_mail, recipients
from producers.social.meta import read_delivery
from producers.submission import FieldError, FieldsError, Submission, WebComplaint, field_errors
from schemas.errors import Reason, UnreadableError
from schemas.events import Channel

SOURCE: Final = "/producers/send"
ACCOUNT: Final = "send"
MAX_PIECE: Final = 40_000_000
"""Longest line or mail in bytes; a longer one is passed over, and reported."""
_MAX_KEY: Final = 255


@dataclass(frozen=True, slots=True)
class Piece:
    """One line or mail: its number from 1 in the file, its bytes, and the offset where it ends."""

    number: int
    raw: bytes
    end: int
    too_long: bool = False


Pieces = Callable[[BinaryIO, int], Iterator[Piece]]
"""From an open file and the number of pieces before its position to the pieces after it."""
Reader = Callable[[Piece], list[Submission]]
"""From a piece to its submissions. Raises InvalidError: the piece is reported by its number, and passed over."""


def json_lines(file: BinaryIO, number: int) -> Iterator[Piece]:
    """Lines; blank ones are pieces without bytes."""
    while line := file.readline(MAX_PIECE):
        number += 1
        too_long = False
        while not line.endswith(b"\n") and (more := file.readline(MAX_PIECE)):
            line, too_long = more, True
        yield Piece(number, b"" if too_long else line.strip(), file.tell(), too_long)


def mbox_mails(file: BinaryIO, number: int) -> Iterator[Piece]:
    """Mails, each after a `From ` line that follows a blank one; the quoting of `>From ` is undone (mboxrd)."""
    lines: list[bytes] = []
    size, blank, begun = 0, True, False
    end = file.tell()
    while True:
        line = file.readline(MAX_PIECE)
        opens = blank and line.startswith(b"From ")
        if begun and (opens or not line):
            number += 1
            yield Piece(number, b"".join(lines), end, size > MAX_PIECE)
        if not line:
            return
        if opens:
            lines, size = [], 0
        else:
            size += len(line)
            if size <= MAX_PIECE:
                lines.append(line[1:] if line.startswith(b">") and line.lstrip(b">").startswith(b"From ") else line)
        begun, blank, end = True, not line.strip(), file.tell()


def json_reader(channel: Channel) -> Reader:
    """Lines in the format of the JSON intake, with an optional `idempotency_key`, or wrapped as {"body": …}.

    For the social channel a body may also be a Meta webhook. Without a key a line's own is its number and digest, so
    that the same file again sends nothing twice.
    """

    def read(piece: Piece) -> list[Submission]:
        try:
            line = from_json(piece.raw, allow_inf_nan=False)
        except ValueError:
            raise UnreadableError(Reason.MALFORMED_JSON, "is not JSON in UTF-8") from None
        if not isinstance(line, dict):
            raise UnreadableError(Reason.MALFORMED_JSON, "is not a JSON object")
        key = line.pop("idempotency_key", None)
        inner = line.get("body")
        body: dict[str, object] = inner if isinstance(inner, dict) else line
        if channel is Channel.SOCIAL and "entry" in body:
            return read_delivery(to_json(body)).submissions
        if key is None:
            key = f"line:{piece.number}:{hashlib.sha256(piece.raw).hexdigest()[:32]}"
        if not isinstance(key, str) or not 0 < len(key) <= _MAX_KEY:
            raise FieldsError(FieldError("idempotency_key", "format", "must be text of 1 to 255 characters"))
        try:
            complaint = WebComplaint.model_validate(body)
        except ValidationError as error:
            raise FieldsError(*field_errors(error)) from None
        return [complaint.submission(channel=channel, account=ACCOUNT, source=SOURCE, external_id=key)]

    return read


def mail_reader(channel: Channel, accounts: frozenset[str]) -> Reader:
    """Mails as the mail receiver takes them: the same mail by both ways is one complaint."""

    def read(piece: Piece) -> list[Submission]:
        if not piece.raw.strip():
            raise UnreadableError(Reason.INVALID_EVENT, "is an empty mail")
        addressed = recipients(BytesHeaderParser().parsebytes(piece.raw))
        account = next((address for address in addressed if address in accounts), min(accounts, default=ACCOUNT))
        found = parse_mail(piece.raw, account=account, own=accounts)
        return [replace(found, channel=channel)]

    return read
