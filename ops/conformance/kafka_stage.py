"""The kit's stage for an adapter that writes to complaints.submitted: a real broker, and the real admission's rules."""

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from kafka import KafkaConsumer, TopicPartition
from kafka.partitioner.default import murmur2

from aduan.connections.header_names import read_any_name
from ops.conformance.broker import Broker, kit_broker
from ops.conformance.deliveries import Deliveries, Delivery
from ops.conformance.feed import mark_in
from ops.conformance.judging import NAME, judging_door
from ops.conformance.weather import Sky
from ops.topics import ensure_topics
from producers.admission_reading import Turned, is_genuine, read_submission, submitter_of
from producers.door import Door
from producers.submission import FieldsError
from schemas.errors import InvalidError
from schemas.exchange import SOURCE_PREFIX
from schemas.topics import SUBMITTED

_POLL_MS: Final = 50
_CATCH_UP_SECONDS: Final = 10.0


class Reading:
    """Reads the topic in a thread of its own and judges each record."""

    def __init__(self, consumer: KafkaConsumer, judge: "Judge", into: Deliveries) -> None:
        self._consumer = consumer
        self._judge = judge
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
                    self._into.add(self._judge.judged(record))
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
    with judging_door(folder / "door") as (given, door, _tokens, token):
        settings = given.model_copy(update={"kafka_bootstrap": broker.inside})
        ensure_topics(settings)
        deliveries = Deliveries()
        judge = Judge(door, settings.partitions, hashlib.sha256(token.encode()).hexdigest())
        reading = Reading(_consumer(broker.inside, settings.partitions), judge, deliveries)
        told = {"KAFKA_BOOTSTRAP": broker.outside, "ADUAN_TOPIC": SUBMITTED, "ADUAN_SOURCE": SOURCE_PREFIX + NAME}
        told["ADUAN_TOKEN"] = token
        try:
            yield KafkaStage(broker.sky, told, deliveries, reading)
        finally:
            reading.close()


def _consumer(bootstrap: str, partitions: int) -> KafkaConsumer:
    """From the ends of now on: a broker may be used for several adapters, one after another."""
    read_any_name()
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, fetch_max_wait_ms=50, metrics_enabled=False)
    ours = [TopicPartition(SUBMITTED, number) for number in range(partitions)]
    consumer.assign(ours)
    for where, end in consumer.end_offsets(ours).items():
        consumer.seek(where, end)
    return consumer


@dataclass(frozen=True, slots=True)
class Judge:
    """Says of a record what the admission would say, and whether its partition is where its key belongs."""

    door: Door
    partitions: int
    token_digest: str

    def judged(self, record: Any) -> Delivery:
        """The delivery that a record is."""
        right = record.key is not None and (murmur2(record.key) & 0x7FFFFFFF) % self.partitions == record.partition
        key = record.key.decode("utf-8", "replace") if record.key is not None else None
        return replace(self._word(record), mark=_mark(record.value), key=key, partition_right=right)

    def _word(self, record: Any) -> Delivery:
        if submitter_of(record.headers, NAME.__eq__) is None:
            return _refused("unknown_source", f"ce_source: must be {SOURCE_PREFIX}{NAME}, as ADUAN_SOURCE says")
        if not is_genuine(record.value, record.headers, self.token_digest, required=False):
            return _refused("unsigned", "aduan_signature: must be made of the value with ADUAN_TOKEN, or left out")
        read = read_submission(NAME, record.key, record.value, record.headers)
        if isinstance(read, Turned):
            return _refused(read.reason.value, *(f"{error.field}: {error.message}" for error in read.errors))
        try:
            return Delivery(None, None, complaint_id=self.door.submit(read.submission).complaint_id)
        except InvalidError as error:
            errors = error.errors if isinstance(error, FieldsError) else ()
            return _refused(error.reason.value, *(f"{one.field}: {one.message}" for one in errors))


def _refused(reason: str, *wrong: str) -> Delivery:
    return Delivery(None, None, reason=reason, wrong=wrong)


def _mark(value: bytes | None) -> str | None:
    """From the text where it can be read, else from the bytes: a broken message still counts as arrived."""
    raw = (value or b"").decode("utf-8", "replace")
    try:
        said = json.loads(raw)
    except ValueError:
        return mark_in(raw)
    return mark_in(str(said.get("text", "")) if isinstance(said, dict) else raw)
