"""Mails as they are: wrong charsets, quotes, forwards, pictures, robots; and never an exception, on any bytes."""

import io
import time
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aduan.tracking import tracking_number
from producers.attachments import safe_name
from producers.mail_parsing import parse_mail
from producers.mail_text import text_of_html
from producers.replay_reading import mbox_mails
from producers.submission import Submission, Thread, check_size
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
        (b"text/plain; charset=us-ascii", b"\x93kutip\x94", "“kutip”"),
        (b"text/plain; charset=iso-8859-1", "“kutip” é".encode(), "“kutip” é"),
        (b"text/plain; charset=iso-8859-1", b"\x93kutip\x94", "“kutip”"),
        (b"text/plain; charset=utf-8", "“kutip” — é ü ö ä ß".encode() + b"\xe2\x80", "“kutip” — é ü ö ä ß�"),
        (b"text/plain; charset=utf-8", b"\xef\xbb\xbfhalo", "halo"),
        (b"text/plain; charset=utf-7", b"Hai +AOk-", "Hai é"),
        (b"text/plain; charset=utf-7", b"1 + 1 \xc3\xa9", "1 + 1 é"),
        (b"text/plain; charset=gb2312", "老师 朱镕基".encode("gb18030"), "老师 朱镕基"),
        (b"text/plain; charset=ks_c_5601-1987", "선생님".encode("cp949"), "선생님"),
        (b"text/plain; charset=windows-1252", b"caf\xe9 \x96", "café –"),
        (b"text/plain; charset=utf-16", b"halo semua", "halo semua"),
        (b"text/plain; charset=punycode", b"halo-" + b"a" * 200_000, "halo-" + "a" * 200_000),
        (b"text/plain; charset=unicode_escape", b"C:\\\\x41", "C:\\\\x41"),
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


class TestSignatures:
    CARD = "Dana belum cair.\n\n-- \nSari Contoh\nTelepon 0812 0000 0000\n"

    def test_below_the_exact_mark_it_is_cut_and_kept_in_the_attachment(self) -> None:
        found = parsed(HEAD + b"\r\n" + self.CARD.encode())
        assert found.text == "Dana belum cair."
        assert [one.name for one in found.files] == ["surat-lengkap.txt"]
        assert b"0812 0000 0000" in found.files[0].data

    @pytest.mark.parametrize(
        "body",
        [
            "Dana belum cair.\n--\nSari, 0812 0000 0000",
            "Dana belum cair.\n--- \nSari, 0812 0000 0000",
            "Dana belum cair.\n-- \n" + "baris lagi\n" * 13,
            "-- \nSari, 0812 0000 0000",
            "Keluhan:\n- satu\n- dua",
        ],
    )
    def test_without_a_clear_mark_nothing_is_cut(self, body: str) -> None:
        assert parsed(HEAD + b"\r\n" + body.encode()).text == body.strip()

    def test_above_a_quoted_mail_both_are_cut(self) -> None:
        body = (
            "Belum cair juga.\n-- \nSari\n\nPada Sen, 2 Feb 2026 ULT <ult@contoh.id> menulis:\n> Sudah.\n> -- \n> ULT"
        )
        assert parsed(HEAD.replace(b"PIP", b"Re: PIP") + b"\r\n" + body.encode()).text == "Belum cair juga."

    def test_a_forward_keeps_the_signature_that_is_in_it(self) -> None:
        assert "0812 0000 0000" in parsed(HEAD.replace(b"PIP", b"Fwd: PIP") + b"\r\n" + self.CARD.encode()).text


class TestFiles:
    PIXEL = (
        b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00"
        b",\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
    )

    def shown(self, *pictures: bytes) -> list[bytes]:
        """The files of an HTML mail that shows these pictures."""
        message = EmailMessage()
        message["From"] = "s@contoh.id"
        message.set_content("<p>Lihat foto.</p>", subtype="html")
        for number, picture in enumerate(pictures):
            message.add_related(picture, maintype="image", subtype="gif", cid=f"<p{number}@x>")
        return [one.data for one in parsed(message.as_bytes()).files]

    def test_a_picture_in_the_text_is_kept_once_however_often_it_is_shown(self) -> None:
        assert self.shown(b"GIF89a satu", b"GIF89a dua", b"GIF89a satu") == [b"GIF89a satu", b"GIF89a dua"]

    def test_a_pixel_that_counts_readers_is_dropped_but_never_what_may_show_something(self) -> None:
        large = self.PIXEL + b"\0" * 200
        two_wide = self.PIXEL.replace(b"\x01\x00\x01\x00\x80", b"\x02\x00\x01\x00\x80")
        assert self.shown(self.PIXEL, large, two_wide) == [large, two_wide]

    def test_a_pixel_that_somebody_attached_stays(self) -> None:
        message = EmailMessage()
        message["From"] = "s@contoh.id"
        message.set_content("lihat lampiran")
        message.add_attachment(self.PIXEL, maintype="image", subtype="gif", filename="titik.gif", cid="<p@x>")
        assert [one.name for one in parsed(message.as_bytes()).files] == ["titik.gif"]

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

    @pytest.mark.parametrize(
        "head",
        [
            b"From: Aduan <Pengaduan@Aduan.Example>\r\n",
            b"From: Mail Delivery System <MAILER-DAEMON@mx.contoh.id>\r\n",
            b"X-Failed-Recipients: s@contoh.id\r\nFrom: s@contoh.id\r\n",
            b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\nFrom: s@contoh.id\r\n",
        ],
    )
    def test_our_own_mail_and_delivery_reports_are_automated(self, head: bytes) -> None:
        assert parsed(head + b"\r\nx").automated

    def test_our_own_envelope_sender_is_automated_too(self) -> None:
        assert parsed(HEAD + b"\r\nx", envelope_from="PENGADUAN@aduan.example").automated

    def test_a_machine_has_no_way_to_be_answered(self) -> None:
        found = parsed(HEAD + b"Auto-Submitted: auto-replied\r\n\r\nx")
        assert found.reporter == Reporter(name="Sari Contoh", email="Sari@Contoh.ID")


class TestThread:
    def test_a_mail_names_itself_and_what_it_answers_the_nearest_last(self) -> None:
        head = b"References: <a@x> <b@x>\r\n <c@x>\r\nIn-Reply-To: <b@x>\r\n"
        thread = parsed(HEAD + head + b"\r\nx").thread
        assert thread == Thread(own=("<m1@contoh.id>",), refs=("<a@x>", "<c@x>", "<b@x>"))

    def test_of_many_references_the_last_fifty_are_kept(self) -> None:
        head = b"References: " + b" ".join(b"<r%d@x>" % number for number in range(5_000)) + b"\r\n"
        thread = parsed(HEAD + head + b"\r\nx").thread
        assert thread is not None
        assert len(thread.refs) == 50
        assert thread.refs[-1] == "<r4999@x>"

    def test_a_tracking_number_in_the_subject_is_found(self) -> None:
        number = tracking_number("0c5f7ae2-5a9b-8c3d-9e1f-2a3b4c5d6e7f")
        thread = parsed(HEAD.replace(b"PIP", f"Re: [{number}] PIP".encode()) + b"\r\nx").thread
        assert thread is not None
        assert thread.tracking == number

    def test_ids_without_brackets_and_nonsense_do_no_harm(self) -> None:
        thread = parsed(b"From: s@contoh.id\r\nIn-Reply-To: your message of today a@x\r\n\r\nx").thread
        assert thread == Thread(refs=("a@x",))

    @pytest.mark.parametrize(
        ("head", "to"),
        [
            (b"From: s@contoh.id\r\nReply-To: Sari <sari@lain.id>\r\n", "sari@lain.id"),
            (b"From: s@contoh.id\r\nReply-To: \r\n", "s@contoh.id"),
            (b"From: s@contoh.id\r\nReply-To: tidak ada\r\n", None),
        ],
    )
    def test_an_answer_goes_to_reply_to_if_that_is_an_address(self, head: bytes, to: str | None) -> None:
        reporter = parsed(head + b"\r\nx").reporter
        assert reporter is not None
        assert (reporter.reply.to if reporter.reply else None) == to


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
