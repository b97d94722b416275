"""The mail of an escalation: enough to act on, nothing that could betray the reporter."""

from datetime import UTC, datetime
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest

from aduan.escalation import opening_escalation
from aduan.escalation_mail import escalation_mail
from aduan.tracking import tracking_number
from schemas.events import CaseOpened, EscalationCause, Routing
from tests.factories import NOW, case_escalated, case_opened, classification, complaint_id

DUE = datetime(2026, 12, 1, 1, 30, tzinfo=UTC)
OPENED = case_opened(
    classification=classification(prioritas="darurat", kategori="kekerasan", kerahasiaan="rahasia"),
    routing=Routing(unit="dinas-9171", due_at=DUE),
)


def mail_of(event: CaseOpened = OPENED, zone: str = "Asia/Jayapura") -> EmailMessage:
    escalated = opening_escalation(event, chain=["dinas-9171-petugas"], now=NOW)
    assert escalated is not None
    return escalation_mail(
        escalated,
        to="petugas@dinas-9171.example",
        sender="aduan@aduan.example",
        zone=ZoneInfo(zone),
        portal_url="https://aduan.example/",
    )


def body(mail: EmailMessage) -> str:
    return str(mail.get_content())


def test_it_says_which_case_at_which_level_and_where_to_open_it() -> None:
    number = tracking_number(OPENED.complaint_id)
    mail = mail_of()
    assert number in mail["Subject"]
    assert "level 1" in mail["Subject"]
    assert f"https://aduan.example/cases/{number}" in body(mail)


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("Asia/Jakarta", "Selasa, 1 Desember 2026, 08.30 WIB"),
        ("Asia/Makassar", "Selasa, 1 Desember 2026, 09.30 WITA"),
        ("Asia/Jayapura", "Selasa, 1 Desember 2026, 10.30 WIT"),
    ],
)
def test_the_deadline_is_in_the_zone_of_the_unit(zone: str, shown: str) -> None:
    assert shown in body(mail_of(zone=zone))


def test_it_speaks_indonesian_and_english() -> None:
    text = body(mail_of())
    assert "Yang perlu dilakukan" in text
    assert "What to do" in text


def test_it_holds_nothing_of_the_complaint_or_its_class() -> None:
    raw = mail_of().as_string().lower()
    for secret in [*OPENED.text.split(), OPENED.title, "kekerasan", "rahasia", OPENED.account + "@"]:
        if len(secret) > 5 and secret.lower() not in {"segera", "kepada", "sekolah"}:
            assert secret.lower() not in raw, secret


def test_the_same_event_always_gives_the_same_mail() -> None:
    assert mail_of().as_bytes() == mail_of().as_bytes()
    assert mail_of()["Message-ID"].startswith("<escalation.")
    assert mail_of()["Message-ID"].endswith("@aduan.example>")


def test_no_auto_responder_answers_it() -> None:
    assert mail_of()["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("cause", list(EscalationCause))
def test_every_cause_has_words_in_both_languages(cause: EscalationCause) -> None:
    event = case_escalated(complaint_id=complaint_id(), cause=cause)
    mail = escalation_mail(event, to="a@b.example", sender="c@d.example", zone=ZoneInfo("UTC"), portal_url="http://x")
    assert "Reason" in body(mail)
    assert "$" not in body(mail)
