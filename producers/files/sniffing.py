"""The type of a file by its bytes. What its sender says counts only between kinds of text, which have no signature."""

import re
from typing import Final

import puremagic

from aduan.file_kinds import extension, file_kinds
from producers.files import archives, isobmff, ole
from producers.files.ooxml import TYPES_PART, ooxml_type
from producers.files.opendocument import MIMETYPE

OCTETS: Final = "application/octet-stream"
PROGRAM: Final = "application/x-program"
ZIP: Final = "application/zip"
_HEIC: Final = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_BRANDS: Final = {b"qt  ": "video/quicktime", b"M4A ": "audio/mp4", b"M4B ": "audio/mp4", b"avif": "image/avif"}
_PRINTABLE: Final = bytes({*range(0x20, 0x100), 0x09, 0x0A, 0x0C, 0x0D, 0x1B} - {0x7F})
_HEADER: Final = re.compile(rb"(?:From [^\n]*\n)?[\x21-\x39\x3b-\x7e]{1,80}:[ \t\S][^\n]*\n")
_MARKUP: Final = (
    ("image/svg+xml", re.compile(r"<svg[\s>]")),
    ("text/html", re.compile(r"<(!doctype\s+html|html|head|body|script|iframe|meta|table|form|img|a\s)")),
    ("application/x-php", re.compile(r"<\?php|<%")),
    ("application/xml", re.compile(r"<\?xml|<!doctype")),
)
_BEGINNINGS: Final = {"#!": PROGRAM, "@echo off": PROGRAM, "{\\rtf": "application/rtf"}
_LOOKED_AT: Final = 100_000


def sniff(data: bytes, name: str, claimed: str) -> str:
    """The media type. Never raises on any bytes; what can't be told is `application/octet-stream`."""
    if data.startswith(archives.MAGIC):
        return _in_zip(data)
    if data.startswith(ole.MAGIC):
        return ole.ole_type(data)
    brand = isobmff.brand(data)
    if brand:
        return _of_brand(brand)
    for kind in file_kinds().kinds.values():
        if kind.begins(data):
            return kind.media_type
    return _text(data, name, claimed) or _otherwise(data)


def _in_zip(data: bytes) -> str:
    types = archives.part(data, TYPES_PART)
    if types:
        return ooxml_type(types) or ZIP
    mimetype = archives.part(data, MIMETYPE).decode("ascii", "replace").strip()
    return mimetype.removesuffix("-template") if mimetype in _with_templates() else ZIP


def _with_templates() -> set[str]:
    documents = {kind for kind in file_kinds().kinds if ".oasis.opendocument." in kind}
    return documents | {f"{kind}-template" for kind in documents}


def _of_brand(brand: bytes) -> str:
    if brand in _HEIC:
        return "image/heic"
    if brand.startswith((b"3gp", b"3g2")):
        return "video/3gpp"
    return _BRANDS.get(brand, "video/mp4")


def _text(data: bytes, name: str, claimed: str) -> str | None:
    """What kind of text it is, or None when it is none."""
    end = extension(name)
    if (claimed == "message/rfc822" or end == "eml") and _HEADER.match(data):
        return "message/rfc822"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = data[:_LOOKED_AT].decode("utf-16", "replace")
    elif data.translate(None, _PRINTABLE):
        return None
    else:
        head = data[:_LOOKED_AT].decode("utf-8-sig", "replace")
    if end in file_kinds().program_names:
        return PROGRAM
    return _by_words(head.lstrip().lower()) or ("text/csv" if end == "csv" else "text/plain")


def _by_words(head: str) -> str | None:
    for beginning, kind in _BEGINNINGS.items():
        if head.startswith(beginning):
            return kind
    if head.startswith("<"):
        return next((kind for kind, sign in _MARKUP if sign.search(head)), None)
    return None


def _otherwise(data: bytes) -> str:
    """The library's word for what we don't take, so that the answer can name it."""
    try:
        found = puremagic.magic_string(data[:_LOOKED_AT])
    except (puremagic.PureError, ValueError):
        return OCTETS
    return next((one.mime_type[:100] for one in found if one.mime_type), OCTETS)
