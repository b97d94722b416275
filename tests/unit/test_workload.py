"""What the benchmarks put on the topics is what a door would have put there."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from aduan.connections.publisher import Record
from aduan.keyring import Keyring
from aduan.lanes import choose_lane
from aduan.privacy import Purpose, unseal_model
from benchmarks import workload
from schemas.codec import decode
from schemas.content import Content, Reporter
from schemas.events import ComplaintReceived
from schemas.topics import Lane, Topics

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
TOPICS = Topics(namespace="bench")


def records(keyring: Keyring, numbers: Sequence[int] = range(300), lane: Lane | None = None) -> list[Record]:
    return list(workload.received_records(numbers, TOPICS, keyring.current(NOW), NOW, lane))


def read(record: Record) -> ComplaintReceived:
    return decode(record.value, record.headers, (ComplaintReceived,))


def test_every_record_decodes_and_is_keyed_by_its_complaint_id(tmp_path: Path) -> None:
    for record in records(Keyring(tmp_path)):
        assert record.key == read(record).complaint_id.encode()


def test_complaint_ids_are_unique(tmp_path: Path) -> None:
    assert len({record.key for record in records(Keyring(tmp_path), range(2_000))}) == 2_000


def test_the_same_seed_gives_the_same_complaints_and_another_seed_others() -> None:
    numbers = range(200)
    first = [workload.complaint(number, seed=7) for number in numbers]
    assert first == [workload.complaint(number, seed=7) for number in numbers]
    others = [workload.complaint(number, seed=8) for number in numbers]
    assert not {one.complaint_id for one in first} & {one.complaint_id for one in others}


def test_words_and_reporter_are_sealed_for_their_own_id(tmp_path: Path) -> None:
    keyring = Keyring(tmp_path)
    for number, record in enumerate(records(keyring, range(50))):
        event, made = read(record), workload.complaint(number)
        content = unseal_model(keyring, Purpose.CONTENT, event.complaint_id, event.sealed_content, Content)
        assert content == made.content
        if event.sealed_reporter is None:
            assert made.reporter is None
        else:
            sealed = event.sealed_reporter
            person = unseal_model(keyring, Purpose.REPORTER, event.complaint_id, sealed, Reporter)
            assert person == made.reporter
        assert made.content.text.encode() not in (record.value or b"")


def test_about_six_in_ten_are_named_and_texts_have_about_sixty_words() -> None:
    made = [workload.complaint(number) for number in range(1_000)]
    assert 0.55 < sum(one.reporter is not None for one in made) / len(made) < 0.65
    lengths = sorted(len(one.content.text.split()) for one in made)
    assert 55 <= lengths[len(lengths) // 2] <= 75
    assert lengths[-1] <= workload.LONGEST + 25
    assert len({one.content.text for one in made}) > 0.97 * len(made)


def test_records_travel_in_the_lane_that_triage_gives_their_words(tmp_path: Path) -> None:
    lanes = dict.fromkeys(Lane, 0)
    for number, record in enumerate(records(Keyring(tmp_path), range(1_000))):
        made, event = workload.complaint(number), read(record)
        assert record.topic == TOPICS.received(event.lane)
        assert choose_lane(made.content.title, made.content.text)[0] is event.lane
        lanes[event.lane] += 1
    assert lanes[Lane.URGENT] > 0
    assert lanes[Lane.ORDINARY] > 900


def test_one_lane_can_be_asked_for(tmp_path: Path) -> None:
    asked = records(Keyring(tmp_path), range(200), lane=Lane.ORDINARY)
    assert {record.topic for record in asked} == {TOPICS.received(Lane.ORDINARY)}
    assert {read(record).lane for record in asked} == {Lane.ORDINARY}
