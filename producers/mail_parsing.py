"""A mail's raw bytes to a submission. Pure, and never raises on any bytes: what can't be read is kept as it is.

The standard library parses under its lenient policy (`compat32`); the strict one raises on many headers of real mail.
Bounds keep a hostile mail from costing minutes: parts, depth, and boundaries are counted.
"""

import email.utils
import hashlib
from collections.abc import Iterator, Set
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser
from typing import Final

from aduan.tracking import parse_tracking_number
from producers.mail_automated import is_automated
from producers.mail_files import bounded_files
from producers.mail_headers import MALFORMED, answer_address, author, header, message_ids, moment
from producers.mail_parts import Parts, collect
from producers.mail_text import new_words
from producers.submission import File, Submission, Thread
from schemas.content import ReplyPath, Reporter
from schemas.events import Channel
from schemas.topics import MAX_TEXT_BYTES

SOURCE: Final = "/producers/mail"
VIA: Final = "mail"
MAX_BOUNDARIES: Final = 100
MAX_MATCHES: Final = 6_000_000
"""More boundaries in one mail, or boundaries times lines, and it is not taken apart: that is what parsing costs."""
MAX_SUBJECT: Final = 1_000
MAX_ID: Final = 500
_TEXT_BYTES: Final = MAX_TEXT_BYTES - 8 * MAX_SUBJECT


def parse_mail(
    raw: bytes, *, account: str, envelope_from: str | None = None, own: Set[str] = frozenset()
) -> Submission:
    """The submission in a mail that came to `account`. `envelope_from` is the SMTP sender, "" for a null one.

    `own` are our own addresses, lower case: a mail from one of them is a machine's.
    """
    # One line ending, so that the same mail by SMTP, from a mailbox and from an mbox is the same complaint.
    raw = raw.replace(b"\r\n", b"\n")
    message = _parsed(raw)
    parts = Parts()
    collect(message, parts)
    subject = " ".join(header(message, "subject").split())
    text = parts.words()
    title, kept = _fit(subject, new_words(text, subject, is_reply=_is_reply(message)))
    files = list(parts.files)
    if kept != text or title != subject:
        # What was cut is kept too, sealed like any attachment. Not the raw mail: its trace differs when it comes again.
        files.append(File("surat-lengkap.txt", "text/plain", f"{subject}\n\n{text}".encode()))
    if not parts.whole:
        files.append(File("surat-asli.eml", "message/rfc822", raw))
    address = author(message)[1]
    automated = is_automated(message, envelope_from, own)
    return Submission(
        channel=Channel.EMAIL,
        account=account[:200],
        source=SOURCE,
        sender=address.lower(),
        external_id=_external_id(message, address, subject, text),
        title=title,
        text=kept,
        reporter=_reporter(message, account, answered=not automated),
        sent_at=moment(header(message, "date")),
        automated=automated,
        files=bounded_files(files),
        thread=_thread(message, subject),
    )


def _parsed(raw: bytes) -> Message:
    boundaries = raw.lower().count(b"boundary")
    if boundaries <= MAX_BOUNDARIES and boundaries * raw.count(b"\n") <= MAX_MATCHES:
        try:
            return BytesParser().parsebytes(raw)
        except MALFORMED:
            pass
    return BytesHeaderParser().parsebytes(raw)


def _fit(subject: str, text: str) -> tuple[str, str]:
    """Title and text as short as a door takes."""
    raw = text.encode()
    return subject[:MAX_SUBJECT], text if len(raw) <= _TEXT_BYTES else raw[:_TEXT_BYTES].decode(errors="ignore")


def _external_id(message: Message, address: str, subject: str, text: str) -> str:
    """The Message-ID; without one, a digest of date, sender and words, so that a retry has the same."""
    claimed = header(message, "message-id").strip()
    if 0 < len(claimed) <= MAX_ID:
        return claimed
    return _digest(header(message, "date"), address, claimed, subject, text)


def _reporter(message: Message, account: str, *, answered: bool) -> Reporter | None:
    """Who wrote it, and by which way an answer reaches them; a machine gets no answer and has no way."""
    name, address = author(message)
    if not (name or address):
        return None
    to = answer_address(message) if answered else ""
    own = message_ids(message, "message-id")
    path = ReplyPath(via=VIA, account=account[:200], to=to, ref=own[0] if own else "") if to else None
    return Reporter(name=name or None, email=address or None, reply=path)


def _thread(message: Message, subject: str) -> Thread:
    """What it answers, by its headers and by a tracking number in its subject. Proves nothing: the door looks."""
    return Thread(
        own=message_ids(message, "message-id")[:1],
        refs=message_ids(message, "references", "in-reply-to"),
        tracking=parse_tracking_number(subject) or "",
    )


def _is_reply(message: Message) -> bool:
    return "in-reply-to" in message or "references" in message


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
