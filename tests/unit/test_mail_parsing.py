"""Mails as they are: wrong charsets, quotes, forwards, pictures, robots; and never an exception, on any bytes."""

import io
import time
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from producers.attachments import safe_name
from producers.mail_parsing import parse_mail
from producers.mail_text import text_of_html
from producers.replay_reading import mbox_mails
from producers.submission import Submission, check_size
from schemas.content import ReplyPath, Reporter

HEAD = b"From: Sari Contoh <Sari@Contoh.ID>\r\nSubject: PIP\r\nMessage-ID: <m1@contoh.id>\r\n"
ACCOUNT = "pengaduan@aduan.example"
SAMPLES = Path(__file__).parents[2] / "samples" / "email.mbox"


def parsed(raw: bytes, envelope_from: str | None = None) -> Submission:
    return parse_mail(raw, account=ACCOUNT, envelope_from=envelope_from, own={ACCOUNT})


def written_by(name: str, email: str, ref: str = "") -> Reporter:
    """A person who can be answered by mail."""
    return Reporter(name=name, email=email, reply=ReplyPath(via="mail", account=ACCOUNT, to=email, ref=ref))


def test_a_plain_mail_gives_title_text_sender_and_reporter() -> None:
    found = parsed(HEAD + b"Date: Tue, 03 Feb 2026 09:12:44 +0700\r\n\r\nDana belum cair.\r\n")
    assert (found.title, found.text, found.sender) == ("PIP", "Dana belum cair.", "sari@contoh.id")
    assert found.reporter == written_by("Sari Contoh", "Sari@Contoh.ID", "<m1@contoh.id>")
    assert found.external_id == "<m1@contoh.id>"
    assert found.sent_at is not None
    assert found.sent_at.isoformat() == "2026-02-03T02:12:44+00:00"
    assert not found.automated


@pytest.mark.parametrize(
    ("kind", "body", "text"),
    [
        (b"text/plain; charset=iso-8859-1", b"caf\xe9", "café"),
        (b"text/plain; charset=utf-8", b"caf\xe9", "café"),
        (b"text/plain; charset=us-ascii", "“kutip”".encode(), "“kutip”"),
        (b"text/plain; charset=no-such", b"halo", "halo"),
        (b"text/plain; charset=undefined", b"halo", "halo"),
        (b"text/plain; charset=hex", b"halo", "halo"),
        (b"text/plain; charset=utf-16", b"ha\x00lo\xff", "haloÿ"),
        (b"text/plain", b"a\x00b\xff\xfe\x81", "abÿþ�"),
    ],
)
def test_a_wrong_charset_costs_no_more_than_a_few_letters(kind: bytes, body: bytes, text: str) -> None:
    found = parsed(HEAD + b"Content-Type: " + kind + b"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + body)
    if "utf-16" in kind.decode() or "\ufffd" in text:
        assert found.text
    else:
        assert found.text == text


def test_encoded_subjects_and_names_are_read() -> None:
    raw = (
        b"From: =?utf-8?q?S=C3=A1ri?= <s@contoh.id>\r\nSubject: =?utf-8?B?YmVsdW0g4oCT?=\r\n =?utf-8?q?_cair?=\r\n\r\nx"
    )
    found = parsed(raw)
    assert found.title == "belum – cair"
    assert found.reporter == written_by("Sári", "s@contoh.id")


def test_a_name_that_looks_like_an_address_is_no_sender() -> None:
    found = parsed(b"From: =?utf-8?q?kepala=40sekolah.example=2C?= <s@contoh.id>\r\n\r\nx")
    assert found.sender == "s@contoh.id"


def alternative(plain: str, html: str) -> bytes:
    message = EmailMessage()
    message["From"], message["Message-ID"] = "s@contoh.id", "<m@x>"
    message.set_content(plain)
    message.add_alternative(html, subtype="html")
    return message.as_bytes()


def test_of_alternatives_the_plain_words_are_taken_unless_they_are_empty() -> None:
    assert parsed(alternative("polos", "<p>kaya</p>")).text == "polos"
    assert parsed(alternative("", "<p>kaya</p>")).text == "kaya"


def test_html_becomes_text_without_styles_scripts_and_comments() -> None:
    html = (
        "<!DOCTYPE html><html><head><title>t</title></head><body><style>p{}</style><!-- x --><p>Satu &lt; dua</p>"
        "<script>alert(1)</script><ul><li>tiga</li></ul><a href='https://contoh.id'>tautan</a></body></html>"
    )
    text = text_of_html(html)
    assert "Satu < dua" in text
    assert "tiga" in text
    assert "https://contoh.id" in text
    for hidden in ("p{}", "alert", "DOCTYPE", "-->"):
        assert hidden not in text


def test_an_unclosed_comment_or_style_hides_no_words() -> None:
    assert "penting" in text_of_html("<p>a</p><!-- <p>penting</p>")
    assert "penting" in text_of_html("<style>p{} <p>penting</p>")


class TestQuotes:
    QUOTED = "Belum cair juga.\n\nPada Sen, 2 Feb 2026 09.00 ULT <ult@contoh.id> menulis:\n> Sudah kami proses.\n"

    def test_a_reply_is_cut_at_the_quote_and_the_whole_is_attached(self) -> None:
        found = parsed(HEAD.replace(b"PIP", b"Re: PIP") + b"\r\n" + self.QUOTED.encode())
        assert found.text == "Belum cair juga."
        [whole] = found.files
        assert b"Sudah kami proses." in whole.data

    def test_a_mail_that_is_no_reply_keeps_its_quotes(self) -> None:
        found = parsed(HEAD + b"\r\n" + self.QUOTED.encode())
        assert "Sudah kami proses." in found.text
        assert not found.files

    @pytest.mark.parametrize("subject", [b"Fwd: PIP", b"Re: PIP"])
    def test_a_forward_is_kept_whole(self, subject: bytes) -> None:
        body = (
            b"Tolong.\r\n\r\n---------- Forwarded message ---------\r\nFrom: x\r\nDate: y\r\nSubject: z\r\n\r\nIsi lama"
        )
        assert "Isi lama" in parsed(HEAD.replace(b"PIP", subject) + b"\r\n" + body).text

    @pytest.mark.parametrize(
        "body",
        [
            b"> hanya kutipan\r\n> saja",
            b"-----Original Message-----\r\nFrom: a\r\nSent: b\r\nTo: c\r\n\r\nlama",
        ],
    )
    def test_when_nothing_stands_above_the_quote_all_is_kept(self, body: bytes) -> None:
        found = parsed(HEAD.replace(b"PIP", b"Re: PIP") + b"\r\n" + body)
        assert found.text == body.decode().replace("\r\n", "\n")

    @pytest.mark.parametrize(
        "quote",
        [
            "On Fri, Sep 25, 2026 at 3:50 PM Adik\n<adik@contoh.id> wrote:\n> lama",
            "-----Pesan Asli-----\nlama",
            "Dari: ULT\nDikirim: Senin\nKepada: Sari\nPerihal: PIP\n\nlama",
            "> lama\n> lagi\n",
        ],
    )
    def test_quotes_of_usual_mail_programs_are_known(self, quote: str) -> None:
        body = f"Baru.\n- satu\n- dua\n\n{quote}".encode()
        assert parsed(HEAD.replace(b"PIP", b"RE: PIP") + b"\n" + body).text == "Baru.\n- satu\n- dua"

    def test_answers_between_the_quoted_lines_are_kept(self) -> None:
        body = b"> kapan?\nKemarin.\n> di mana?\nDi Kupang."
        assert parsed(HEAD.replace(b"PIP", b"Re: PIP") + b"\n" + body).text == body.decode()


class TestFiles:
    def test_attachments_and_pictures_are_taken_with_safe_names(self) -> None:
        message = EmailMessage()
        message["From"] = "s@contoh.id"
        message.set_content("lihat lampiran")
        message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="../surat keputusan.pdf")
        message.add_attachment(b"a;b\r\n", maintype="text", subtype="csv", filename="data.csv")
        found = parsed(message.as_bytes())
        assert found.text == "lihat lampiran"
        assert [(one.name, one.media_type) for one in found.files] == [
            ("surat keputusan.pdf", "application/pdf"),
            ("data.csv", "text/csv"),
        ]

    def test_a_mail_inside_the_mail_is_read_too(self) -> None:
        inner = EmailMessage()
        inner["From"], inner["Subject"] = "kepsek@sekolah.example", "Iuran"
        inner.set_content("Bayar Rp850.000 atau rapor ditahan.")
        message = EmailMessage()
        message["From"] = "s@contoh.id"
        message.set_content("Lihat terusan.")
        message.add_attachment(inner)
        text = parsed(message.as_bytes()).text
        assert "Lihat terusan." in text
        assert "Bayar Rp850.000 atau rapor ditahan." in text

    def test_more_than_ten_files_travel_in_one_archive_and_none_is_lost(self) -> None:
        message = EmailMessage()
        message["From"] = "s@contoh.id"
        message.set_content("banyak")
        for number in range(25):
            message.add_attachment(bytes([number]), maintype="image", subtype="png", filename=f"{number}.png")
        found = parsed(message.as_bytes())
        assert len(found.files) == 10
        with zipfile.ZipFile(io.BytesIO(found.files[-1].data)) as archive:
            packed = {archive.read(name) for name in archive.namelist()}
        assert packed | {one.data for one in found.files[:-1]} == {bytes([number]) for number in range(25)}
        assert parsed(message.as_bytes()).body() == found.body()

    def test_a_text_longer_than_a_door_takes_is_cut_and_attached_whole(self) -> None:
        found = parsed(HEAD + b"\r\n" + b"kata " * 100_000)
        check_size(found.title, found.text)
        assert len(found.files[0].data) > 499_000


class TestAutomated:
    @pytest.mark.parametrize(
        "header",
        [
            b"Auto-Submitted: auto-replied",
            b"Auto-Submitted: auto-generated; x=y",
            b"Return-Path: <>",
            b"Precedence: Bulk",
            b"Precedence: list",
            b"X-Autoreply: yes",
            b"X-Autorespond: 1",
            b"Content-Type: multipart/report; boundary=b",
        ],
    )
    def test_mail_that_nobody_wrote_is_marked(self, header: bytes) -> None:
        assert parsed(HEAD + header + b"\r\n\r\nx").automated

    @pytest.mark.parametrize("header", [b"Auto-Submitted: no", b"Precedence: first-class", b"X-Priority: 1"])
    def test_mail_of_people_is_not(self, header: bytes) -> None:
        assert not parsed(HEAD + header + b"\r\n\r\nx", envelope_from="s@contoh.id").automated

    def test_a_null_envelope_sender_is_automated(self) -> None:
        assert parsed(HEAD + b"\r\nx", envelope_from="").automated


class TestId:
    def test_a_mail_without_message_id_gets_one_of_date_sender_and_body(self) -> None:
        raw = b"From: s@contoh.id\r\nDate: Tue, 03 Feb 2026 09:12:44 +0700\r\n\r\nsatu"
        assert parsed(raw).external_id == parsed(raw).external_id
        assert parsed(raw).external_id.startswith("digest:")
        assert parsed(raw).external_id != parsed(raw.replace(b"satu", b"dua")).external_id

    def test_a_redelivery_with_another_trace_is_the_same_mail(self) -> None:
        first = parsed(b"Received: from a\r\n" + HEAD + b"\r\nhalo\r\n")
        again = parsed(b"Received: from b; later\r\n" + HEAD.replace(b"\r\n", b"\n") + b"\nhalo\n")
        assert (first.external_id, first.body()) == (again.external_id, again.body())


BITS = st.sampled_from(
    [
        *(
            b"From: ",
            b"Subject: ",
            b"Date: ",
            b"Message-ID: \r\n",
            b"\r\n",
            b"\r\n\r\n",
            b"--b\r\n",
            b"--b--",
            b"> ",
            b"Re: ",
        ),
        *(
            b"=?utf-8?b?",
            b"=?x?q?=FF?=",
            b"<a href=",
            b"<!--",
            b"<![CDATA[",
            b"&#xd800;",
            b"&#0;",
            b"\xff\xfe",
            b"\x00",
        ),
        b"Content-Type: multipart/mixed; boundary=b\r\n",
        b"Content-Type: multipart/alternative; boundary=b\r\n",
        b"Content-Type: message/rfc822\r\n",
        b"Content-Type: text/html\r\n",
        b"Content-Type: text/plain; charset=idna\r\n",
        b"; charset=utf-7\r\n",
        b"+2AA-",
        b"Content-Transfer-Encoding: base64\r\n",
        b"Content-Transfer-Encoding: x-uuencode\r\n",
        b"begin 644 x\r\n",
        b"Content-Disposition: attachment; filename*0*=utf-8''%FF\r\n",
        b"Date: Mon, 99 Foo 99999 99:99:99 +9999\r\n",
    ]
)


@settings(deadline=None)
@given(st.lists(BITS | st.binary(max_size=40), max_size=40).map(b"".join))
@example(b"")
@example(b"Content-Type: text/plain; charset*=x''%ff\r\n\r\nx")
@example(b'From: "\r\n\r\n')
@example(b"Content-Type: text/plain; charset=idna\r\n\x80")
def test_no_bytes_make_the_parser_raise_or_give_what_the_door_cannot_take(raw: bytes) -> None:
    found = parsed(raw)
    check_size(found.title, found.text)
    for text in (*found.body(), found.sender, found.external_id):
        text.encode()
    assert found.external_id
    assert all(safe_name(one.name) == one.name for one in found.files if one.name)


HOSTILE = {
    "nested parts": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3_000)
    ),
    "ninety boundaries and many lines": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(90)
    )
    + b"--x\r\n" * 200_000,
    "mails in mails": b"Content-Type: message/rfc822\r\n\r\n" * 3_000,
    "unclosed tags": b"Content-Type: text/html\r\n\r\n" + b"<a " * 100_000,
    "unclosed comments": b"Content-Type: text/html\r\n\r\n" + b"<!--" * 70_000,
    "line breaks": b"Subject: Re: x\r\n\r\n" + b"\n" * 300_000,
    "introductions": b"Subject: Re: x\r\n\r\n" + b"On a\n" * 100_000,
    "encoded words": b"Subject: " + b"=?utf-8?q?a?= " * 50_000 + b"\r\n\r\nx",
    "addresses": b"From: " + b'"a" (' * 50_000 + b"\r\n\r\nx",
}


@pytest.mark.parametrize("kind", sorted(HOSTILE))
def test_a_hostile_mail_costs_seconds_not_minutes(kind: str) -> None:
    began = time.process_time()
    parsed(HEAD + HOSTILE[kind])
    assert time.process_time() - began < 10


def test_every_sample_mail_gives_words_or_is_known_to_have_none() -> None:
    with SAMPLES.open("rb") as file:
        raws = [mail.raw for mail in mbox_mails(file, 0)]
    found = {raw.partition(b"X-Aduan-Sample: ")[2][:4].decode(): parsed(raw) for raw in raws}
    assert len(found) == 110
    assert [name for name, one in found.items() if not one.text] == ["E093"]
    assert {"E018", "E051", "E064"} <= {name for name, one in found.items() if one.automated}
