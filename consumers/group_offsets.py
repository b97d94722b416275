"""Committed offsets of a group that nobody is in: read, set, forgotten; so `consumers.reindex` starts a generation."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import structlog
from kafka import KafkaAdminClient, KafkaConsumer
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata, TopicPartition

from aduan.connections.options import kafka_options
from aduan.settings import Settings
from schemas.errors import UnavailableError

_log = structlog.get_logger(__name__)
_TIMEOUT_MS: Final = 10_000


def committed_offsets(settings: Settings, group: str) -> dict[int, int]:
    """partition of the log of cases -> the group's committed offset; where it has none, the oldest record's.

    Raises UnavailableError.
    """
    with _consumer(settings, group) as (consumer, partitions):
        oldest = consumer.beginning_offsets(partitions, timeout_ms=_TIMEOUT_MS)
        found = {}
        for one in partitions:
            committed = consumer.committed(one, timeout_ms=_TIMEOUT_MS)
            found[one.partition] = oldest[one] if committed is None else committed
        return found


def has_gap(settings: Settings, group: str) -> bool:
    """Whether the log no longer holds all that the group has not read, or it is not known how far it has.

    Kafka forgets the offsets of a group without members after some days. Raises UnavailableError.
    """
    with _consumer(settings, group) as (consumer, partitions):
        oldest = consumer.beginning_offsets(partitions, timeout_ms=_TIMEOUT_MS)
        return any((consumer.committed(one, timeout_ms=_TIMEOUT_MS) or 0) < oldest[one] for one in partitions)


def set_offsets(settings: Settings, group: str, offsets: Mapping[int, int]) -> None:
    """Commit these offsets for a group without members. Raises UnavailableError, also when it has members."""
    with _consumer(settings, group) as (consumer, partitions):
        consumer.assign(partitions)
        wanted = {one: OffsetAndMetadata(offsets[one.partition], "", -1) for one in partitions}
        consumer.commit(wanted, timeout_ms=_TIMEOUT_MS)


def forget_group(settings: Settings, group: str) -> None:
    """Delete an empty group and its offsets; one that is in use or gone already is left. Raises UnavailableError."""
    try:
        admin = KafkaAdminClient(**kafka_options(settings, "groups"))
    except KafkaError as error:
        raise UnavailableError(f"no Kafka broker answers ({type(error).__name__})") from error
    try:
        admin.delete_groups([group])
    except KafkaError as error:
        _log.info("group_left", group=group, error=type(error).__name__)
    finally:
        admin.close()


@contextmanager
def _consumer(settings: Settings, group: str) -> Iterator[tuple[KafkaConsumer, list[TopicPartition]]]:
    topic = settings.topics.cases
    try:
        consumer = KafkaConsumer(
            **kafka_options(settings, "offsets"), group_id=group, enable_auto_commit=False, metrics_enabled=False
        )
    except KafkaError as error:
        raise UnavailableError(f"no Kafka broker answers ({type(error).__name__})") from error
    try:
        numbers = consumer.partitions_for_topic(topic)
        if not numbers:
            raise UnavailableError(f"the topic {topic} does not exist: run `aduan setup`")
        yield consumer, [TopicPartition(topic, number) for number in sorted(numbers)]
    except KafkaError as error:
        raise UnavailableError(f"offsets of {group} can't be had ({type(error).__name__})") from error
    finally:
        consumer.close(autocommit=False, timeout_ms=2_000)
