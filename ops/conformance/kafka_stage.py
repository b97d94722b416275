"""The kit's stage for an adapter that writes to complaints.submitted: a real broker, and the real admission's rules."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kafka import KafkaConsumer, TopicPartition
from kafka.partitioner.default import murmur2

from ops.conformance.broker import Broker, kit_broker
from ops.conformance.deliveries import Deliveries, Delivery
from ops.conformance.feed import mark_in
from ops.conformance.judging import NAME, judging_door
from ops.conformance.weather import Sky
from ops.topics import ensure_topics
from producers.admission_reading import Turned, read_submission, submitter_of
from producers.door import Door
from producers.submission import FieldsError
from schemas.errors import InvalidError
from schemas.exchange import SOURCE_PREFIX
from schemas.topics import SUBMITTED

_POLL_MS: Final = 50
_CATCH_UP_SECONDS: Final = 10.0


class Reading:
    """Reads the topic in a thread of its own and judges each record."""

    def __init__(self, consumer: KafkaConsumer, partitions: int, door: Door, into: Deliveries) -> None:
        self._consumer = consumer
        self._partitions = partitions
        self._door = door
        self._into = into
        self._stop = threading.Event()
        self._asked = threading.Event()
        self._caught_up = threading.Event()
        self._thread = threading.Thread(target=self._run, name="kit-reader")
        self._thread.start()

    def catch_up(self) -> None:
        """Return when all that the broker has now was judged, at the latest after some seconds."""
        self._caught_up.clear()
        self._asked.set()
        self._caught_up.wait(_CATCH_UP_SECONDS)

    def close(self) -> None:
        """End the thread, close the consumer."""
        self._stop.set()
        self._thread.join(10)
        self._consumer.close()

    def _run(self) -> None:
        wanted: dict[TopicPartition, int] | None = None
        while not self._stop.is_set():
            if self._asked.is_set():
                self._asked.clear()
                wanted = self._consumer.end_offsets(list(self._consumer.assignment()))
            for records in self._consumer.poll(timeout_ms=_POLL_MS).values():
                for record in records:
                    self._into.add(judged(record, self._partitions, self._door))
            if wanted is not None and all(self._consumer.position(one) >= end for one, end in wanted.items()):
                wanted = None
                self._caught_up.set()


@dataclass
class KafkaStage:
    """What the phases need: a sky, an environment, and what arrived. It refuses nothing at the moment of writing."""

    sky: Sky
    environment: Mapping[str, str]
    deliveries: Deliveries
    reading: Reading
    kind: str = "kafka"
    refuses: bool = False

    def refuse(self, mark: str) -> None:
        """Never asked, since `refuses` is False."""

    def catch_up(self) -> None:
        """Return when all that was acknowledged was judged."""
        self.reading.catch_up()


@contextmanager
def kafka_stage(folder: Path) -> Iterator[KafkaStage]:
    """The stage while the block runs; starting the broker takes some seconds. UnavailableError: it could not start."""
    with kit_broker(folder) as broker, on_broker(folder, broker) as stage:
        yield stage


@contextmanager
def on_broker(folder: Path, broker: Broker) -> Iterator[KafkaStage]:
    """The stage on a broker that runs already."""
    with judging_door(folder / "door") as (given, door, _tokens, _token):
        settings = given.model_copy(update={"kafka_bootstrap": broker.inside})
        ensure_topics(settings)
        deliveries = Deliveries()
        reading = Reading(_consumer(broker.inside, settings.partitions), settings.partitions, door, deliveries)
        told = {"KAFKA_BOOTSTRAP": broker.outside, "ADUAN_TOPIC": SUBMITTED, "ADUAN_SOURCE": SOURCE_PREFIX + NAME}
        try:
            yield KafkaStage(broker.sky, told, deliveries, reading)
        finally:
            reading.close()


def _consumer(bootstrap: str, partitions: int) -> KafkaConsumer:
    """From the ends of now on: a broker may be used for several adapters, one after another."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, fetch_max_wait_ms=50, metrics_enabled=False)
    ours = [TopicPartition(SUBMITTED, number) for number in range(partitions)]
    consumer.assign(ours)
    for where, end in consumer.end_offsets(ours).items():
        consumer.seek(where, end)
    return consumer


def judged(record: Any, partitions: int, door: Door) -> Delivery:
    """What the admission would say to a record, and whether its partition is where its key belongs."""
    submitter = submitter_of(record.headers, NAME.__eq__)
    mark, key = _mark(record.value), record.key.decode("utf-8", "replace") if record.key is not None else None
    right = record.key is not None and (murmur2(record.key) & 0x7FFFFFFF) % partitions == record.partition
    if submitter is None:
        said = (f"ce_source: must be {SOURCE_PREFIX}{NAME}, as ADUAN_SOURCE says",)
        return Delivery(mark, key, reason="unknown_source", wrong=said, partition_right=right)
    read = read_submission(submitter, record.key, record.value, record.headers)
    if isinstance(read, Turned):
        wrong = tuple(f"{error.field}: {error.message}" for error in read.errors)
        return Delivery(mark, key, reason=read.reason.value, wrong=wrong, partition_right=right)
    try:
        receipt = door.submit(read.submission)
    except InvalidError as error:
        errors = error.errors if isinstance(error, FieldsError) else ()
        wrong = tuple(f"{one.field}: {one.message}" for one in errors)
        return Delivery(mark, key, reason=error.reason.value, wrong=wrong, partition_right=right)
    return Delivery(mark, key, complaint_id=receipt.complaint_id, partition_right=right)


def _mark(value: bytes | None) -> str | None:
    """From the text where it can be read, else from the bytes: a broken message still counts as arrived."""
    raw = (value or b"").decode("utf-8", "replace")
    try:
        said = json.loads(raw)
    except ValueError:
        return mark_in(raw)
    return mark_in(str(said.get("text", "")) if isinstance(said, dict) else raw)
