"""The door: the same submission gets the same receipt, another body is refused, and nothing plain goes out."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from aduan import ids
from aduan.privacy import unseal_blob
from producers.door import Receipt
from producers.submission import FieldsError, File
from schemas.content import Reporter
from schemas.errors import ConflictError, Reason, UnavailableError
from schemas.events import ReporterReplied
from schemas.topics import MAX_TEXT_BYTES, Lane
from tests.doors import NOW, MemoryDoor, content_of, reporter_of, submission

FILES = (File("catatan.txt", "text/plain", b"picture"), File("daftar.csv", "text/csv", b"letter"))


@pytest.fixture
def made(tmp_path: Path) -> Iterator[MemoryDoor]:
    door = MemoryDoor(tmp_path)
    yield door
    door.close()


def test_a_receipt_comes_with_one_sealed_event_that_opens_to_what_was_said(made: MemoryDoor) -> None:
    receipt = made.door.submit(submission())
    [event] = made.received()
    assert (event.complaint_id, event.received_at) == (receipt.complaint_id, NOW)
    assert content_of(made.keyring, event).text == "Dana PIP anak saya belum cair sejak Mei."
    assert reporter_of(made.keyring, event) == Reporter(name="Sari Contoh", email="sari@contoh.id")
    assert receipt.tracking_number.startswith("ADN-")
    assert not receipt.duplicate
    assert b"Sari" not in (made.publisher.records[0].value or b"Sari")
    assert b"cair" not in (made.publisher.records[0].value or b"cair")


def test_the_same_submission_again_gets_the_same_receipt_and_no_second_event(made: MemoryDoor) -> None:
    first = made.door.submit(submission())
    made.now += timedelta(days=2)
    assert made.door.submit(submission()) == replace(first, duplicate=True)
    assert len(made.received()) == 1


def test_the_same_key_with_another_body_is_refused_and_not_published(made: MemoryDoor) -> None:
    made.door.submit(submission())
    for other in ({"text": "lain"}, {"reporter": None}, {"files": FILES}, {"place": "Kupang"}):
        with pytest.raises(ConflictError):
            made.door.submit(submission(**other))
    assert len(made.received()) == 1


def test_the_same_key_from_another_account_or_sender_is_another_complaint(made: MemoryDoor) -> None:
    receipts = [made.door.submit(submission(**other)) for other in ({}, {"account": "adapter-1"}, {"sender": "x"})]
    assert len({one.complaint_id for one in receipts}) == 3


@pytest.mark.parametrize("written", [False, True])
def test_no_is_said_while_kafka_is_away_and_the_retry_makes_the_same_event(made: MemoryDoor, written: bool) -> None:
    made.publisher.away, made.publisher.writes_then_fails = not written, written
    with pytest.raises(UnavailableError):
        made.door.submit(submission(files=FILES))
    made.publisher.away = made.publisher.writes_then_fails = False
    made.now += timedelta(minutes=5)
    receipt = made.door.submit(submission(files=FILES))
    events = made.received()
    assert not receipt.duplicate
    assert receipt.received_at == NOW
    assert {event.event_id for event in events} == {events[0].event_id}
    assert len(events) == 1 + written
    assert {event.attachments for event in events} == {events[0].attachments}


def test_every_event_of_a_retried_complaint_opens_its_attachments(made: MemoryDoor) -> None:
    made.publisher.writes_then_fails = True
    with pytest.raises(UnavailableError):
        made.door.submit(submission(files=FILES))
    made.publisher.writes_then_fails = False
    made.door.submit(submission(files=FILES))
    assert len(made.received()) == 2
    for event in made.received():
        opened = [
            (one.name, unseal_blob(one.key, one.blob_id, made.blobs.get(one.blob_id)))
            for one in content_of(made.keyring, event).attachments
        ]
        assert opened == [("catatan.txt", b"picture"), ("daftar.csv", b"letter")]


def test_attachments_are_kept_before_the_event_and_sealed(made: MemoryDoor) -> None:
    made.publisher.away = True
    with pytest.raises(UnavailableError):
        made.door.submit(submission(files=FILES))
    made.publisher.away = False
    made.door.submit(submission(files=FILES))
    [event] = made.received()
    assert [one.size for one in event.attachments] == [7, 6]
    assert all(b"picture" not in made.blobs.get(one.blob_id) for one in event.attachments)


def test_danger_words_choose_the_urgent_lane_and_say_why(made: MemoryDoor) -> None:
    receipt = made.door.submit(submission(text="anak saya mau bunuh diri karena dipukuli guru", external_id="u"))
    assert receipt.lane is Lane.URGENT
    assert made.publisher.records[0].topic == made.settings.topics.received(Lane.URGENT)
    assert made.received()[0].triage
    assert made.door.submit(submission()).lane is Lane.ORDINARY


def test_a_batch_gets_an_outcome_for_each_and_one_bad_one_stops_nobody(made: MemoryDoor) -> None:
    long = submission(external_id="long", text="ã" * MAX_TEXT_BYTES)
    outcomes = made.door.submit_many(
        [submission(), long, submission(), submission(text="lain"), submission(external_id="key-2")]
    )
    kinds = [type(one) for one in outcomes]
    assert kinds == [Receipt, FieldsError, Receipt, ConflictError, Receipt]
    assert [one.duplicate for one in outcomes if isinstance(one, Receipt)] == [False, True, False]
    assert len(made.received()) == 2


def test_what_is_too_large_is_refused_by_field(made: MemoryDoor) -> None:
    too_many = tuple(File(f"{n}", "text/plain", b"x") for n in range(11))
    large = File("a", "text/plain", b"x" * 10_000_001)
    three = tuple(File(f"{n}", "text/plain", b"x" * 9_000_000) for n in range(3))
    for files, field in ((too_many, "attachments"), ((large,), "attachments.0"), (three, "attachments")):
        with pytest.raises(FieldsError) as refused:
            made.door.submit(submission(files=files))
        assert refused.value.reason is Reason.TOO_LARGE
        assert [one.field for one in refused.value.errors] == [field]
    assert not made.publisher.records


def test_an_anonymous_complaint_has_no_sealed_reporter(made: MemoryDoor) -> None:
    made.door.submit(submission(reporter=None))
    assert made.received()[0].sealed_reporter is None


def test_broken_characters_from_a_channel_are_replaced_not_a_crash(made: MemoryDoor) -> None:
    made.door.submit(submission(text="halo \ud800 dunia", title="\udfff", place="\udcff"))
    assert content_of(made.keyring, made.received()[0]).text == "halo ? dunia"


def test_a_full_disk_of_the_keyring_is_unavailable(made: MemoryDoor, tmp_path: Path) -> None:
    (tmp_path / "keyring").write_text("a file where the folder should be")
    with pytest.raises(UnavailableError):
        made.door.submit(submission())
    assert not made.publisher.records


class TestReply:
    def test_the_holder_of_the_receipt_adds_to_the_complaint_once(self, made: MemoryDoor) -> None:
        receipt = made.door.submit(submission())
        for _ in range(2):
            made.door.reply(receipt.complaint_id, receipt.secret.upper(), "Sudah cair, terima kasih.")
        [reply] = [event for event in made.publisher.events() if isinstance(event, ReporterReplied)]
        assert reply.complaint_id == receipt.complaint_id
        assert content_of(made.keyring, reply).text == "Sudah cair, terima kasih."

    @pytest.mark.parametrize("secret", ["", "aaaa-bbbb-cccc-dddd", "ké"])
    def test_nobody_else_does(self, made: MemoryDoor, secret: str) -> None:
        receipt = made.door.submit(submission())
        with pytest.raises(PermissionError):
            made.door.reply(receipt.complaint_id, secret, "x")
        assert len(made.publisher.records) == 1

    def test_the_secret_of_another_complaint_opens_nothing(self, made: MemoryDoor) -> None:
        receipt = made.door.submit(submission())
        other = ids.receipt_secret(b"s" * 64, "22ebcfc7-ebcc-8743-a206-c172c4743b56")
        with pytest.raises(PermissionError):
            made.door.reply(receipt.complaint_id, other, "x")

    def test_a_reply_with_danger_words_is_urgent(self, made: MemoryDoor) -> None:
        receipt = made.door.submit(submission())
        assert made.door.reply(receipt.complaint_id, receipt.secret, "dia mau bunuh diri").lane is Lane.URGENT

    def test_a_key_makes_a_retry_the_same_reply_and_another_text_a_conflict(self, made: MemoryDoor) -> None:
        receipt = made.door.submit(submission())
        made.publisher.away = True
        with pytest.raises(UnavailableError):
            made.door.reply(receipt.complaint_id, receipt.secret, "satu", "k")
        made.publisher.away = False
        made.door.reply(receipt.complaint_id, receipt.secret, "satu", "k")
        with pytest.raises(ConflictError):
            made.door.reply(receipt.complaint_id, receipt.secret, "dua", "k")
        assert len(made.publisher.records) == 2
