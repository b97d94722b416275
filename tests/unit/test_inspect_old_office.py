"""Word, Excel and PowerPoint files of before 2007: told apart by what is inside, and refused when it runs."""

import struct

import pytest

from aduan.file_kinds import Refusal
from producers.files.inspect import inspect_file
from producers.submission import File
from tests.compound import compound
from tests.files import word

WORD = b"\xec\xa5\xc1\0" + bytes(508)
SLIDES = bytes(64)


def record(kind: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def sheet(kind: int) -> bytes:
    return record(0x0085, struct.pack("<IBB", 0, 0, kind) + b"\x06\0Sheet1")


BOOK = record(0x0809, bytes(16)) + sheet(0)


def look(tree: dict[str, object]) -> tuple[str, Refusal | None]:
    data = compound(tree)
    found = inspect_file(File("berkas", "", data))
    assert found.data == data
    return found.media_type, found.refused


@pytest.mark.parametrize(
    ("tree", "kind"),
    [
        ({"WordDocument": WORD, "1Table": b""}, "application/msword"),
        ({"Workbook": BOOK}, "application/vnd.ms-excel"),
        ({"Book": BOOK}, "application/vnd.ms-excel"),
        ({"PowerPoint Document": SLIDES, "Current User": b""}, "application/vnd.ms-powerpoint"),
    ],
)
def test_one_without_anything_that_runs_is_taken_as_it_is(tree: dict[str, object], kind: str) -> None:
    assert look(tree) == (kind, None)


@pytest.mark.parametrize(
    ("tree", "reason"),
    [
        ({"WordDocument": WORD, "Macros": {"VBA": {"dir": b"x"}}}, Refusal.MACROS),
        ({"Workbook": BOOK, "_VBA_PROJECT_CUR": {"VBA": {"dir": b"x"}}}, Refusal.MACROS),
        ({"Workbook": BOOK + sheet(1)}, Refusal.MACROS),
        ({"PowerPoint Document": SLIDES + b"\x0f\x00\xff\x03" + bytes(20)}, Refusal.MACROS),
        ({"WordDocument": WORD, "ObjectPool": {"_1": {"\x01Ole10Native": b"MZ"}}}, Refusal.EMBEDDED),
        ({"WordDocument": WORD[:10] + b"\0\x01" + WORD[12:]}, Refusal.ENCRYPTED),
        ({"Workbook": BOOK[:20] + record(0x002F, bytes(6)) + sheet(0)}, Refusal.ENCRYPTED),
        ({"EncryptionInfo": b"x", "EncryptedPackage": b"x"}, Refusal.ENCRYPTED),
        ({"__properties_version1.0": b"x"}, Refusal.TYPE),
        ({"Installer": b"x"}, Refusal.TYPE),
    ],
)
def test_what_runs_or_hides_in_one_is_the_reason_to_refuse_it(tree: dict[str, object], reason: Refusal) -> None:
    assert look(tree)[1] is reason


def test_macros_of_a_new_file_are_found_by_what_they_are_when_nothing_names_them() -> None:
    macros = compound({"VBA": {"dir": b"x"}, "PROJECT": b"x"})
    found = inspect_file(File("surat.docx", "", word(more={"word/media/gambar.png": macros})))
    assert found.refused is None
    assert macros not in found.data
    assert b"gambar.png" not in found.data
