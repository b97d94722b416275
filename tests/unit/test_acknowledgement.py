"""Acknowledgements: to people only, in their language, by their channel, and without a word of the complaint."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import SMTP
from email.utils import getaddresses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aduan.acknowledgement import Answering, acknowledge, mail_of, way_to, why_silent
from aduan.ids import receipt_secret
from aduan.thread_tokens import complaint_of
from schemas.content import ReplyPath, Reporter
from schemas.events import Attachment, CaseOpened, Channel, Origin
from schemas.topics import Lane
from tests.factories import NO_SEAL, case_opened, classification

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
ANSWERING = Answering(
    secret=b"s" * 64,
    public_url="https://lapor.example/",
    sender="aduan@aduan.example",
    mailbox="pengaduan@aduan.example",
    longest_wait=timedelta(days=3),
)
MAIL = ReplyPath(via="mail", account="pengaduan@aduan.example", to="sari@contoh.id", ref="<m1@contoh.id>")


def opened(**changes: Any) -> CaseOpened:
    return case_opened(1).model_copy(
        update={"sealed_reporter": NO_SEAL, "received_at": NOW, "text": "kata kata aduan"} | changes
    )


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, None),
        ({"automated": True}, "automated"),
        ({"sealed_reporter": None}, "anonymous"),
        ({"channel": Channel.IMPORT}, "imported"),
        ({"received_at": NOW - timedelta(days=4)}, "too_old"),
    ],
)
def test_machines_strangers_and_old_complaints_get_no_answer(changes: dict[str, Any], why: str | None) -> None:
    assert why_silent(opened(**changes), NOW, ANSWERING.longest_wait) == why


def test_the_way_is_that_of_the_channel_else_the_address_that_was_given() -> None:
    assert way_to(Reporter(email="sari@contoh.id", reply=MAIL), ANSWERING) == MAIL
    given = way_to(Reporter(email=" sari@contoh.id "), ANSWERING)
    assert given == ReplyPath(via="mail", account="aduan@aduan.example", to="sari@contoh.id")
    assert way_to(Reporter(phone="08120000"), ANSWERING) is None
    assert way_to(Reporter(email="a@b.id, c@d.id"), ANSWERING) is None
    assert way_to(Reporter(email="a@b.id\nBcc: c@d.id"), ANSWERING) is None


@pytest.mark.parametrize(
    "address",
    ["@", "a@", "@b", "(a@b", "a@b)", "<a@b", "a@[", '"@', "a@b,c.d", "a@b;c", "a:@b", "undisclosed:;@", "\x00@b",
     "a@b\x7f", "=?utf-8?q?a?=@b", "a\ud800@b", "a@b..c", "a@-b"],
)  # fmt: skip
def test_what_is_no_address_is_no_way_and_stops_nobody_elses_answer(address: str) -> None:
    assert way_to(Reporter(email=address), ANSWERING) is None
    assert way_to(Reporter(reply=MAIL.model_copy(update={"to": address})), ANSWERING) is None


@given(st.text(max_size=20), st.text(max_size=20))
def test_whatever_was_typed_an_answer_goes_to_that_one_address_or_to_none(before: str, after: str) -> None:
    typed, event = f"{before}@{after}", opened()
    path = way_to(Reporter(email=typed), ANSWERING)
    if path is not None:
        raw = mail_of(acknowledge(event, path, ANSWERING), event, ANSWERING).as_bytes()
        [(_, found)] = getaddresses([message_from_bytes(raw, policy=SMTP)["To"]])
        assert found == typed.strip()


def test_a_message_id_that_would_break_a_header_is_left_out() -> None:
    event, path = opened(), MAIL.model_copy(update={"ref": "<a@b\x85Bcc:c@d.id>"})
    assert mail_of(acknowledge(event, path, ANSWERING), event, ANSWERING)["In-Reply-To"] is None


def test_a_mail_answers_the_mail_and_can_be_answered_but_by_no_machine() -> None:
    event = opened()
    mail = mail_of(acknowledge(event, MAIL, ANSWERING), event, ANSWERING)
    assert (mail["To"], mail["From"]) == ("sari@contoh.id", "pengaduan@aduan.example")
    assert (mail["In-Reply-To"], mail["Auto-Submitted"]) == ("<m1@contoh.id>", "auto-replied")
    assert complaint_of(ANSWERING.secret, mail["Message-ID"]) == event.complaint_id
    text = mail.get_content()
    assert event.tracking_number in text
    assert event.tracking_number in mail["Subject"]
    assert receipt_secret(ANSWERING.secret, event.complaint_id) in text
    assert f"https://lapor.example/lacak?nomor={event.tracking_number}" in text
    assert mail.as_bytes() == mail_of(acknowledge(event, MAIL, ANSWERING), event, ANSWERING).as_bytes()


def test_no_answer_repeats_the_complaint_or_says_what_it_is_about() -> None:
    for origin in (Origin(), Origin(public=True)):
        event = opened(origin=origin)
        answer = acknowledge(event, MAIL, ANSWERING)
        said = f"{answer.subject} {answer.text}".lower()
        assert "kata kata aduan" not in said
        assert event.classification.kategori not in said


def test_who_wrote_in_english_is_answered_in_english_and_the_rest_in_indonesian() -> None:
    english = opened(classification=classification(1, language="en"))
    assert acknowledge(english, MAIL, ANSWERING).text.startswith("Thank you")
    assert acknowledge(opened(classification=classification(1, language="jv")), MAIL, ANSWERING).text.startswith(
        "Terima"
    )


def test_a_public_answer_holds_no_secret_and_asks_to_move_when_personal_data_was_posted() -> None:
    path = ReplyPath(via="facebook", account="1", to="77", ref="c1")
    plain = acknowledge(opened(origin=Origin(public=True)), path, ANSWERING)
    risky = acknowledge(opened(origin=Origin(public=True), text="hubungi [telepon] ya"), path, ANSWERING)
    for answer in (plain, risky):
        assert receipt_secret(ANSWERING.secret, opened().complaint_id) not in answer.text
    assert "pesan pribadi" not in plain.text
    assert "pesan pribadi" in risky.text


def test_an_urgent_answer_says_first_where_help_is() -> None:
    urgent = opened(classification=classification(1, prioritas="darurat", provinsi="31"))
    text = acknowledge(urgent, MAIL, ANSWERING).text
    assert text.startswith("KALAU ADA YANG DALAM BAHAYA")
    assert text.index("129") < text.index(urgent.tracking_number)
    assert "Jakarta Siaga" in text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("id", "lampiran ke-2 (application/zip): berkas ini memakai kata sandi"),
        ("en", "attachment 2 (application/zip)"),
    ],
)
def test_files_that_were_not_taken_are_named_by_number_type_and_reason(language: str, said: str) -> None:
    good = Attachment(blob_id="a" * 32, size=1, media_type="image/png")
    refused = Attachment(blob_id="b" * 32, size=1, media_type="application/zip", refused="encrypted")
    event = opened(attachments=(good, refused), classification=classification(1, language=language))
    text = acknowledge(event, MAIL, ANSWERING).text
    assert said in text
    assert "image/png" not in text
    assert "lampiran ke" not in acknowledge(opened(attachments=(good,)), MAIL, ANSWERING).text
    public = event.model_copy(update={"origin": Origin(public=True)})
    assert "application/zip" not in acknowledge(public, MAIL, ANSWERING).text


def test_an_answer_to_a_web_complaint_can_be_answered_to_a_mailbox_that_is_read() -> None:
    event = opened()
    given = way_to(Reporter(email="sari@contoh.id"), ANSWERING)
    assert given is not None
    assert mail_of(acknowledge(event, given, ANSWERING), event, ANSWERING)["Reply-To"] == "pengaduan@aduan.example"
    assert mail_of(acknowledge(event, MAIL, ANSWERING), event, ANSWERING)["Reply-To"] is None


def test_nobody_is_said_to_have_been_told_of_what_only_the_door_suspected() -> None:
    suspected = acknowledge(opened(lane=Lane.URGENT), MAIL, ANSWERING).text
    certain = acknowledge(opened(classification=classification(1, prioritas="darurat")), MAIL, ANSWERING).text
    assert "129" in suspected
    assert "Petugas jaga" not in suspected
    assert "Petugas jaga" in certain
