"""Writing and reading the log of cases in tests, as the stages do."""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from kafka import KafkaConsumer, TopicPartition

from aduan.connections.options import kafka_options
from aduan.connections.publisher import Publisher, Record
from aduan.settings import Settings
from schemas.codec import Headers, decode, encode
from schemas.events import CaseEscalated, CaseEvent, CaseOpened, DeadLetter, Event

_ESCALATED = f"id.aduan.{CaseEscalated.TYPE}".encode()


def case_record(settings: Settings, event: CaseEvent) -> Record:
    """The record of an event as `route`, the portal and the escalator write it."""
    extra = [("prioritas", event.classification.prioritas)] if isinstance(event, CaseOpened) else []
    key, value, headers = encode(event, source="/tests", extra=extra)
    return Record(settings.topics.cases, key, value, headers)


def publish_cases(settings: Settings, events: Iterable[CaseEvent]) -> None:
    """Append events to the log of cases; returns when all are acknowledged."""
    publisher = Publisher(settings, "tests")
    try:
        records = [case_record(settings, event) for event in events]
        for start in range(0, len(records), 2_000):
            publisher.publish(records[start : start + 2_000])
    finally:
        publisher.close()


def wait_for_escalations(settings: Settings, count: int, within: float = 20.0) -> list[CaseEscalated]:
    """The escalations on the log as soon as there are so many; all there are when time is up."""
    deadline = time.monotonic() + within
    with _reading(settings, settings.topics.cases) as consumer:
        found: list[CaseEscalated] = []
        while len(found) < count and time.monotonic() < deadline:
            for records in consumer.poll(timeout_ms=50, max_records=20_000).values():
                found += [
                    decode(record.value, record.headers, (CaseEscalated,))
                    for record in records
                    if ("ce_type", _ESCALATED) in record.headers
                ]
        return found


@contextmanager
def _reading(settings: Settings, topic: str) -> Iterator[KafkaConsumer]:
    consumer = KafkaConsumer(**kafka_options(settings, "tests"), auto_offset_reset="earliest", fetch_max_wait_ms=50)
    try:
        consumer.assign([TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()])
        yield consumer
    finally:
        consumer.close()


def read_topic(settings: Settings, topic: str) -> list[tuple[Headers, bytes]]:
    """All records of a topic from the beginning to its end of now."""
    with _reading(settings, topic) as consumer:
        ends = consumer.end_offsets(list(consumer.assignment()))
        found: list[tuple[Headers, bytes]] = []
        deadline = time.monotonic() + 30
        while any(consumer.position(where) < end for where, end in ends.items()):
            for records in consumer.poll(timeout_ms=200).values():
                found += [(record.headers, record.value) for record in records]
            assert time.monotonic() < deadline, "the log could not be read in time"
        return found


def events_on_log(settings: Settings, kind: type[Event]) -> list[Event]:
    """All events of a type on the log of cases."""
    wanted = f"id.aduan.{kind.TYPE}".encode()
    return [
        decode(value, headers, (kind,))
        for headers, value in read_topic(settings, settings.topics.cases)
        if ("ce_type", wanted) in headers
    ]


def dead_letters(settings: Settings) -> Sequence[DeadLetter]:
    """All dead letters."""
    return [
        decode(value, headers, (DeadLetter,)) for headers, value in read_topic(settings, settings.topics.dead_letter)
    ]


def cases_on_log(settings: Settings) -> int:
    """How many records are on the log of cases."""
    with _reading(settings, settings.topics.cases) as consumer:
        return int(sum(consumer.end_offsets(list(consumer.assignment())).values()))
