"""A mail's raw bytes to a submission. Pure, and never raises on any bytes: what can't be read is kept as it is.

The standard library parses under its lenient policy (`compat32`); the strict one raises on many headers of real mail.
Bounds keep a hostile mail from costing minutes: parts, depth, and boundaries are counted.
"""

import email.utils
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser
from typing import Final

from producers.attachments import safe_name
from producers.mail_files import bounded_files
from producers.mail_text import HTML_CHARS, new_words, text_of_html
from producers.submission import File, Submission, media_type
from schemas.content import Reporter
from schemas.events import Channel
from schemas.topics import MAX_TEXT_BYTES

SOURCE: Final = "/producers/mail"
MAX_PARTS: Final = 200
MAX_DEPTH: Final = 20
MAX_BOUNDARIES: Final = 100
MAX_MATCHES: Final = 6_000_000
"""More boundaries in one mail, or boundaries times lines, and it is not taken apart: that is what parsing costs."""
MAX_SUBJECT: Final = 1_000
MAX_ID: Final = 500
_TEXT_BYTES: Final = MAX_TEXT_BYTES - 8 * MAX_SUBJECT
_MALFORMED: Final = (LookupError, ValueError, TypeError, AttributeError, AssertionError, RecursionError, OverflowError)
"""What the standard library raises on malformed mail; each place that may see it goes on without that piece."""
_BULK: Final = {"bulk", "junk", "list", "auto_reply"}


@dataclass(slots=True)
class _Parts:
    texts: list[str] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    seen: int = 0
    whole: bool = True


def parse_mail(raw: bytes, *, account: str, envelope_from: str | None = None) -> Submission:
    """The submission in a mail that came to `account`. `envelope_from` is the SMTP sender, "" for a null one."""
    # One line ending, so that the same mail by SMTP and from an mbox is the same complaint.
    raw = raw.replace(b"\r\n", b"\n")
    message = _parsed(raw)
    parts = _Parts()
    _collect(message, parts, 0)
    subject = " ".join(_header(message, "subject").split())
    text = "\n\n".join(part for part in parts.texts if part.strip()).strip()
    title, kept = _fit(subject, new_words(text, subject, is_reply=_is_reply(message)))
    files = list(parts.files)
    if kept != text or title != subject:
        # What was cut is kept too, sealed like any attachment. Not the raw mail: its trace differs when it comes again.
        files.append(File("surat-lengkap.txt", "text/plain", f"{subject}\n\n{text}".encode()))
    if not parts.whole:
        files.append(File("surat-asli.eml", "message/rfc822", raw))
    name, address = _author(message)
    external_id = _header(message, "message-id").strip()
    if not 0 < len(external_id) <= MAX_ID:
        external_id = _digest(_header(message, "date"), address, external_id, subject, text)
    reporter = Reporter(name=name or None, email=address or None)
    return Submission(
        channel=Channel.EMAIL,
        account=account[:200],
        source=SOURCE,
        sender=address.lower(),
        external_id=external_id,
        title=title,
        text=kept,
        reporter=reporter if name or address else None,
        sent_at=_moment(_header(message, "date")),
        automated=_is_automated(message, envelope_from),
        files=bounded_files(files),
    )


def _parsed(raw: bytes) -> Message:
    boundaries = raw.lower().count(b"boundary")
    if boundaries <= MAX_BOUNDARIES and boundaries * raw.count(b"\n") <= MAX_MATCHES:
        try:
            return BytesParser().parsebytes(raw)
        except _MALFORMED:
            pass
    return BytesHeaderParser().parsebytes(raw)


def _collect(part: Message, parts: _Parts, depth: int) -> None:
    """Words and files of a part and all below it."""
    parts.seen += 1
    if parts.seen > MAX_PARTS or depth > MAX_DEPTH:
        parts.whole = False
        return
    children = _payload(part)
    kind = _media_type(part)
    if isinstance(children, list) and kind == "message/rfc822" and children and isinstance(children[0], Message):
        _collect_forward(children[0], parts, depth)
    elif isinstance(children, list) and kind == "multipart/alternative":
        _collect_alternative([child for child in children if isinstance(child, Message)], parts, depth)
    elif isinstance(children, list):
        for child in children:
            if isinstance(child, Message):
                _collect(child, parts, depth + 1)
    else:
        _collect_leaf(part, kind, parts)


def _collect_alternative(children: list[Message], parts: _Parts, depth: int) -> None:
    """The plain words if there are any, else those of the HTML; files of all."""
    found = []
    for child in children:
        own = _Parts(seen=parts.seen)
        _collect(child, own, depth + 1)
        parts.seen, parts.whole = own.seen, parts.whole and own.whole
        parts.files += own.files
        found.append((_media_type(child) == "text/plain", "\n\n".join(own.texts)))
    spoken = [words for _, words in found if words.strip()]
    plain = [words for is_plain, words in found if is_plain and words.strip()]
    parts.texts += plain[:1] or spoken[-1:]


def _collect_forward(inner: Message, parts: _Parts, depth: int) -> None:
    """A mail inside the mail: its words count, under its author and subject."""
    head = [f"{name}: {_header(inner, name)}" for name in ("From", "Subject") if _header(inner, name)]
    parts.texts.append("\n".join(["---------- Forwarded message ----------", *head]))
    _collect(inner, parts, depth + 1)


def _collect_leaf(part: Message, kind: str, parts: _Parts) -> None:
    name = _file_name(part)
    attached = name is not None or _disposition(part) == "attachment"
    data = _data(part)
    if not attached and kind in {"text/plain", "text/html", "message/delivery-status"}:
        words = _decoded(data, part)
        if kind == "text/html":
            parts.whole = parts.whole and len(words) <= HTML_CHARS
            words = text_of_html(words)
        parts.texts.append(words.replace("\r\n", "\n").replace("\r", "\n"))
    elif data:
        parts.files.append(File(safe_name(name or f"lampiran-{len(parts.files) + 1}"), kind, data))


def _fit(subject: str, text: str) -> tuple[str, str]:
    """Title and text as short as a door takes."""
    raw = text.encode()
    return subject[:MAX_SUBJECT], text if len(raw) <= _TEXT_BYTES else raw[:_TEXT_BYTES].decode(errors="ignore")


def _header(message: Message, name: str) -> str:
    """A header decoded (RFC 2047), "" if it is missing; wrong charsets and raw bytes are replaced."""
    try:
        return _joined(str(message.get(name, ""))[:20_000])
    except _MALFORMED:
        return ""


def _joined(value: str) -> str:
    try:
        pieces = decode_header(value)
    except _MALFORMED + (email.errors.HeaderParseError,):  # noqa: RUF005
        return _readable(value)
    return "".join(_piece(text, charset) for text, charset in pieces)


def _piece(text: bytes | str, charset: str | None) -> str:
    if isinstance(text, str):
        return _readable(text)
    return _decode(text, charset)


def _readable(value: str) -> str:
    """Raw bytes in a header, which the parser kept as surrogates, as text."""
    return _decode(value.encode("utf-8", "surrogateescape"), None) if not value.isascii() else value


def _decoded(data: bytes, part: Message) -> str:
    try:
        charset = part.get_content_charset()
    except _MALFORMED:
        charset = None
    return _decode(data, charset)


def _decode(data: bytes, charset: str | None) -> str:
    """Bytes as text: by their charset, else as UTF-8, else as Windows-1252. Holds no surrogates and no NUL."""
    for candidate in (charset, "utf-8", "cp1252"):
        if candidate is None:
            continue
        try:
            found = data.decode(candidate)
        except (LookupError, ValueError):
            continue
        return _clean(found)
    return _clean(data.decode("utf-8", "replace"))


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\0", "")


def _data(part: Message) -> bytes:
    try:
        data = part.get_payload(decode=True)
    except _MALFORMED:
        data = None
    if isinstance(data, bytes):
        return data
    return str(_payload(part)).encode("utf-8", "surrogateescape")


def _payload(part: Message) -> object:
    """The parts of a part, or its text; a charset such as `idna` makes the library raise over the latter."""
    try:
        return part.get_payload()
    except _MALFORMED:
        return ""


def _media_type(part: Message) -> str:
    try:
        kind = part.get_content_type()
    except _MALFORMED:
        kind = ""
    return media_type(kind)


def _disposition(part: Message) -> str:
    try:
        return part.get_content_disposition() or ""
    except _MALFORMED:
        return ""


def _file_name(part: Message) -> str | None:
    try:
        name = part.get_filename()
    except _MALFORMED:
        return None
    return _joined(str(name)) if name else None


def _author(message: Message) -> tuple[str, str]:
    """Name and address of From; the address is found before the name is decoded, so that no name can hold one."""
    for field_name in ("from", "reply-to", "sender"):
        try:
            name, address = email.utils.parseaddr(str(message.get(field_name, ""))[:2_000])
        except _MALFORMED:
            continue
        if address:
            return _joined(name).strip()[:200], _readable(address).strip()[:320]
    return "", ""


def _is_reply(message: Message) -> bool:
    return "in-reply-to" in message or "references" in message


def _is_automated(message: Message, envelope_from: str | None) -> bool:
    """Whether nobody wrote this by hand (RFC 3834 and the customs before it): such mail is never answered."""
    submitted = _header(message, "auto-submitted").partition(";")[0].strip().lower()
    return (
        submitted not in {"", "no"}
        or envelope_from == ""
        or _header(message, "return-path").strip() == "<>"
        or _header(message, "precedence").strip().lower() in _BULK
        or "x-autoreply" in message
        or "x-autorespond" in message
        or _media_type(message) == "multipart/report"
    )


def _moment(value: str) -> datetime | None:
    try:
        moment = email.utils.parsedate_to_datetime(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except _MALFORMED:
        return None


def _digest(*pieces: str) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece.encode() + b"\0")
    return f"digest:{digest.hexdigest()}"


def recipients(message: Message) -> Iterator[str]:
    """Addresses that a mail says it was sent to, lower case: for an mbox, which has no envelope."""
    for name in ("delivered-to", "x-original-to", "to", "cc"):
        for _, address in email.utils.getaddresses([str(value) for value in message.get_all(name, [])]):
            yield address.lower()
