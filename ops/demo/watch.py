"""The live view: how many complaints each stage has seen, straight from the broker's offsets and the index."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from elasticsearch import Elasticsearch
from kafka import KafkaConsumer, TopicPartition
from rich.progress_bar import ProgressBar
from rich.table import Table

from aduan.connections.options import kafka_options
from aduan.settings import Settings
from consumers.search_engine import search_client
from ops.lag import LagMeter, PartitionLag
from ops.stages import current_stages
from schemas.topics import Lane


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Counts of one moment."""

    received: int
    classified: int
    log: int
    documents: int
    dead: int
    lags: tuple[PartitionLag, ...]

    @property
    def lag(self) -> int:
        """Messages that wait in all stages together."""
        return sum(each.lag for each in self.lags)


class Watcher:
    """Takes snapshots over its own connections; closed with `with`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._meter = LagMeter(settings)
        self._consumer = KafkaConsumer(**kafka_options(settings, "watch"), group_id=None, metrics_enabled=False)
        self.client: Elasticsearch = search_client(settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._meter.close()
        self._consumer.close()
        self.client.close()

    def snapshot(self) -> Snapshot:
        """Counts as they are now."""
        topics = self._settings.topics
        return Snapshot(
            received=self._count([topics.received(lane) for lane in Lane]),
            classified=self._count([topics.classified(lane) for lane in Lane]),
            log=self._count([topics.cases]),
            documents=int(self.client.count(index=self._settings.index("complaints"))["count"]),
            dead=self._count([topics.dead_letter]),
            lags=tuple(self._meter.measure(current_stages(self._settings))),
        )

    def _count(self, topics: Sequence[str]) -> int:
        partitions = [
            TopicPartition(topic, number)
            for topic in topics
            for number in self._consumer.partitions_for_topic(topic) or ()
        ]
        starts = self._consumer.beginning_offsets(partitions)
        return sum(end - starts[each] for each, end in self._consumer.end_offsets(partitions).items())


def stages_table(shot: Snapshot, sent: int, total: int) -> Table:
    """The view: one bar a stage."""
    table = Table(box=None, padding=(0, 1), show_header=False)
    table.add_column(width=30)
    table.add_column(width=42)
    table.add_column(justify="right", width=8)
    rows = (
        ("doors said yes", sent),
        ("complaints.received", shot.received),
        ("complaints.classified", shot.classified),
        ("complaints.cases (the log)", shot.log),
        ("search index", shot.documents),
    )
    for name, count in rows:
        table.add_row(name, ProgressBar(total=total, completed=min(count, total), width=40), f"{count:,}")
    table.add_row("dead letters", "", f"{shot.dead:,}")
    table.add_row("messages that wait (lag)", "", f"{shot.lag:,}")
    return table
