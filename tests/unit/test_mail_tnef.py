"""winmail.dat: its words and files are found, what is not understood is kept, and no bytes harm."""

import struct
import time
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producers.mail_parsing import parse_mail
from producers.mail_tnef import read_tnef
from producers.submission import File, Submission
from tests.tnef import ATTACHMENT, MESSAGE, OBJECT, STRING, attribute, properties, tnef, winmail

FILES = [("kuitansi pungutan.pdf", b"%PDF-1.7 kuitansi"), ("bukti—foto.jpg", b"\xff\xd8\xff")]


def mailed(wrapping: bytes, words: str = "") -> Submission:
    message = EmailMessage()
    message["From"], message["Message-ID"] = "s@contoh.id", "<m@x>"
    message.set_content(words)
    message.add_attachment(wrapping, maintype="application", subtype="ms-tnef", filename="winmail.dat")
    return parse_mail(message.as_bytes(), account="pengaduan@aduan.example")


def test_words_and_files_come_out_of_the_wrapping() -> None:
    found = mailed(winmail("Uang seragam Rp850.000 diminta lagi.", FILES))
    assert found.text == "Uang seragam Rp850.000 diminta lagi."
    assert [(one.name, one.media_type, one.data) for one in found.files] == [
        ("kuitansi pungutan.pdf", "application/pdf", FILES[0][1]),
        ("bukti—foto.jpg", "image/jpeg", FILES[1][1]),
    ]


def test_words_that_the_mail_says_already_are_not_said_twice() -> None:
    assert mailed(winmail("Uang seragam\r\ndiminta.", []), "Uang seragam diminta.").text == "Uang seragam diminta."
    assert "lain" in mailed(winmail("Yang lain.", []), "Uang seragam diminta.").text


def test_a_body_that_is_html_is_read_as_text() -> None:
    html = attribute(MESSAGE, 0x9003, properties((0x102, 0x1013, b"<p>Guru <b>tidak</b> datang.</p>")))
    assert mailed(tnef(html)).text == "Guru tidak datang."


def test_what_is_not_understood_is_kept_in_its_wrapping_too() -> None:
    whole = winmail("Halo.", FILES[:1], rtf=True)
    assert [one.name for one in mailed(whole).files] == ["kuitansi pungutan.pdf", "winmail.dat"]
    cut = winmail("Halo.", FILES)[:-40]
    assert [one.name for one in mailed(cut).files] == ["kuitansi pungutan.pdf", "bukti—foto.jpg", "winmail.dat"] or [
        one.data for one in mailed(cut).files
    ][-1] == cut


def test_an_object_is_found_behind_its_interface_id() -> None:
    inside = properties((STRING, 0x3704, b"lampiran.doc\0"), (OBJECT, 0x3701, b"I" * 16 + b"isi"))
    found = read_tnef(tnef(attribute(ATTACHMENT, 0x9002, b""), attribute(ATTACHMENT, 0x9005, inside)))
    assert found.files == [File("lampiran.doc", "application/msword", b"isi")]


@pytest.mark.parametrize(
    "hostile",
    [
        tnef(*[attribute(MESSAGE, 0x8000, b"")] * 100_000),
        tnef(attribute(MESSAGE, 0x9003, struct.pack("<I", 2**32 - 1))),
        tnef(attribute(MESSAGE, 0x9003, struct.pack("<IHHI", 1, 0x1003, 0x1000, 2**32 - 1))),
        tnef(attribute(MESSAGE, 0x9003, struct.pack("<IHHI", 1, 0x101E, 0x1000, 2**32 - 1) + b"\0" * 4_000_000)),
        tnef(attribute(MESSAGE, 0x9003, struct.pack("<IHH16sII", 1, 0x1E, 0x8000, b"", 1, 2**32 - 1))),
        struct.pack("<IHBHHI", 0x223E9F78, 1, 1, 0x8000, 6, 2**32 - 1),
    ],
)
def test_numbers_that_promise_more_than_there_is_cost_nothing(hostile: bytes) -> None:
    began = time.process_time()
    assert not read_tnef(hostile).whole
    assert time.process_time() - began < 5


@settings(deadline=None)
@given(st.data())
def test_no_bytes_make_it_raise(data: st.DataObject) -> None:
    raw = bytearray(winmail("Uang seragam diminta.", FILES))
    for _ in range(data.draw(st.integers(0, 12))):
        raw[data.draw(st.integers(6, len(raw) - 1))] = data.draw(st.integers(0, 255))
    read_tnef(bytes(raw))
