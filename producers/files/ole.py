"""Word, Excel and PowerPoint files of before 2007 (MS-CFB): nothing can be taken out safely, so macros mean refusal."""

import io
import struct
from typing import Final

import olefile

from aduan.file_kinds import Refusal
from producers.files.refused import RefusedFileError

MAGIC: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_PACKAGE: Final = "application/x-ole-encrypted"
_STREAMS: Final = {
    "worddocument": "application/msword",
    "workbook": "application/vnd.ms-excel",
    "book": "application/vnd.ms-excel",
    "powerpoint document": "application/vnd.ms-powerpoint",
    "encryptedpackage": ENCRYPTED_PACKAGE,
    "__properties_version1.0": "application/vnd.ms-outlook",
}
_MACROS: Final = {"vba", "_vba_project", "_vba_project_cur", "macros"}
_PACKAGE: Final = "\x01ole10native"
_POWERPOINT_VBA: Final = b"\x0f\x00\xff\x03"
"""The record of a presentation's macros (MS-PPT, RT_VbaInfo)."""
_WORD_ENCRYPTED: Final = 0x0100
_BOUND_SHEET, _FILE_PASS = 0x0085, 0x002F
_MACRO_SHEET: Final = 1


def ole_type(data: bytes) -> str:
    """The media type by the streams inside; `application/x-ole-storage` for another one (an installer, a thumbnail)."""
    with _opened(data) as file:
        names = {path[0].lower() for path in file.listdir()}
    return next((kind for name, kind in _STREAMS.items() if name in names), "application/x-ole-storage")


def check_ole(data: bytes) -> Refusal | None:
    """Why the compound file can't be taken: macros (of Excel 4 too), a password, a program packed inside."""
    with _opened(data) as file:
        names = {part.lower() for path in file.listdir(storages=True) for part in path}
        if names & _MACROS:
            return Refusal.MACROS
        if _PACKAGE in names:
            return Refusal.EMBEDDED
        return _check_word(file) or _check_excel(file) or _check_powerpoint(file)


def clean_ole(data: bytes) -> bytes:
    """The file as it is, if it holds nothing that runs."""
    reason = check_ole(data)
    if reason is not None:
        raise RefusedFileError(reason)
    return data


def _opened(data: bytes) -> "olefile.OleFileIO[str]":
    return olefile.OleFileIO(io.BytesIO(data))


def _stream(file: "olefile.OleFileIO[str]", *names: str) -> bytes:
    for name in names:
        if file.exists(name):
            read: bytes = file.openstream(name).read()
            return read
    return b""


def _check_word(file: "olefile.OleFileIO[str]") -> Refusal | None:
    head = _stream(file, "WordDocument")[:12]
    encrypted = len(head) == 12 and struct.unpack_from("<H", head, 10)[0] & _WORD_ENCRYPTED  # noqa: PLR2004 - the FIB
    return Refusal.ENCRYPTED if encrypted else None


def _check_excel(file: "olefile.OleFileIO[str]") -> Refusal | None:
    book, at = _stream(file, "Workbook", "Book"), 0
    while at + 4 <= len(book):
        record, size = struct.unpack_from("<HH", book, at)
        if record == _FILE_PASS:
            return Refusal.ENCRYPTED
        if record == _BOUND_SHEET and size > 5 and book[at + 4 + 5] == _MACRO_SHEET:  # noqa: PLR2004 - MS-XLS 2.4.28
            return Refusal.MACROS
        at += 4 + size
    return None


def _check_powerpoint(file: "olefile.OleFileIO[str]") -> Refusal | None:
    return Refusal.MACROS if _POWERPOINT_VBA in _stream(file, "PowerPoint Document") else None
