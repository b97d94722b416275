"""The two decisions of the streams: unseal, mask, classify; route and open the case."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from aduan import ids
from aduan.keyring import Keyring
from aduan.privacy import Purpose, seal_model
from schemas.content import Content
from schemas.errors import InvalidError, Reason, UnavailableError
from schemas.events import (
    CaseOpened,
    ComplaintClassified,
    ComplaintReceived,
    ReplyAdded,
    ReplyClassified,
    ReporterReplied,
)
from schemas.topics import Lane
from streams.steps import Decided, classify_complaints, route_complaints
from tests.factories import NOW, complaint_id, complaint_received

LATER = datetime(2026, 11, 24, 4, tzinfo=UTC)


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return Keyring(tmp_path / "keyring")


def replied(keyring: Keyring, n: int = 1, *, text: str = "Tambahan: hubungi saya di 081234567890") -> ReporterReplied:
    complaint = complaint_id(n)
    sealed = seal_model(keyring.current(NOW), Purpose.CONTENT, complaint, Content(text=text))
    return ReporterReplied(
        event_id=ids.event_id(complaint, ReporterReplied.TYPE),
        complaint_id=complaint,
        occurred_at=NOW,
        source="/producers/web",
        lane=Lane.ORDINARY,
        received_at=NOW,
        sealed_content=sealed,
    )


def complaint(keyring: Keyring, n: int, text: str, **changes: object) -> ComplaintReceived:
    sealed = seal_model(keyring.current(NOW), Purpose.CONTENT, complaint_id(n), Content(text=text))
    return complaint_received(n, keyring=keyring, sealed_content=sealed, **changes)


def test_a_complaint_is_masked_and_classified_and_its_sealed_parts_travel_on(keyring: Keyring) -> None:
    received = complaint_received(7, keyring=keyring)
    [decided] = classify_complaints([received], keyring, LATER)
    assert isinstance(decided, Decided)
    event = ComplaintClassified.model_validate_json(decided.event.model_dump_json())
    assert event.event_id == ids.event_id(received.event_id, "ComplaintClassified")
    assert event.occurred_at == LATER
    assert "0812" not in event.text
    assert event.sealed_content == received.sealed_content
    assert event.sealed_reporter == received.sealed_reporter
    assert event.body_digest == received.body_digest


def test_the_same_complaint_twice_gives_the_same_event_ids(keyring: Keyring) -> None:
    received = complaint_received(7, keyring=keyring)
    first, second = (classify_complaints([received], keyring, moment) for moment in (NOW, LATER))
    assert isinstance(first[0], Decided)
    assert isinstance(second[0], Decided)
    assert first[0].event.event_id == second[0].event.event_id


def test_outcomes_stand_in_the_order_of_their_events(keyring: Keyring) -> None:
    events: list[ComplaintReceived | ReporterReplied] = [
        complaint_received(1, keyring=keyring),
        replied(keyring, 1),
        complaint_received(2, keyring=keyring),
    ]
    outcomes = classify_complaints(events, keyring, LATER)
    assert [outcome.event.TYPE for outcome in outcomes if isinstance(outcome, Decided)] == [
        "ComplaintClassified",
        "ReplyClassified",
        "ComplaintClassified",
    ]
    assert [outcome.event.complaint_id for outcome in outcomes if isinstance(outcome, Decided)] == [
        event.complaint_id for event in events
    ]


def test_a_reply_is_masked_and_keeps_its_lane(keyring: Keyring) -> None:
    [decided] = classify_complaints([replied(keyring)], keyring, LATER)
    assert isinstance(decided, Decided)
    assert isinstance(decided.event, ReplyClassified)
    assert "081234567890" not in decided.event.text
    assert decided.lane is Lane.ORDINARY


def test_an_ordinary_complaint_that_turns_out_urgent_leaves_by_the_urgent_lane(keyring: Keyring) -> None:
    text = "Tolong segera, anak saya dipukuli gurunya sampai pingsan dan berdarah di sekolah tadi pagi"
    [decided] = classify_complaints([complaint(keyring, 3, text)], keyring, LATER)
    assert isinstance(decided, Decided)
    assert isinstance(decided.event, ComplaintClassified)
    assert decided.event.classification.prioritas == "darurat"
    assert decided.lane is Lane.URGENT
    assert decided.event.lane is Lane.URGENT


def test_an_urgent_lane_complaint_stays_urgent_whatever_its_priority(keyring: Keyring) -> None:
    text = "Terima kasih atas pelayanannya, sekolah kami senang sekali"
    [decided] = classify_complaints([complaint(keyring, 3, text, lane=Lane.URGENT)], keyring, LATER)
    assert isinstance(decided, Decided)
    assert decided.lane is Lane.URGENT


def test_what_cannot_be_unsealed_is_refused_and_its_neighbours_pass(keyring: Keyring) -> None:
    moved = complaint_received(2, keyring=keyring, sealed_content=complaint_received(9, keyring=keyring).sealed_content)
    outcomes = classify_complaints(
        [complaint_received(1, keyring=keyring), moved, complaint_received(3, keyring=keyring)], keyring, LATER
    )
    assert isinstance(outcomes[1], InvalidError)
    assert outcomes[1].reason is Reason.UNSEALABLE
    assert isinstance(outcomes[0], Decided)
    assert isinstance(outcomes[2], Decided)


def test_a_key_that_is_not_here_yet_makes_all_wait(keyring: Keyring, tmp_path: Path) -> None:
    received = complaint_received(1, keyring=keyring)
    with pytest.raises(UnavailableError):
        classify_complaints([received], Keyring(tmp_path / "another"), LATER)


def test_a_key_that_was_destroyed_refuses(keyring: Keyring, tmp_path: Path) -> None:
    received = complaint_received(1, keyring=keyring)
    keyring.destroy_expired(datetime(2028, 1, 1, tzinfo=UTC), 90)
    [outcome] = classify_complaints([received], Keyring(tmp_path / "keyring"), LATER)
    assert isinstance(outcome, InvalidError)
    assert outcome.reason is Reason.UNSEALABLE


def test_routing_opens_the_case_with_a_unit_a_deadline_and_a_tracking_number(keyring: Keyring) -> None:
    [classified] = classify_complaints([complaint_received(5, keyring=keyring)], keyring, LATER)
    assert isinstance(classified, Decided)
    assert isinstance(classified.event, ComplaintClassified)
    [decided] = route_complaints([classified.event], LATER)
    assert isinstance(decided, Decided)
    opened = CaseOpened.model_validate_json(decided.event.model_dump_json())
    assert opened.event_id == ids.event_id(classified.event.event_id, "CaseOpened")
    assert opened.tracking_number.startswith("ADN-")
    assert opened.routing.unit
    assert opened.routing.due_at > opened.received_at
    assert opened.text == classified.event.text
    assert opened.classification == classified.event.classification


def test_a_reply_is_added_to_its_case(keyring: Keyring) -> None:
    [classified] = classify_complaints([replied(keyring)], keyring, LATER)
    assert isinstance(classified, Decided)
    assert isinstance(classified.event, ReplyClassified)
    [decided] = route_complaints([classified.event], LATER)
    assert isinstance(decided, Decided)
    added = ReplyAdded.model_validate_json(decided.event.model_dump_json())
    assert added.complaint_id == classified.event.complaint_id
    assert added.text == classified.event.text
