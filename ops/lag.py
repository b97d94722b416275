"""How far behind each stage is: per partition the committed offset, the end of the log, and the lag.

Read from the broker alone, so that it is right when a stage is dead. Used by `aduan lag`, /metrics, the demo and tests.
"""

import time
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

from aduan.connections.options import kafka_options
from aduan.settings import Settings
from ops.stages import Stage, current_stages
from schemas.errors import UnavailableError

_TIMEOUT_MS: Final = 5_000
_OLDEST_SECONDS: Final = 3.0
"""Longest wait for the oldest unread records of one round; a lag without an age is shown as unknown."""


@dataclass(frozen=True, slots=True)
class PartitionLag:
    """How far behind one group is on one partition.

    `committed` is None when the group never committed there: it then counts from the beginning. `seconds` is the age of
    the oldest unread record, 0 when there is none, and None when the broker did not hand it over in time.
    """

    stage: str
    group: str
    topic: str
    partition: int
    committed: int | None
    end: int
    lag: int
    seconds: float | None


class Standing(NamedTuple):
    """Where a group stands on a partition, as the broker says."""

    stage: Stage
    partition: TopicPartition
    committed: int | None
    start: int
    end: int

    @property
    def next(self) -> int:
        """Offset of the next record that the group will read; records that retention took are not behind."""
        return self.start if self.committed is None else max(self.committed, self.start)


def partition_lag(standing: Standing, oldest_ms: int | None, now: float) -> PartitionLag:
    """The lag of one partition from where the group stands and the timestamp of its oldest unread record."""
    lag = max(0, standing.end - standing.next)
    seconds = 0.0 if lag == 0 else None if oldest_ms is None else max(0.0, now - oldest_ms / 1000)
    return PartitionLag(
        stage=standing.stage.name,
        group=standing.stage.group,
        topic=standing.partition.topic,
        partition=standing.partition.partition,
        committed=standing.committed,
        end=standing.end,
        lag=lag,
        seconds=seconds,
    )


class Allowed(NamedTuple):
    """How far behind a partition may be; None is no limit."""

    messages: int | None = 0
    seconds: float | None = None

    @classmethod
    def of(cls, messages: int | None, seconds: float | None) -> Self:
        """The limits given; with none of them, nothing may be unread."""
        return cls(0 if messages is None and seconds is None else messages, seconds)


def is_behind(lags: Iterable[PartitionLag], allowed: Allowed) -> bool:
    """Whether any partition is further behind than allowed; an unknown age counts as too old."""
    return any(
        (allowed.messages is not None and lag.lag > allowed.messages)
        or (allowed.seconds is not None and (lag.seconds is None or lag.seconds > allowed.seconds))
        for lag in lags
    )


class LagMeter(AbstractContextManager["LagMeter"]):
    """Measures again and again over one connection. Not thread-safe.

    Raises UnavailableError when the broker does not answer or a topic is missing; may be retried.
    """

    def __init__(self, settings: Settings) -> None:
        options: dict[str, Any] = kafka_options(settings, "lag") | {"request_timeout_ms": _TIMEOUT_MS}
        try:
            self._admin = KafkaAdminClient(**options)
            self._consumer = KafkaConsumer(
                **options,
                group_id=None,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                allow_auto_create_topics=False,
                max_partition_fetch_bytes=1,  # the broker hands over one batch all the same
                max_poll_records=100_000,
                fetch_max_wait_ms=100,
                metrics_enabled=False,
            )
        except KafkaError as error:
            raise UnavailableError(f"no Kafka broker answers ({type(error).__name__})") from error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __enter__(self) -> Self:
        return self

    def close(self) -> None:
        """Close both connections."""
        self._consumer.close(timeout_ms=1_000)
        self._admin.close()

    def measure(self, stages: Sequence[Stage]) -> list[PartitionLag]:
        """The lag of every stage and partition, in the order of the stages."""
        patience = Retrying(  # a broker that has just started, or never had a group, needs a moment
            retry=retry_if_exception(lambda error: isinstance(error, KafkaError) and error.retriable),
            wait=wait_random_exponential(multiplier=0.1, max=1),
            stop=stop_after_delay(_TIMEOUT_MS / 1000),
            reraise=True,
        )
        try:
            standings = patience(self._standings, stages)
            oldest = self._oldest([standing for standing in standings if standing.end > standing.next])
        except (KafkaError, AssertionError) as error:
            raise UnavailableError(f"the lag can't be measured ({type(error).__name__})") from error
        now = time.time()
        return [partition_lag(standing, oldest.get(standing), now) for standing in standings]

    def _standings(self, stages: Sequence[Stage]) -> list[Standing]:
        partitions = {stage: self._partitions(stage.topic) for stage in stages}
        every = sorted({partition for found in partitions.values() for partition in found})
        committed = self._admin.list_group_offsets({stage.group: found for stage, found in partitions.items()})
        # The ends are read after the commits: a lag is never negative, and never hides what came in between.
        starts = self._consumer.beginning_offsets(every, timeout_ms=_TIMEOUT_MS)
        ends = self._consumer.end_offsets(every, timeout_ms=_TIMEOUT_MS)
        return [
            Standing(
                stage, partition, _offset(committed[stage.group].get(partition)), starts[partition], ends[partition]
            )
            for stage, found in partitions.items()
            for partition in found
        ]

    def _partitions(self, topic: str) -> list[TopicPartition]:
        numbers = self._consumer.partitions_for_topic(topic)
        if not numbers:
            raise UnavailableError(f"there is no topic {topic}; run: aduan setup")
        return [TopicPartition(topic, number) for number in sorted(numbers)]

    def _oldest(self, standings: Sequence[Standing]) -> dict[Standing, int]:
        """Timestamp of the first unread record of each; one round of fetches per group that reads a topic."""
        left, found = list(standings), {}
        while left:
            round_ = {standing.partition: standing for standing in left}
            left = [standing for standing in left if round_[standing.partition] is not standing]
            found.update(self._first_records(round_))
        return found

    def _first_records(self, asked: dict[TopicPartition, Standing]) -> dict[Standing, int]:
        self._consumer.assign(list(asked))
        for partition, standing in asked.items():
            self._consumer.seek(partition, standing.next)
        found: dict[Standing, int] = {}
        deadline = time.monotonic() + _OLDEST_SECONDS
        while len(found) < len(asked) and time.monotonic() < deadline:
            for partition, records in self._consumer.poll(timeout_ms=200).items():
                if records and asked[partition] not in found:
                    found[asked[partition]] = records[0].timestamp
                    self._consumer.pause(partition)
        self._consumer.unsubscribe()
        return found


def measure(settings: Settings) -> list[PartitionLag]:
    """The lag of all stages of this installation, once. Errors as LagMeter."""
    with LagMeter(settings) as meter:
        return meter.measure(current_stages(settings))


def _offset(committed: OffsetAndMetadata | None) -> int | None:
    return None if committed is None or committed.offset < 0 else int(committed.offset)
