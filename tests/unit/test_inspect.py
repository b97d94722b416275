"""Files looked through: what they are, what is taken out of them, and which are refused and why."""

import hashlib
import io
import struct
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image
from pypdf import PdfReader

from aduan.file_kinds import Refusal, file_kinds
from producers.files.inspect import inspect_file
from producers.files.inspected import Inspected
from producers.submission import File
from tests.files import SECRET, macro_sheet_types, opendocument, pdf, picture, recording, spreadsheet, word, zipped

PICTURES = ("JPEG", "PNG", "WEBP", "TIFF", "AVIF")
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OLE_LINK = (
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/oleObject" '
    'Target="https://contoh.example/x" TargetMode="External"/>'
)


def look(data: bytes, name: str = "berkas", claimed: str = "application/octet-stream") -> Inspected:
    return inspect_file(File(name, claimed, data))


def inside(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("kind", PICTURES)
def test_a_picture_keeps_its_pixels_and_loses_who_and_where(kind: str) -> None:
    sent = picture(kind)
    kept = look(sent)
    assert (kept.refused, kept.media_type) == (None, f"image/{kind.lower()}")
    assert SECRET in sent
    assert SECRET not in kept.data
    with Image.open(io.BytesIO(sent)) as before, Image.open(io.BytesIO(kept.data)) as after:
        assert not after.getexif().get_ifd(ExifTags.IFD.GPSInfo)
        assert before.tobytes() == after.tobytes()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("turned", [1, 3, 6, 8])
def test_a_turned_picture_stays_turned(kind: str, turned: int) -> None:
    with Image.open(io.BytesIO(look(picture(kind, turned=turned)).data)) as kept:
        assert kept.getexif().get(ExifTags.Base.Orientation, 1) == turned
        assert set(kept.getexif()) <= {ExifTags.Base.Orientation}


def test_comments_and_what_hangs_behind_a_picture_are_gone() -> None:
    kept = look(picture("JPEG", comment=SECRET, progressive=True) + b"PK\x03\x04 hidden archive")
    assert SECRET not in kept.data
    assert kept.data.endswith(b"\xff\xd9")
    assert b"hidden" not in look(picture("PNG") + b"hidden").data


def test_a_picture_that_was_cut_short_is_kept_as_far_as_it_came() -> None:
    assert look(picture("JPEG", size=(400, 300))[:-5_000]).refused is None


@pytest.mark.parametrize("brand", [b"isom", b"qt  ", b"3gp4", b"M4A "])
def test_a_recording_keeps_its_tracks_and_loses_the_place(brand: bytes) -> None:
    sent = recording(brand)
    kept = look(sent)
    assert kept.refused is None
    assert SECRET in sent
    assert SECRET not in kept.data
    assert b"sound" in kept.data
    assert len(kept.data) == len(sent)


def test_macros_and_author_are_taken_out_of_a_document_and_it_is_one_without_macros_then() -> None:
    kept = look(word(macros=True), "surat.docm")
    assert (kept.refused, kept.media_type, kept.name) == (None, WORD, "surat.docm.docx")
    parts = inside(kept.data)
    assert set(parts) == {"[Content_Types].xml", "_rels/.rels", "word/document.xml", "word/_rels/document.xml.rels"}
    assert b"macroEnabled" not in parts["[Content_Types].xml"]
    assert b"vbaProject" not in kept.data
    assert b"Isi surat" in parts["word/document.xml"]


def test_macros_under_another_name_are_found_by_the_links_or_types_that_lead_to_them() -> None:
    kept = look(word(macros=True, macro_part="word/gambar.png"))
    assert "word/gambar.png" not in inside(kept.data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (word(links=OLE_LINK), Refusal.ACTIVE),
        (word(more={"word/media/a.png": b"MZ program"}), Refusal.EMBEDDED),
        (spreadsheet(types=macro_sheet_types()), Refusal.MACROS),
        (opendocument(encrypted=True), Refusal.ENCRYPTED),
        (pdf(password="kunci"), Refusal.ENCRYPTED),
        (pdf(file=True), Refusal.EMBEDDED),
        (zipped({"foto.jpg": picture("JPEG"), "a.exe": b"MZ\0"}), Refusal.CONTENTS),
        (zipped({"dalam.zip": zipped({"a.txt": b"x"})}), Refusal.CONTENTS),
        (zipped({"../../etc/passwd": b"x"}), Refusal.CONTENTS),
        (zipped({f"{n}": b"" for n in range(2_001)}), Refusal.UNPACKED),
        (zipped({"nol": bytes(100_000_001)}), Refusal.UNPACKED),
        (picture("PNG")[:-40], Refusal.DAMAGED),
        (b"\xff\xd8\xff\xe0", Refusal.DAMAGED),
        (b"PK\x03\x04 not an archive", Refusal.DAMAGED),
        (b"%PDF-1.7 not a document", Refusal.DAMAGED),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), Refusal.DAMAGED),
    ],
    ids=lambda value: value.value if isinstance(value, Refusal) else "",
)
def test_what_can_not_be_made_safe_is_refused_with_a_reason(data: bytes, reason: Refusal) -> None:
    found = look(data)
    assert found.refused is reason
    assert found.data == data


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("foto.jpg", b"MZ\x90\0" + bytes(200), "application/vnd.microsoft.portable-executable"),
        ("foto.jpg", b"<html><script>alert(1)</script>", "text/html"),
        ("gambar", b'<?xml version="1.0"?>\n<svg onload="alert(1)">', "image/svg+xml"),
        ("skrip", b"#!/bin/sh\nrm -rf /", "application/x-program"),
        ("catatan.vbs", b"halo", "application/x-program"),
        ("arsip", b"Rar!\x1a\x07\x01\0" + bytes(50), "application/vnd.rar"),
        ("surat.rtf", b"{\\rtf1 halo}", "application/rtf"),
        ("acak", bytes(range(256)), "application/octet-stream"),
    ],
)
def test_what_is_not_on_the_list_is_refused_whatever_it_is_called(name: str, data: bytes, kind: str) -> None:
    found = look(data, name, "image/jpeg")
    assert (found.refused, found.media_type) == (Refusal.TYPE, kind)


@pytest.mark.parametrize(
    ("name", "data", "kind", "served"),
    [
        ("catatan.txt", "Dana PIP – belum cair".encode(), "text/plain", "catatan.txt"),
        ("catatan", b"", "text/plain", "catatan.txt"),
        ("daftar.csv", b"a,b\n1,2\n", "text/csv", "daftar.csv"),
        ("utf16.txt", "halo".encode("utf-16"), "text/plain", "utf16.txt"),
        ("surat.eml", b"From: a@contoh.id\nSubject: x\n\nhalo \xff", "message/rfc822", "surat.eml"),
        ("surat.jpg", pdf(), "application/pdf", "surat.jpg.pdf"),
        (
            "tabel.xlsx",
            spreadsheet(),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "tabel.xlsx",
        ),
        ("surat.odt", opendocument(), "application/vnd.oasis.opendocument.text", "surat.odt"),
        ("suara.ogg", b"OggS\0" + bytes(60), "audio/ogg", "suara.ogg"),
    ],
)
def test_a_file_is_what_its_bytes_are_and_its_name_ends_so(name: str, data: bytes, kind: str, served: str) -> None:
    found = look(data, name, "image/png")
    assert (found.refused, found.media_type, found.name) == (None, kind, served)


def test_scripts_are_taken_out_of_a_pdf_and_its_pages_stay() -> None:
    kept = look(pdf(script=True))
    assert kept.refused is None
    assert not any(word in kept.data for word in (b"JavaScript", b"alert"))
    assert len(PdfReader(io.BytesIO(kept.data)).pages) == 1


def test_a_pdf_that_was_cut_short_is_kept_only_if_nothing_in_it_runs() -> None:
    assert look(pdf()[:-60]).refused is None
    assert look(pdf(script=True)[:-60]).refused is Refusal.DAMAGED


def test_a_script_under_an_escaped_name_is_found() -> None:
    kept = look(pdf(script=True).replace(b"/JavaScript", b"/J#61vaScript"))
    assert kept.refused is None
    assert b"alert" not in kept.data


def test_a_pdf_whose_packed_objects_are_a_bomb_is_refused_unread() -> None:
    packed = zlib.compress(bytes(80_000_000))
    head = b"%PDF-1.5\n1 0 obj<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length " + str(len(packed)).encode()
    sent = head + b">>stream\n" + packed + b"\nendstream endobj\ntrailer<</Root 1 0 R>>"
    assert look(sent).refused is Refusal.DAMAGED


def test_a_tiff_of_endless_directories_is_refused() -> None:
    entries = struct.pack("<HHII", 0x014A, 4, 1_000, 8) * 65_535
    assert look(b"II*\0\x08\0\0\0" + struct.pack("<H", 65_535) + entries + bytes(4)).refused is Refusal.DAMAGED


def test_a_pdf_that_runs_nothing_is_not_touched_so_that_a_signed_letter_keeps_its_signature() -> None:
    assert look(pdf()).data == pdf()
    assert look(pdf(signed=True)).data == pdf(signed=True)
    assert look(pdf(signed=True, script=True)).refused is Refusal.ACTIVE


def test_every_file_in_an_archive_is_cleaned() -> None:
    kept = look(zipped({"a/foto.jpg": picture("JPEG"), "surat.docm": word(macros=True)}))
    assert kept.refused is None
    parts = inside(kept.data)
    assert set(parts) == {"a/foto.jpg", "surat.docm.docx"}
    assert SECRET not in b"".join(parts.values())


def test_no_file_of_an_archive_is_lost_to_another_of_the_same_name() -> None:
    kept = look(zipped({"x/catatan": b"satu", "x/catatan.txt": b"dua"}))
    assert inside(kept.data) == {"x/catatan.txt": b"satu", "x/_catatan.txt": b"dua"}


@pytest.mark.parametrize(
    "data", [picture("JPEG"), picture("TIFF"), word(macros=True), opendocument(), pdf(script=True), zipped({"a": b"x"})]
)
def test_the_same_bytes_are_always_cleaned_to_the_same_bytes(data: bytes) -> None:
    assert hashlib.sha256(look(data).data).digest() == hashlib.sha256(look(data).data).digest()
    assert look(look(data).data).data == look(data).data


SEEDS = [
    *(picture(kind) for kind in PICTURES),
    *(word(macros=True), opendocument(), pdf(script=True), recording(b"isom"), recording(b"heic"), zipped({"a": b"x"})),
]


@settings(max_examples=300, deadline=None)
@given(seed=st.sampled_from(SEEDS), at=st.floats(0, 1), junk=st.binary(max_size=40), cut=st.booleans())
def test_no_bytes_raise(seed: bytes, at: float, junk: bytes, cut: bool) -> None:
    place = int(at * len(seed))
    look(seed[:place] + junk + (b"" if cut else seed[place + len(junk) :]))


def test_what_is_taken_is_said_in_both_languages() -> None:
    kinds = file_kinds()
    assert "PDF" in kinds.taken("id")
    assert "PDF" in kinds.taken("en")
    assert all(set(words) == {"id", "en"} for words in kinds.reasons.values())
