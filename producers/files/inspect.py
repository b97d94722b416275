"""One file looked through: its type by content, the file without metadata and macros, or why it is refused. Pure."""

import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from typing import Final
from xml.etree.ElementTree import ParseError

from pypdf.errors import PyPdfError

from aduan.file_kinds import Refusal, file_kinds
from producers.files import isobmff, pictures
from producers.files.archives import clean_zip
from producers.files.inspected import Inspected
from producers.files.ole import ENCRYPTED_PACKAGE, clean_ole
from producers.files.ooxml import clean_ooxml
from producers.files.opendocument import clean_opendocument
from producers.files.pdf import clean_pdf
from producers.files.refused import RefusedFileError
from producers.files.sniffing import OCTETS, ZIP, sniff
from producers.files.tiff import clean_tiff
from producers.submission import File

MALFORMED: Final = (
    *(LookupError, ValueError, TypeError, AttributeError, AssertionError, ArithmeticError, RecursionError, OSError),
    *(EOFError, NotImplementedError, MemoryError, struct.error, zlib.error, zipfile.BadZipFile, ParseError, PyPdfError),
)
"""What libraries raise on bytes that are not what they begin as."""
_CLEANERS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "image/jpeg": pictures.clean_jpeg,
    "image/png": pictures.clean_png,
    "image/webp": pictures.clean_webp,
    "image/tiff": clean_tiff,
    **dict.fromkeys(("image/heic", "image/avif"), isobmff.clean_heic),
    **dict.fromkeys(("video/mp4", "video/quicktime", "video/3gpp", "audio/mp4"), isobmff.clean_recording),
    "application/pdf": clean_pdf,
    **dict.fromkeys(
        ("application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint"),
        clean_ole,
    ),
}


def inspect_file(file: File, *, inside: bool = False) -> Inspected:
    """The file looked through; `inside` an archive, an archive is not taken. The same bytes always give the same."""
    kind = OCTETS
    try:
        kind = sniff(file.data, file.name, file.media_type)
        _check_kind(kind, inside=inside)
        cleaned = _cleaner(kind)(file.data)
        return Inspected(file_kinds().fitting_name(file.name, kind), kind, cleaned)
    except RefusedFileError as error:
        return Inspected(file.name, kind, file.data, error.reason)
    except MALFORMED:
        return Inspected(file.name, kind, file.data, Refusal.DAMAGED)


def _check_kind(kind: str, *, inside: bool) -> None:
    if kind == ENCRYPTED_PACKAGE:
        raise RefusedFileError(Refusal.ENCRYPTED)
    if kind not in file_kinds().kinds or (inside and kind == ZIP):
        raise RefusedFileError(Refusal.TYPE)


def _cleaner(kind: str) -> Callable[[bytes], bytes]:
    if kind == ZIP:
        return partial(clean_zip, clean=_clean_member)
    if ".openxmlformats-officedocument." in kind:
        return clean_ooxml
    if ".oasis.opendocument." in kind:
        return clean_opendocument
    return _CLEANERS.get(kind, bytes)


def _clean_member(name: str, body: bytes) -> tuple[str, bytes]:
    found = inspect_file(File(name, OCTETS, body), inside=True)
    if found.refused is not None:
        raise RefusedFileError(Refusal.CONTENTS)
    return found.name, found.data
