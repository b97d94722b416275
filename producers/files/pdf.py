"""PDF (ISO 32000) without scripts and programs to launch. One that holds none of it is not touched.

So a signed letter keeps its signature; a signed one that runs something is refused, as it can't be both.
"""

import io
import logging
import re
from collections.abc import Iterator
from typing import Final

from pypdf import PdfReader, PdfWriter
from pypdf.errors import PdfReadError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, PdfObject, StreamObject

from aduan.file_kinds import Refusal
from producers.files.refused import RefusedFileError, damaged

_ACTIONS: Final = {"/JavaScript", "/Launch", "/ImportData", "/GoToE", "/SubmitForm", "/Rendition", "/Movie"}
_KEYS: Final = ("/JS", "/XFA", "/RichMediaContent", "/RichMediaSettings", "/JavaScript")
_NO_TABLE: Final = b"\nstartxref\n0\n%%EOF\n"
_LEFT: Final = re.compile(rb"/(JavaScript|Launch|RichMedia|EmbeddedFile)(?![A-Za-z])")
_ESCAPE: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_MAX_OBJECTS: Final = 100_000
_MAX_NODES: Final = 3_000_000

logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it quotes what it reads


def clean_pdf(data: bytes) -> bytes:
    """The same pages. RefusedFileError: a password, a file inside, a signed one that runs things, too many objects."""
    reader = _opened(data)
    locked = reader.is_encrypted
    if locked and not reader.decrypt(""):
        raise RefusedFileError(Refusal.ENCRYPTED)
    signed, changed = _take_out(reader)
    if not changed and not _runs(data):
        return data
    if signed:
        raise RefusedFileError(Refusal.ACTIVE)
    out = io.BytesIO()
    PdfWriter(clone_from=reader).write(out)
    cleaned = out.getvalue()
    if _runs(cleaned):
        raise RefusedFileError(Refusal.ACTIVE)
    return cleaned


def _runs(data: bytes) -> bool:
    """Whether the bytes outside of compressed streams still name something that runs, also in escapes (`/J#61va…`)."""
    return _LEFT.search(_ESCAPE.sub(lambda found: bytes.fromhex(found[1].decode()), data)) is not None


def _opened(data: bytes) -> PdfReader:
    """A reader; of a file that was cut short, or has no table of objects, the library finds the objects by itself."""
    try:
        return PdfReader(io.BytesIO(data), strict=False)
    except PdfReadError:
        return PdfReader(io.BytesIO(data + _NO_TABLE), strict=False)


def _take_out(reader: PdfReader) -> tuple[bool, bool]:
    """Whether it is signed, and whether anything was taken out of the objects that the reader holds."""
    signed = changed = False
    for node in _dictionaries(reader):
        signed = signed or "/ByteRange" in node
        if node.get("/S") in _ACTIONS or node.get("/Subtype") in {"/RichMedia", "/Movie"}:
            node.clear()
            changed = True
        if "/EF" in node or node.get("/Type") == "/EmbeddedFile":
            raise RefusedFileError(Refusal.EMBEDDED)
        for key in _KEYS:
            changed = node.pop(key, None) is not None or changed
    return signed, changed


def _dictionaries(reader: PdfReader) -> Iterator[DictionaryObject]:
    """Every dictionary, also in arrays and in other dictionaries."""
    ids = {(number, gen) for gen, table in reader.xref.items() for number in table}
    ids |= {(number, 0) for number in reader.xref_objStm}
    if not ids:
        raise damaged()
    if len(ids) > _MAX_OBJECTS:
        raise RefusedFileError(Refusal.UNPACKED)
    nodes = 0
    roots: list[PdfObject | None] = [reader.trailer]
    roots += [reader.get_object(IndirectObject(number, gen, reader)) for number, gen in sorted(ids)]
    for root in roots:
        pending: list[object] = [root]
        while pending:
            node = pending.pop()
            nodes += 1
            if nodes > _MAX_NODES:
                raise RefusedFileError(Refusal.UNPACKED)
            if isinstance(node, StreamObject) and node.get("/Type") == "/ObjStm":
                node.get_data()  # raises where objects are packed so that the library can't see them, and another could
            if isinstance(node, DictionaryObject):
                yield node
                pending += list(node.values())
            elif isinstance(node, ArrayObject):
                pending += list(node)
