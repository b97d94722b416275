"""Stream workers as real processes, and what tests need around them: publish, read a whole topic, wait."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from aduan.connections.options import kafka_options
from aduan.connections.publisher import Publisher, Record
from aduan.settings import Settings
from ops.engines.ports import free_port
from schemas.codec import encode
from schemas.events import ComplaintReceived, Event, ReporterReplied
from schemas.topics import Lane
from streams.stages import Stage
from streams.watchdog import Offsets, read_offsets
from tests.environment import environment_of


class StreamWorker(AbstractContextManager["StreamWorker"]):
    """One `aduan worker` process; ended with the block."""

    def __init__(
        self, settings: Settings, stage: Stage, lane: Lane = Lane.ORDINARY, instance: int = 0, **environment: str
    ) -> None:
        self.settings = settings
        self.health_port = free_port()
        self._arguments = ["worker", "--stage", stage.value, "--lane", lane.value, "--instance", str(instance)]
        self._environment = environment_of(settings) | {"ADUAN_HEALTH_PORT": str(self.health_port)} | environment
        self.log = Path(settings.data_dir) / f"{stage.value}-{lane.value}-{instance}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start it, or start it again."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ops.cli", *self._arguments], stdout=log, stderr=log, env=self._environment
            )
        return self

    @property
    def running(self) -> subprocess.Popen[bytes]:
        """The process."""
        assert self.process is not None
        return self.process

    def kill(self) -> None:
        """As a crash would."""
        self.running.kill()
        self.running.wait()

    def stop(self, seconds: float = 15) -> int:
        """SIGTERM; the exit code."""
        self.running.send_signal(signal.SIGTERM)
        return self.running.wait(seconds)

    def health(self) -> dict[str, Any]:
        """What it says of itself, or nothing while it starts."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.health_port}/healthz", timeout=2) as answer:
                found: dict[str, Any] = json.load(answer)
                return found
        except urllib.error.HTTPError as error:
            with error:
                return dict(json.load(error))
        except OSError:
            return {}

    def words(self) -> str:
        """Its log."""
        return self.log.read_text(encoding="utf-8") if self.log.exists() else ""

    def __enter__(self) -> Self:
        return self if self.process is not None else self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.running.poll() is None:
            os.kill(self.running.pid, signal.SIGCONT)  # a stopped process takes no other signal
            self.kill()


def publish(settings: Settings, events: Iterable[ComplaintReceived | ReporterReplied]) -> None:
    """As a door would: keyed, into the topic of its lane, acknowledged."""
    records = [Record(settings.topics.received(event.lane), *encode(event, source=event.source)) for event in events]
    publish_records(settings, records)


def publish_records(settings: Settings, records: Sequence[Record]) -> None:
    """Any records, acknowledged."""
    publisher = Publisher(settings, "tests")
    try:
        for start in range(0, len(records), 1_000):
            publisher.publish(records[start : start + 1_000])
    finally:
        publisher.close()


def whole_topic(settings: Settings, topic: str) -> list[Any]:
    """Every record that is on it now, partition by partition, in order."""
    consumer = KafkaConsumer(
        **kafka_options(settings, "tests"), group_id=None, enable_auto_commit=False, max_partition_fetch_bytes=5_000_000
    )
    try:
        places = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic) or ())]
        consumer.assign(places)
        consumer.seek_to_beginning(*places)
        ends = consumer.end_offsets(places)
        records: list[Any] = []
        deadline = time.monotonic() + 60
        while any(consumer.position(place) < ends[place] for place in places):
            assert time.monotonic() < deadline, f"{topic} could not be read to its end"
            for batch in consumer.poll(timeout_ms=500).values():
                records.extend(batch)
        return sorted(records, key=lambda record: (record.partition, record.offset))
    finally:
        consumer.close()


def offsets(settings: Settings, stage: Stage, lane: Lane = Lane.ORDINARY) -> dict[int, Offsets]:
    """Committed and end offsets of a stage, as the broker holds them; waits for one that is not ready yet."""
    topics = settings.topics
    topic = topics.received(lane) if stage is Stage.CLASSIFY else topics.classified(lane)
    deadline = time.monotonic() + 30
    while True:
        try:
            with closing(KafkaAdminClient(**kafka_options(settings, "tests"))) as admin:
                return read_offsets(admin, settings.group(f"{stage.value}.{lane.value}"), topic)
        except KafkaError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def committed(settings: Settings, stage: Stage, lane: Lane = Lane.ORDINARY) -> int:
    """Records that a stage has committed, over all partitions."""
    return sum(place.committed for place in offsets(settings, stage, lane).values())


def caught_up(settings: Settings, stage: Stage, count: int, lane: Lane = Lane.ORDINARY) -> bool:
    """Whether a stage has committed at least `count` records, and all there are."""
    places = offsets(settings, stage, lane).values()
    return sum(place.committed for place in places) >= count and all(place.committed >= place.end for place in places)


def wait_until(condition: Callable[[], bool], seconds: float, what: str, every: float = 0.25) -> float:
    """Wait, and return how long it took; AssertionError that says what did not happen."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, f"not within {seconds:.0f} s: {what}"
        time.sleep(every)
    return time.monotonic() - began


def events_of(records: Iterable[Any], kind: type[Event]) -> list[Any]:
    """The events of one kind among the records, in order."""
    wanted = f"id.aduan.{kind.TYPE}".encode()
    return [kind.model_validate_json(record.value) for record in records if dict(record.headers)["ce_type"] == wanted]
