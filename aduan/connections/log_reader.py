"""Reading a topic of the flow in a consumer group, with offsets that follow effects; for every stage but Faust's.

One thread owns a reader. It reads a batch, has the effects made (by another thread if it likes), calls `keep_alive`
while it waits, and commits the batch when its effects are durable. Nothing is committed by itself (guarantee 4).
"""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import structlog
from kafka import ConsumerRebalanceListener, KafkaConsumer
from kafka.errors import (
    FencedInstanceIdError,
    GroupAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
)
from kafka.structs import OffsetAndMetadata, TopicPartition

from aduan.connections.options import kafka_options
from aduan.settings import Settings
from schemas.errors import AduanError, SettingsError, UnavailableError

_log = structlog.get_logger(__name__)
_COMMIT_TIMEOUT_MS = 10_000
_FETCH_BYTES = 2_000_000
"""Of one fetch; a larger record comes alone. Bounds, with `max_records`, how much memory a batch can take."""


class FencedError(AduanError):
    """Another process took this one's name in the group. End: the other one goes on."""


class LogRecord(NamedTuple):
    """One record as it was read."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Batch:
    """Records in offset order within each partition, and the assignment under which they were read."""

    records: list[LogRecord]
    assignment: int

    def ends(self) -> dict[tuple[str, int], int]:
        """(topic, partition) -> the offset to commit when every record's effect is durable."""
        return {(record.topic, record.partition): record.offset + 1 for record in self.records}


class LogReader:
    """A member of a consumer group on one topic.

    With `instance`, a name that is stable for this process (see `aduan.connections.membership`), a restarted process
    takes over at once after a kill -9. Raises UnavailableError when no broker answers; may be retried.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        topic: str,
        group: str,
        client: str,
        instance: str | None = None,
        max_records: int = 1_000,
    ) -> None:
        self.topic = topic
        self.group = group
        self._next: dict[TopicPartition, int] = {}
        self._next_assignment = 0
        self._watch = _Assignment()
        options: dict[str, Any] = kafka_options(settings, client)
        try:
            self._consumer = KafkaConsumer(
                **options,
                group_id=group,
                group_instance_id=instance,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                allow_auto_create_topics=False,
                max_poll_records=max_records,
                max_partition_fetch_bytes=_FETCH_BYTES // 2,
                fetch_max_bytes=_FETCH_BYTES,
                fetch_max_wait_ms=200,
                session_timeout_ms=int(settings.session_timeout * 1000),
                heartbeat_interval_ms=int(settings.session_timeout * 1000 / 5),
                max_poll_interval_ms=60_000,
                request_timeout_ms=15_000,
                metadata_max_age_ms=30_000,
                metrics_enabled=False,
            )
        except KafkaError as error:
            raise UnavailableError(f"no Kafka broker answers ({type(error).__name__})") from error
        self._watch.consumer = self._consumer
        self._consumer.subscribe([topic], listener=self._watch)

    @property
    def partitions(self) -> list[int]:
        """The partitions that are this process's now."""
        return sorted(partition.partition for partition in self._consumer.assignment())

    def read(self, timeout: float) -> Batch:
        """The next records, at most `max_records`, waiting up to `timeout` seconds; empty when there are none.

        A broker that is away gives empty batches. Raises FencedError or SettingsError (not allowed): end the process.
        """
        self._watch.hold(False)
        polled = self._poll(timeout)
        if self._next_assignment != self._watch.number:  # others may have read on meanwhile
            self._next_assignment = self._watch.number
            self._next.clear()
        records: list[LogRecord] = []
        for partition, found in polled.items():
            self._notice_gap(partition, found[0].offset)
            self._next[partition] = found[-1].offset + 1
            records.extend(
                LogRecord(one.topic, one.partition, one.offset, one.timestamp, one.key, one.value, one.headers)
                for one in found
            )
        return Batch(records, self._watch.number)

    def keep_alive(self, timeout: float = 0.1) -> None:
        """Stay in the group for up to `timeout` seconds without reading on.

        Call it at least every few seconds while effects are made or waited for, or rebalances wait for this member.
        """
        self._watch.hold(True)
        for partition, found in self._poll(timeout).items():
            self._consumer.seek(partition, found[0].offset)  # was fetched before the pause: read it again later

    def commit(self, batch: Batch) -> bool:
        """Commit a batch whose effects are durable; False when that failed or it is not ours any more.

        A failure loses nothing: a later commit covers it, or the batch is read again. A batch of an earlier assignment
        is not committed: whoever has its partitions now reads from the last commit, and a late one would set them back.
        Raises FencedError.
        """
        return self.commit_ends(batch.ends(), batch.assignment)

    def commit_ends(self, ends: dict[tuple[str, int], int], assignment: int) -> bool:
        """As `commit`, for some of a batch: (topic, partition) -> offset of the next record to read."""
        if not ends:
            return True
        if assignment != self._watch.number:
            return False
        offsets = {TopicPartition(*where): OffsetAndMetadata(end, "", -1) for where, end in ends.items()}
        try:
            self._consumer.commit(offsets, timeout_ms=_COMMIT_TIMEOUT_MS)
        except FencedInstanceIdError:
            raise FencedError(f"another process is {self.group}'s member of this name") from None
        except KafkaError as error:
            _log.warning("commit_failed", group=self.group, error=type(error).__name__)
            return False
        return True

    def lag(self) -> int:
        """Records between the last one read and the end of the partitions that are this process's."""
        assigned = list(self._consumer.assignment())
        try:
            ends = self._consumer.end_offsets(assigned, timeout_ms=_COMMIT_TIMEOUT_MS) if assigned else {}
            return sum(end - (self._consumer.position(one, timeout_ms=1_000) or 0) for one, end in ends.items())
        except KafkaError as error:
            raise UnavailableError(f"Kafka gives no offsets ({type(error).__name__})") from error

    def close(self) -> None:
        """Leave the group (a member with an `instance` keeps its place until the session times out)."""
        self._consumer.close(autocommit=False, timeout_ms=3_000)

    def _poll(self, timeout: float) -> dict[TopicPartition, list[Any]]:
        try:
            found: dict[TopicPartition, list[Any]] = self._consumer.poll(timeout_ms=int(timeout * 1000))
        except FencedInstanceIdError:
            raise FencedError(f"another process is {self.group}'s member of this name") from None
        except (GroupAuthorizationFailedError, TopicAuthorizationFailedError) as error:
            raise SettingsError(f"Kafka does not let {self.group} read {self.topic} ({type(error).__name__})") from None
        except KafkaError as error:
            _log.warning("poll_failed", group=self.group, error=type(error).__name__)
            time.sleep(min(timeout, 0.5))
            return {}
        return found

    def _notice_gap(self, partition: TopicPartition, offset: int) -> None:
        expected = self._next.get(partition)
        if expected is not None and offset > expected:
            # Nobody deletes from the middle: retention passed over what was not read yet.
            _log.error("records_missing", topic=partition.topic, partition=partition.partition, count=offset - expected)


class _Assignment(ConsumerRebalanceListener):  # type: ignore[misc] # kafka-python ships no types
    """Counts the assignments, and pauses partitions that arrive while their owner waits.

    Its `on_…` methods run in the consumer's own thread and must not block.
    """

    def __init__(self) -> None:
        self.consumer: KafkaConsumer | None = None
        self.number = 0
        self._held = False
        self._lock = threading.Lock()

    def hold(self, held: bool) -> None:
        """Pause or resume what is assigned now and what will be."""
        with self._lock:
            if self.consumer is None:
                return
            assigned = self.consumer.assignment()
            if held:
                self.consumer.pause(*assigned)
            elif self._held:
                self.consumer.resume(*assigned)
            self._held = held

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Batches read until now may not be committed any more."""
        del revoked
        self.number += 1

    def on_partitions_lost(self, lost: Iterable[TopicPartition]) -> None:
        """As revoked: the group went on without this member."""
        self.on_partitions_revoked(lost)

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Nothing is read from them while their owner waits."""
        self.number += 1
        with self._lock:
            if self._held and self.consumer is not None:
                self.consumer.pause(*assigned)
