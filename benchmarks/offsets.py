"""Where consumer groups stand, asked of the broker cheaply and often: `aduan lag` asks for more than this needs."""

from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient

from aduan.connections.options import kafka_options
from aduan.settings import Settings


class Offsets(AbstractContextManager["Offsets"]):
    """Committed offsets and ends of logs, summed over the partitions."""

    def __init__(self, settings: Settings) -> None:
        self._admin = KafkaAdminClient(**kafka_options(settings, "bench-admin"))
        self._consumer = KafkaConsumer(**kafka_options(settings, "bench-ends"))
        self._partitions = [*range(settings.partitions)]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._consumer.close()
        self._admin.close()

    def committed(self, group: str, topic: str) -> int:
        """Records that the group has done with; 0 before its first commit."""
        asked = [TopicPartition(topic, number) for number in self._partitions]
        found = self._admin.list_group_offsets({group: asked}).get(group, {})
        return sum(max(0, found[one].offset) for one in asked if one in found and found[one] is not None)

    def end(self, topic: str) -> int:
        """Records that were ever put on a topic."""
        numbers = sorted(self._consumer.partitions_for_topic(topic) or ())
        ends = self._consumer.end_offsets([TopicPartition(topic, number) for number in numbers])
        return sum(ends.values())
