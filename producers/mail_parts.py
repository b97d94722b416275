"""Words and files of a mail's tree of parts, in order. Counted and bounded, so that a hostile tree costs little."""

import hashlib
from dataclasses import dataclass, field
from email.message import Message
from typing import Final

from producers.attachments import safe_name
from producers.mail_headers import content_type, data_of, disposition, file_name, header, payload, text_of
from producers.mail_pictures import is_blank_pixel
from producers.mail_text import HTML_CHARS, text_of_html
from producers.mail_tnef import is_tnef, read_tnef
from producers.submission import File

MAX_PARTS: Final = 200
MAX_DEPTH: Final = 20
_SPOKEN: Final = frozenset({"text/plain", "text/html", "message/delivery-status"})


@dataclass(slots=True)
class Parts:
    """What was found. `whole` is false when a bound was met: then the mail is kept as it came, too."""

    texts: list[str] = field(default_factory=list)
    wrapped: list[str] = field(default_factory=list)
    """Words inside winmail.dat, which usually are those of the mail again."""
    files: list[File] = field(default_factory=list)
    pictures: set[bytes] = field(default_factory=set)
    """Digests of inline pictures: one that is shown twice is kept once."""
    seen: int = 0
    whole: bool = True

    def words(self) -> str:
        """The words of all parts; wrapped ones only where they say more."""
        spoken = [text for text in self.texts if text.strip()]
        for text in self.wrapped:
            if not any(" ".join(text.split()) in " ".join(one.split()) for one in spoken):
                spoken.append(text)
        return "\n\n".join(spoken).strip()


def collect(part: Message, parts: Parts, depth: int = 0) -> None:
    """Add words and files of a part and all below it."""
    parts.seen += 1
    if parts.seen > MAX_PARTS or depth > MAX_DEPTH:
        parts.whole = False
        return
    children = payload(part)
    kind = content_type(part)
    if isinstance(children, list) and kind == "message/rfc822" and children and isinstance(children[0], Message):
        _collect_forward(children[0], parts, depth)
    elif isinstance(children, list) and kind == "multipart/alternative":
        _collect_alternative([child for child in children if isinstance(child, Message)], parts, depth)
    elif isinstance(children, list):
        for child in children:
            if isinstance(child, Message):
                collect(child, parts, depth + 1)
    else:
        _collect_leaf(part, kind, parts)


def _collect_alternative(children: list[Message], parts: Parts, depth: int) -> None:
    """The plain words if there are any, else those of the HTML; files of all."""
    found = []
    for child in children:
        own = Parts(seen=parts.seen, pictures=parts.pictures)
        collect(child, own, depth + 1)
        parts.seen, parts.whole = own.seen, parts.whole and own.whole
        parts.files += own.files
        parts.wrapped += own.wrapped
        found.append((content_type(child) == "text/plain", "\n\n".join(own.texts)))
    spoken = [words for _, words in found if words.strip()]
    plain = [words for is_plain, words in found if is_plain and words.strip()]
    parts.texts += plain[:1] or spoken[-1:]


def _collect_forward(inner: Message, parts: Parts, depth: int) -> None:
    """A mail inside the mail: its words count, under its author and subject."""
    head = [f"{name}: {header(inner, name)}" for name in ("From", "Subject") if header(inner, name)]
    parts.texts.append("\n".join(["---------- Forwarded message ----------", *head]))
    collect(inner, parts, depth + 1)


def _collect_leaf(part: Message, kind: str, parts: Parts) -> None:
    name = file_name(part)
    attached = name is not None or disposition(part) == "attachment"
    data = data_of(part)
    if not attached and kind in _SPOKEN:
        words = text_of(part, data)
        if kind == "text/html":
            parts.whole = parts.whole and len(words) <= HTML_CHARS
            words = text_of_html(words)
        parts.texts.append(words.replace("\r\n", "\n").replace("\r", "\n"))
    elif is_tnef(data):
        _collect_wrapped(name, kind, data, parts)
    elif data and not _is_shown_again(part, data, parts):
        parts.files.append(File(safe_name(name or f"lampiran-{len(parts.files) + 1}"), kind, data))


def _collect_wrapped(name: str | None, kind: str, data: bytes, parts: Parts) -> None:
    """What Outlook wrapped; the wrapping stays where something in it was not understood."""
    found = read_tnef(data)
    parts.wrapped += found.texts
    parts.files += found.files
    if not found.whole or not (found.texts or found.files):
        parts.files.append(File(safe_name(name or "winmail.dat"), kind, data))


def _is_shown_again(part: Message, data: bytes, parts: Parts) -> bool:
    """Whether an inline part (one with a Content-ID) is a blank pixel, or the very picture that is there already."""
    if disposition(part) == "attachment" or "content-id" not in part:
        return False
    digest = hashlib.sha256(data).digest()
    again = digest in parts.pictures
    parts.pictures.add(digest)
    return again or is_blank_pixel(data)
