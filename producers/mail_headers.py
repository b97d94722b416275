"""Headers of a mail as text, and what a part says of itself. Never raises: the standard library does, on real mail."""

import email.errors
import email.utils
import re
from datetime import UTC, datetime
from email.header import decode_header
from email.message import Message
from typing import Final

from producers.mail_charsets import decode_text
from producers.submission import media_type

MALFORMED: Final = (LookupError, ValueError, TypeError, AttributeError, AssertionError, RecursionError, OverflowError)
"""What the standard library raises on malformed mail; each place that may see it goes on without that piece."""
MAX_REFS: Final = 50
_LONGEST: Final = 20_000
_MESSAGE_ID: Final = re.compile(r"<[^<>\s]{1,498}>")


def header(message: Message, name: str) -> str:
    """A header decoded (RFC 2047), "" if it is missing; wrong charsets and raw bytes are replaced."""
    return joined(raw_header(message, name)[:_LONGEST])


def raw_header(message: Message, name: str) -> str:
    """A header as it stands there; "" if it is missing or unreadable."""
    try:
        return str(message.get(name, ""))
    except MALFORMED:
        return ""


def joined(value: str) -> str:
    """Encoded words and plain ones, decoded."""
    try:
        pieces = decode_header(value)
    except MALFORMED + (email.errors.HeaderParseError,):  # noqa: RUF005
        return readable(value)
    return "".join(readable(text) if isinstance(text, str) else decode_text(text, charset) for text, charset in pieces)


def readable(value: str) -> str:
    """Raw bytes in a header, which the parser kept as surrogates, as text."""
    return decode_text(value.encode("utf-8", "surrogateescape"), None) if not value.isascii() else value


def message_ids(message: Message, *names: str) -> tuple[str, ...]:
    """Message-IDs in these headers, each once and in order, at most the last 50: the nearest stand last."""
    found: list[str] = []
    for name in names:
        value = raw_header(message, name)[-_LONGEST:]
        found += _MESSAGE_ID.findall(value) or [one for one in value.split() if "@" in one and value.isascii()]
    last_first = dict.fromkeys(reversed([readable(one)[:500] for one in found]))
    return tuple(reversed(list(last_first)[:MAX_REFS]))


def author(message: Message) -> tuple[str, str]:
    """Name and address of From; the address is found before the name is decoded, so that no name can hold one."""
    return _person(message, "from", "reply-to", "sender")


def answer_address(message: Message) -> str:
    """Where an answer goes: Reply-To, else From. "" for none, or one that would break a header."""
    address = _person(message, "reply-to", "from")[1]
    return address if "@" in address and address.isprintable() and " " not in address else ""


def moment(value: str) -> datetime | None:
    """A Date header in UTC."""
    try:
        found = email.utils.parsedate_to_datetime(value)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except MALFORMED:
        return None


def content_type(part: Message) -> str:
    """Media type of a part."""
    try:
        kind = part.get_content_type()
    except MALFORMED:
        kind = ""
    return media_type(kind)


def disposition(part: Message) -> str:
    """`inline`, `attachment` or ""."""
    try:
        return part.get_content_disposition() or ""
    except MALFORMED:
        return ""


def file_name(part: Message) -> str | None:
    """The name that a part gives its file."""
    try:
        name = part.get_filename()
    except MALFORMED:
        return None
    return joined(str(name)) if name else None


def payload(part: Message) -> object:
    """The parts of a part, or its text; a charset such as `idna` makes the library raise over the latter."""
    try:
        return part.get_payload()
    except MALFORMED:
        return ""


def data_of(part: Message) -> bytes:
    """The bytes of a part, transfer encoding undone."""
    try:
        data = part.get_payload(decode=True)
    except MALFORMED:
        data = None
    if isinstance(data, bytes):
        return data
    return str(payload(part)).encode("utf-8", "surrogateescape")


def text_of(part: Message, data: bytes) -> str:
    """The text of a part by the charset that it claims."""
    try:
        charset = part.get_content_charset()
    except MALFORMED:
        charset = None
    return decode_text(data, charset)


def _person(message: Message, *names: str) -> tuple[str, str]:
    for name in names:
        try:
            person, address = email.utils.parseaddr(raw_header(message, name)[:2_000])
        except MALFORMED:
            continue
        if address:
            return joined(person).strip()[:200], readable(address).strip()[:320]
    return "", ""
