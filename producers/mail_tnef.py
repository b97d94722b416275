"""`winmail.dat`: the words and files in Outlook's TNEF wrapping (MS-OXTNEF). Bounded, and raises on no bytes.

tnefparse was read and left: unmaintained since 2021, it copies the rest of the file at every attribute and loops as
often as any 32-bit number in the file says. What is needed here is less than its bounds would be.
"""

import mimetypes
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from producers.attachments import safe_name
from producers.mail_charsets import decode_text
from producers.mail_text import HTML_CHARS, text_of_html
from producers.submission import OCTETS, File, media_type

_SIGNATURE: Final = b"\x78\x9f\x3e\x22"
_MOST_ATTRIBUTES: Final = 2_000
_MOST_PROPERTIES: Final = 2_000
_ATTACHMENT_BEGINS, _TITLE, _DATA, _ATTACHMENT_PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
_BODY, _MESSAGE_PROPERTIES, _CODEPAGE = 0x800C, 0x9003, 0x9007
_P_BODY, _P_HTML, _P_RTF, _P_DATA = 0x1000, 0x1013, 0x1009, 0x3701
_P_NAME, _P_LONG_NAME, _P_MIME = 0x3704, 0x3707, 0x370E
_UNICODE: Final = 0x1F
_OBJECT: Final = 0x0D
_MANY: Final = 0x1000
_NAMED: Final = 0x8000
_FIXED: Final = {2: 4, 3: 4, 4: 4, 0xA: 4, 0xB: 4, 5: 8, 6: 8, 7: 8, 0x14: 8, 0x40: 8, 0x48: 16}
"""Bytes of a value by its type; those of two bytes are padded to four."""
_VARIABLE: Final = frozenset({_OBJECT, 0x1E, _UNICODE, 0x102})
_IID_BYTES: Final = 16
"""What stands before the bytes of an object."""


@dataclass(slots=True)
class Tnef:
    """What was found. `whole` is false when something was not understood: then the wrapping is kept too."""

    texts: list[str] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    whole: bool = True


@dataclass(slots=True)
class _Attachment:
    name: str = ""
    kind: str = ""
    data: bytes = b""


def is_tnef(data: bytes) -> bool:
    """Whether these bytes say that they are TNEF."""
    return data[:4] == _SIGNATURE


def read_tnef(data: bytes) -> Tnef:
    """Words and files in it; the same bytes give the same."""
    found = Tnef()
    attachments: list[_Attachment] = []
    charset = "cp1252"
    try:
        for name, value in _attributes(data):
            if name == _CODEPAGE:
                charset = f"cp{struct.unpack_from('<I', value)[0]}"
            elif name == _BODY:
                found.texts.append(_text(value, charset))
            elif name == _MESSAGE_PROPERTIES:
                _take_words(value, charset, found)
            elif name == _ATTACHMENT_BEGINS:
                attachments.append(_Attachment())
            elif attachments:
                _take_attachment(name, value, charset, attachments[-1])
    except (struct.error, ValueError):
        found.whole = False
    found.files = [_file(one, number) for number, one in enumerate(attachments, 1) if one.data]
    found.texts = [text for text in dict.fromkeys(found.texts) if text.strip()]
    return found


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Name and value of each attribute. Raises struct.error or ValueError where the bytes are no TNEF."""
    at, end = 6, len(data)
    for _ in range(_MOST_ATTRIBUTES):
        if at >= end:
            return
        _level, name, _type, size = struct.unpack_from("<BHHI", data, at)
        at += 9
        if size > end - at:
            raise ValueError("longer than the file")
        yield name, data[at : at + size]
        at += size + 2
    raise ValueError("too many attributes")


def _properties(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Name, type and first value of each MAPI property."""
    (count,) = struct.unpack_from("<I", data)
    if count > _MOST_PROPERTIES:
        raise ValueError("too many properties")
    at = 4
    for _ in range(count):
        kind, name = struct.unpack_from("<HH", data, at)
        at = _after_name(data, at + 4, name)
        number = 1
        if kind & _MANY or kind in _VARIABLE:
            (number,) = struct.unpack_from("<I", data, at)
            at += 4
        base = kind & ~_MANY
        if base in _VARIABLE:
            for place in range(number):
                (size,) = struct.unpack_from("<I", data, at)
                if size > len(data) - at - 4:
                    raise ValueError("longer than its block")
                if place == 0:
                    yield name, base, data[at + 4 : at + 4 + size]
                at += 4 + size + -size % 4
        else:
            at += _fixed_bytes(base, number)
            if at > len(data):
                raise ValueError("longer than its block")


def _after_name(data: bytes, at: int, name: int) -> int:
    """Where a property goes on after its name, if it has one in words."""
    if name < _NAMED:
        return at
    (kind,) = struct.unpack_from("<I", data, at + 16)
    if kind == 0:
        return at + 24
    size: int = struct.unpack_from("<I", data, at + 20)[0]
    return at + 24 + size + -size % 4


def _fixed_bytes(kind: int, number: int) -> int:
    size = _FIXED.get(kind)
    if size is None:
        raise ValueError("unknown type")
    return size if number == 1 else number * size + -(number * size) % 4


def _take_words(data: bytes, charset: str, found: Tnef) -> None:
    """The body, in whichever form there is; RTF is left in the wrapping."""
    for name, kind, value in _properties(data):
        if name == _P_BODY:
            found.texts.append(_text(value, charset, kind))
        elif name == _P_HTML:
            found.texts.append(text_of_html(_text(value[: 4 * HTML_CHARS], charset, kind)))
        elif name == _P_RTF:
            found.whole = False


def _take_attachment(name: int, value: bytes, charset: str, one: _Attachment) -> None:
    if name == _TITLE:
        one.name = one.name or _text(value, charset)
    elif name == _DATA:
        one.data = value
    elif name == _ATTACHMENT_PROPERTIES:
        for key, kind, found in _properties(value):
            if key == _P_LONG_NAME or (key == _P_NAME and not one.name):
                one.name = _text(found, charset, kind)
            elif key == _P_MIME:
                one.kind = _text(found, charset, kind)
            elif key == _P_DATA and not one.data:
                one.data = found[_IID_BYTES:] if kind == _OBJECT else found


def _text(value: bytes, charset: str, kind: int = 0) -> str:
    return decode_text(value, "utf-16-le" if kind == _UNICODE else charset).replace("\r\n", "\n").strip("\n\0 ")


def _file(one: _Attachment, number: int) -> File:
    name = safe_name(one.name or f"lampiran-{number}")
    guessed = media_type(one.kind or mimetypes.guess_type(name)[0] or OCTETS)
    return File(name, guessed, one.data)
