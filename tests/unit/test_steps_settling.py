"""A batch of records to what is written for them: two verdicts, neighbours pass, a run of poison stops the stage."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from aduan.connections.publisher import Record
from aduan.dead_letters import open_original
from aduan.keyring import Keyring
from aduan.settings import load_settings
from schemas.codec import decode, encode
from schemas.errors import Reason, UnavailableError
from schemas.events import DeadLetter, Event
from schemas.topics import Lane
from streams.agents import AgentRun, BadDeployError, BatchLoop
from streams.poison import PoisonRun
from streams.progress import Progress
from streams.settling import MAX_EVENT_BYTES, Refused, settle
from streams.stages import Stage, Step, build_step
from streams.steps import Decided, Outcome
from tests.factories import NOW, case_opened, complaint_id, complaint_received


@dataclass
class Message:
    """A record as Faust hands it over."""

    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] | None
    topic: str = "complaints.received"
    partition: int = 2
    offset: int = 7


@dataclass
class FaustEvent:
    """An event as Faust hands it over."""

    message: Message
    acked: bool = False

    def ack(self) -> None:
        self.acked = True


class Kafka:
    """Takes what is sent, or refuses."""

    def __init__(self, error: Exception | None = None) -> None:
        self.records: list[Record] = []
        self._error = error

    async def send(self, records: Sequence[Record]) -> None:
        if self._error is not None:
            raise self._error
        self.records += records


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return Keyring(tmp_path / "keyring")


@pytest.fixture
def step(keyring: Keyring) -> Step:
    return build_step(load_settings(), Stage.CLASSIFY, Lane.ORDINARY, keyring)


def message(event: Event, **changes: Any) -> Message:
    key, value, headers = encode(event, source="/test")
    return replace(Message(key, value, headers), **changes)


def reason(answer: object) -> Reason:
    assert isinstance(answer, Refused)
    return answer.reason


def test_the_next_event_goes_to_the_partition_that_was_read(step: Step, keyring: Keyring) -> None:
    [answer] = settle([message(complaint_received(1, keyring=keyring), partition=3)], step, NOW)
    assert isinstance(answer, Record)
    assert answer.topic == "complaints.classified"
    assert answer.partition == 3
    assert answer.key == complaint_id(1).encode()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"value": None}, Reason.NULL_VALUE),
        ({"value": b'{"type": '}, Reason.MALFORMED_JSON),
        ({"value": b'{"type": "\xff"}'}, Reason.WRONG_ENCODING),
        ({"value": b"{}"}, Reason.INVALID_EVENT),
        ({"value": b'{"type":"Strange"}', "headers": []}, Reason.UNKNOWN_EVENT),
        ({"headers": [("ce_type", b"id.aduan.Strange")]}, Reason.UNKNOWN_EVENT),
        ({"value": b"x" * (MAX_EVENT_BYTES + 1)}, Reason.TOO_LARGE),
        ({"key": None}, Reason.INVALID_EVENT),
        ({"key": complaint_id(2).encode()}, Reason.INVALID_EVENT),
    ],
)
def test_poison_is_refused_with_its_reason_and_its_neighbours_pass(
    step: Step, keyring: Keyring, changes: dict[str, Any], expected: Reason
) -> None:
    poison = message(complaint_received(1, keyring=keyring), **changes)
    good = message(complaint_received(3, keyring=keyring))
    answers = settle([good, poison, good], step, NOW)
    assert isinstance(answers[0], Record)
    assert reason(answers[1]) is expected
    assert isinstance(answers[2], Record)


def test_an_event_of_another_stage_is_not_taken(step: Step) -> None:
    [answer] = settle([message(case_opened(1))], step, NOW)
    assert reason(answer) is Reason.UNKNOWN_EVENT


def test_a_bug_in_the_decision_for_one_complaint_hits_only_that_one(step: Step, keyring: Keyring) -> None:
    def decide(events: Sequence[Event], now: datetime) -> list[Outcome]:
        if any(event.complaint_id == complaint_id(2) for event in events):
            raise ZeroDivisionError
        return step.decide(events, now)

    messages = [message(complaint_received(n, keyring=keyring)) for n in (1, 2, 3)]
    answers = settle(messages, replace(step, decide=decide), NOW)
    assert isinstance(answers[0], Record)
    assert reason(answers[1]) is Reason.BUG
    assert isinstance(answers[2], Record)


def test_an_outcome_that_cannot_be_written_is_a_bug_of_that_one(step: Step, keyring: Keyring) -> None:
    def decide(events: Sequence[Event], now: datetime) -> list[Outcome]:
        outcomes = step.decide(events, now)
        return [
            Decided(outcome.event.model_copy(update={"text": "\ud800"}), Lane.ORDINARY)
            if isinstance(outcome, Decided) and event.complaint_id == complaint_id(2)
            else outcome
            for event, outcome in zip(events, outcomes, strict=True)
        ]

    messages = [message(complaint_received(n, keyring=keyring)) for n in (1, 2)]
    answers = settle(messages, replace(step, decide=decide), NOW)
    assert isinstance(answers[0], Record)
    assert reason(answers[1]) is Reason.BUG


def test_an_unavailable_world_settles_nothing(step: Step, keyring: Keyring) -> None:
    def decide(_events: Sequence[Event], _now: datetime) -> list[Outcome]:
        raise UnavailableError("no key")

    with pytest.raises(UnavailableError):
        settle([message(complaint_received(1, keyring=keyring))], replace(step, decide=decide), NOW)


def test_a_case_carries_its_priority_as_a_header(keyring: Keyring, step: Step) -> None:
    [classified] = settle([message(complaint_received(1, keyring=keyring))], step, NOW)
    assert isinstance(classified, Record)
    route = build_step(load_settings(), Stage.ROUTE, Lane.ORDINARY, keyring)
    [opened] = settle([Message(classified.key, classified.value, classified.headers)], route, NOW)
    assert isinstance(opened, Record)
    assert opened.topic == "complaints.cases"
    assert dict(opened.headers)["ce_prioritas"] in {b"darurat", b"tinggi", b"normal", b"rendah"}


def batch_loop(step: Step, kafka: Kafka, keyring: Keyring, progress: Progress, limit: int = 100) -> BatchLoop:
    return BatchLoop(step, kafka, keyring, progress, poison_limit=limit, clock=lambda: NOW)


async def test_a_batch_is_acked_after_everything_was_written_dead_letters_too(step: Step, keyring: Keyring) -> None:
    kafka, progress = Kafka(), Progress()
    good, bad = message(complaint_received(1, keyring=keyring)), Message(b"k", b"{", [("ce_type", b"x")], offset=8)
    events = [FaustEvent(good), FaustEvent(bad)]
    await batch_loop(step, kafka, keyring, progress).settle_batch(events)
    assert all(event.acked for event in events)
    assert [record.topic for record in kafka.records] == ["complaints.classified", "complaints.dead-letter"]
    letter = decode(kafka.records[1].value, kafka.records[1].headers, (DeadLetter,))
    assert kafka.records[1].key == b"complaints.received/2/8/aduan.classify.ordinary"
    assert open_original(keyring, letter) == (b"k", b"{", [("ce_type", b"x")])
    assert (progress.processed, progress.dead_letters) == (2, 1)


async def test_nothing_is_acked_when_kafka_took_nothing(step: Step, keyring: Keyring) -> None:
    events = [FaustEvent(message(complaint_received(1, keyring=keyring)))]
    with pytest.raises(UnavailableError):
        await batch_loop(step, Kafka(UnavailableError("gone")), keyring, Progress()).settle_batch(events)
    assert not events[0].acked


async def test_a_missing_key_is_waited_for_with_nothing_acked_meanwhile(step: Step, tmp_path: Path) -> None:
    other = Keyring(tmp_path / "other")
    events = [FaustEvent(message(complaint_received(1, keyring=other)))]
    kafka, progress = Kafka(), Progress()
    waited: list[str] = []

    async def sleep(_seconds: float) -> None:
        waited.append(progress.waits_for)
        assert not events[0].acked
        if len(waited) == 3:
            (tmp_path / "keyring").mkdir(exist_ok=True)
            (tmp_path / "keyring" / "2026-11.key").write_bytes((tmp_path / "other" / "2026-11.key").read_bytes())

    loop = BatchLoop(
        step, kafka, Keyring(tmp_path / "keyring"), progress, poison_limit=1, clock=lambda: NOW, sleep=sleep
    )
    await loop.settle_batch(events)
    assert len(waited) == 3
    assert "2026-11" in waited[0]
    assert progress.waits_for == ""
    assert events[0].acked


async def test_a_run_of_poison_stops_the_stage_and_leaves_the_rest_where_it_is(step: Step, keyring: Keyring) -> None:
    kafka = Kafka()
    events = [FaustEvent(Message(b"k", b"{", None, offset=n)) for n in range(5)]
    with pytest.raises(BadDeployError, match=r"bad deploy.*complaints\.received/2/0.*malformed_json"):
        await batch_loop(step, kafka, keyring, Progress(), limit=3).settle_batch(events)
    assert not any(event.acked for event in events)
    assert kafka.records == []


def test_a_run_of_poison_is_counted_across_batches_and_ends_with_a_good_one() -> None:
    bad, good = Refused(Reason.MALFORMED_JSON), Record("t", b"k", b"v", [])
    run = PoisonRun(limit=3)
    assert run.passable([bad, bad, good, bad, bad]) == 5
    assert run.passable([bad, good, bad]) == 3
    assert run.passable([bad, bad, bad]) == 0
    assert PoisonRun(limit=3).passable([bad, good, bad, bad, bad, bad]) == 2


async def test_draining_waits_for_the_batch_in_hand_and_takes_no_more() -> None:
    import asyncio  # noqa: PLC0415

    run, going = AgentRun(0.0), asyncio.Event()

    async def batch() -> None:
        await going.wait()

    first = asyncio.ensure_future(run.one(batch()))
    await asyncio.sleep(0)
    draining = asyncio.ensure_future(run.drain())
    await asyncio.sleep(0)
    assert not draining.done()
    going.set()
    await draining
    assert await first is False
    assert await run.one(batch()) is False
