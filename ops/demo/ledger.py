"""The ledger: every accepted complaint is exactly one document or at least one dead letter. Reads, changes nothing."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from elasticsearch import Elasticsearch
from kafka import KafkaConsumer, TopicPartition

from aduan.connections.options import kafka_options
from aduan.settings import Settings
from schemas.codec import decode, header
from schemas.errors import UnreadableError
from schemas.events import ComplaintReceived, DeadLetter
from schemas.topics import Lane

_QUIET_SECONDS: Final = 20
_PAGE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Ledger:
    """What was accepted, and where it ended."""

    accepted: dict[str, str] = field(default_factory=dict)
    documents: Counter[str] = field(default_factory=Counter)
    dead: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def by_channel(self) -> Counter[str]:
        """Accepted complaints by channel."""
        return Counter(self.accepted.values())

    @property
    def lost(self) -> list[str]:
        """Accepted ids that are neither a document nor a dead letter."""
        return [each for each in self.accepted if not self.documents[each] and not self.dead[each]]

    @property
    def doubled(self) -> list[str]:
        """Ids with more than one document."""
        return [each for each, count in self.documents.items() if count > 1]


def read_ledger(settings: Settings, client: Elasticsearch) -> Ledger:
    """Read the received topics, the dead letters and the index; the pipeline should be at rest."""
    topics = settings.topics
    accepted: dict[str, str] = {}
    for value, headers in _records(settings, [topics.received(lane) for lane in Lane]):
        if header(headers, "ce_type") == b"id.aduan.ComplaintReceived":
            try:
                event = decode(value, headers, (ComplaintReceived,))
            except UnreadableError:
                continue  # put in broken on purpose; it has a dead letter
            accepted[event.complaint_id] = event.channel.value
    dead: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for value, headers in _records(settings, [topics.dead_letter]):
        letter = decode(value, headers, (DeadLetter,))
        dead[letter.complaint_id] += 1
        reasons[letter.reason] += 1
    return Ledger(accepted, Counter(_document_ids(settings, client)), dead, reasons)


def _records(settings: Settings, topics: list[str]) -> Iterator[tuple[bytes | None, list[tuple[str, bytes]]]]:
    """Every record of these topics up to their ends as they are now."""
    consumer = KafkaConsumer(
        **kafka_options(settings, "ledger"), group_id=None, enable_auto_commit=False, metrics_enabled=False
    )
    try:
        partitions = [
            TopicPartition(topic, number) for topic in topics for number in consumer.partitions_for_topic(topic) or ()
        ]
        ends: dict[Any, int] = consumer.end_offsets(partitions)
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        deadline = time.monotonic() + _QUIET_SECONDS
        while any(consumer.position(each) < ends[each] for each in partitions) and time.monotonic() < deadline:
            for batch in consumer.poll(timeout_ms=500).values():
                deadline = time.monotonic() + _QUIET_SECONDS
                yield from ((record.value, list(record.headers)) for record in batch)
    finally:
        consumer.close()


def _document_ids(settings: Settings, client: Elasticsearch) -> Iterable[str]:
    """Ids of all documents, in pages; `search_after` on the id keeps memory bounded."""
    alias = settings.index("complaints")
    client.indices.refresh(index=alias)
    after: list[Any] | None = None
    while True:
        answer = client.search(
            index=alias, size=_PAGE, source=False, sort=[{"complaint_id": "asc"}], search_after=after
        )
        hits = answer["hits"]["hits"]
        if not hits:
            return
        yield from (hit["_id"] for hit in hits)
        after = hits[-1]["sort"]
