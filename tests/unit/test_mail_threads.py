"""Mails that answer mails: they join a case only for who belongs to it, and what machines answer never starts anew."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from aduan.thread_tokens import thread_message_id
from producers.door import Receipt
from producers.mail_parsing import parse_mail
from tests.doors import MemoryDoor

ACCOUNT = "pengaduan@aduan.example"


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[MemoryDoor]:
    found = MemoryDoor(tmp_path)
    yield found
    found.close()


def send(memory: MemoryDoor, number: int, *, sender: str = "sari@contoh.id", head: str = "", text: str = "") -> Receipt:
    """One mail through the door."""
    subject = "" if "Subject:" in head else "Subject: PIP\n"
    raw = f"From: {sender}\nMessage-ID: <m{number}@x>\n{subject}{head}\n{text or f'Pesan {number}.'}\n"
    return memory.door.submit(parse_mail(raw.encode(), account=ACCOUNT, envelope_from=sender))


def acknowledgement(memory: MemoryDoor, receipt: Receipt) -> str:
    """The Message-ID of our own mail about a case."""
    return thread_message_id(memory.settings.require_secret(), receipt.complaint_id, "aduan.example")


def test_the_reporters_next_mail_in_the_thread_joins_the_case(memory: MemoryDoor) -> None:
    first = send(memory, 1)
    second = send(memory, 2, head="In-Reply-To: <m1@x>\n")
    third = send(memory, 3, head="References: <m1@x> <m2@x>\n")
    assert (second.complaint_id, third.complaint_id) == (first.complaint_id, first.complaint_id)
    assert second.joined
    assert third.joined


def test_an_answer_to_our_own_mail_joins_from_any_address_for_it_holds_the_token(memory: MemoryDoor) -> None:
    first = send(memory, 1)
    answer = send(memory, 2, sender="sari@kantor.example", head=f"In-Reply-To: {acknowledgement(memory, first)}\n")
    assert answer.joined
    assert answer.complaint_id == first.complaint_id


def test_a_stranger_who_quotes_the_thread_or_the_number_is_a_new_complaint_that_staff_may_link(
    memory: MemoryDoor,
) -> None:
    first = send(memory, 1)
    quoting = send(memory, 2, sender="orang@contoh.id", head="In-Reply-To: <m1@x>\n")
    naming = send(memory, 3, sender="orang2@contoh.id", head=f"Subject: Re: {first.tracking_number}\n")
    assert not quoting.joined
    assert not naming.joined
    assert [event.origin.related for event in memory.received()] == [None, first.complaint_id, first.complaint_id]


def test_the_reporter_who_names_the_number_joins(memory: MemoryDoor) -> None:
    first = send(memory, 1)
    assert send(memory, 2, head=f"Subject: Tambahan {first.tracking_number}\n").complaint_id == first.complaint_id


def test_a_wrong_token_proves_nothing(memory: MemoryDoor) -> None:
    first = send(memory, 1)
    forged = f"<aduan.{first.complaint_id}.aaaaaaaaaaaaaaaa@aduan.example>"
    assert not send(memory, 2, sender="orang@contoh.id", head=f"In-Reply-To: {forged}\n").joined


def test_a_vacation_reply_to_our_own_mail_is_kept_with_the_case_and_opens_none(memory: MemoryDoor) -> None:
    first = send(memory, 1)
    head = f"In-Reply-To: {acknowledgement(memory, first)}\nAuto-Submitted: auto-replied\n"
    assert all(send(memory, number, head=head).joined for number in range(2, 52))
    assert len(memory.received()) == 1


def test_a_delivery_report_is_kept_as_a_machines_and_has_no_way_to_be_answered(memory: MemoryDoor) -> None:
    send(memory, 1)
    report = send(memory, 2, sender="MAILER-DAEMON@mx.contoh.id", head="Subject: Undelivered\n")
    assert not report.joined
    event = memory.received()[-1]
    assert event.automated
    assert event.origin.related is None


def test_the_same_answer_again_is_the_same_answer(memory: MemoryDoor) -> None:
    send(memory, 1)
    one, again = (send(memory, 2, head="In-Reply-To: <m1@x>\n") for _ in range(2))
    assert (one.duplicate, again.duplicate) == (False, True)
    assert len(memory.publisher.records) == 2
