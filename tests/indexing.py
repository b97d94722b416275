"""The indexer in tests: started and ended, its group watched, its indexes and the log compared."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from elasticsearch import Elasticsearch
from kafka import KafkaConsumer, TopicPartition

from aduan.case import apply
from aduan.connections.options import kafka_options
from aduan.keyring import Keyring
from aduan.settings import Settings
from consumers.group_offsets import committed_offsets, set_offsets
from consumers.index import ensure_indexes, indexer_group
from consumers.indexer import CASE_EVENTS
from consumers.indexing import IndexingProcess
from consumers.search_engine import search_client
from ops.topics import ensure_topics
from schemas.codec import decode
from schemas.documents import CaseDocument, Position
from schemas.errors import InvalidError, UnavailableError


def set_up(settings: Settings) -> None:
    """Topics and indexes of an installation."""
    ensure_topics(settings)
    with search_client(settings) as client:
        ensure_indexes(settings, client)


def keyring_of(settings: Settings) -> Keyring:
    """The keyring that the processes of this installation use."""
    return Keyring(settings.data_dir / "keyring")


@contextmanager
def indexing(settings: Settings) -> Iterator[IndexingProcess]:
    """The indexer in a thread while the block runs; what ended it is raised at the end."""
    process = IndexingProcess(settings, threading.Event())
    ended: list[BaseException] = []

    def serve() -> None:
        try:
            process.serve()
        except BaseException as error:  # noqa: BLE001 - handed to the test below
            ended.append(error)

    thread = threading.Thread(target=serve, name="indexer")
    thread.start()
    try:
        yield process
    finally:
        process.stop.set()
        thread.join(30)
    assert not thread.is_alive(), "the indexer did not end"
    if ended:
        raise ended[0]


def wait_until(condition: Callable[[], bool], within: float = 60.0, every: float = 0.2) -> None:
    """Return as soon as the condition holds; fail when it does not in time."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"not within {within} s: {condition}"
        time.sleep(every)


def log_ends(settings: Settings) -> dict[int, int]:
    """partition -> end offset of the log of cases."""
    consumer = KafkaConsumer(**kafka_options(settings, "tests"))
    try:
        topic = settings.topics.cases
        partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
        return {where.partition: end for where, end in consumer.end_offsets(partitions).items()}
    finally:
        consumer.close()


def lag(settings: Settings, generation: int = 1) -> int:
    """Records on the log that the generation's group has not committed."""
    committed = committed_offsets(settings, indexer_group(settings, generation))
    return sum(end - committed[partition] for partition, end in log_ends(settings).items())


def wait_indexed(settings: Settings, generation: int = 1, within: float = 120.0) -> None:
    """Return when the generation's group has committed the whole log."""
    wait_until(lambda: lag(settings, generation) == 0, within, every=0.5)


def rewind(settings: Settings, generation: int = 1) -> None:
    """Set the group of a stopped indexer back to the beginning of the log, when its session has timed out."""
    zero = dict.fromkeys(log_ends(settings), 0)

    def done() -> bool:
        try:
            set_offsets(settings, indexer_group(settings, generation), zero)
        except UnavailableError:
            return False  # a static member keeps its place for a while after it ended
        return True

    wait_until(done, 30)


class Stored(NamedTuple):
    """A document with what changes at every write."""

    source: dict[str, Any]
    version: int
    seq_no: int


def stored(client: Elasticsearch, index: str) -> dict[str, Stored]:
    """id -> document, of a whole index."""
    client.indices.refresh(index=index)
    found: dict[str, Stored] = {}
    after: list[Any] | None = None
    while True:
        hits = client.search(
            index=index,
            query={"match_all": {}},
            sort=["_seq_no"],
            size=2_000,
            version=True,
            seq_no_primary_term=True,
            search_after=after,
        ).body["hits"]["hits"]
        for hit in hits:
            found[hit["_id"]] = Stored(hit["_source"], hit["_version"], hit["_seq_no"])
        if not hits:
            return found
        after = hits[-1]["sort"]


def read_cases(settings: Settings) -> Iterator[tuple[int, int, bytes | None, list[tuple[str, bytes]]]]:
    """(partition, offset, value, headers) of the whole log, in order within each partition."""
    consumer = KafkaConsumer(**kafka_options(settings, "tests"), auto_offset_reset="earliest")
    try:
        topic = settings.topics.cases
        for number in sorted(consumer.partitions_for_topic(topic) or ()):
            where = TopicPartition(topic, number)
            consumer.assign([where])
            end = consumer.end_offsets([where])[where]
            deadline = time.monotonic() + 60
            while consumer.position(where) < end:
                for records in consumer.poll(timeout_ms=200).values():
                    yield from ((number, one.offset, one.value, one.headers) for one in records)
                assert time.monotonic() < deadline, "the log could not be read in time"
    finally:
        consumer.close()


def folded_log(settings: Settings) -> dict[str, CaseDocument]:
    """The documents that the log makes by itself: an independent fold of every record that can be applied."""
    cases: dict[str, CaseDocument] = {}
    for partition, offset, value, headers in read_cases(settings):
        try:
            event = decode(value, headers, CASE_EVENTS)
            position = Position(epoch=settings.epoch, partition=partition, offset=offset)
            cases[event.complaint_id] = apply(cases.get(event.complaint_id), event, position)
        except InvalidError:
            continue
    return cases


def assert_index_is_the_fold_of_the_log(settings: Settings, client: Elasticsearch, index: str) -> int:
    """Compare every document with the log's fold, positions and events too; returns how many there are."""
    expected = folded_log(settings)
    found = {one: CaseDocument.model_validate(it.source) for one, it in stored(client, index).items()}
    assert found.keys() == expected.keys()
    different = [one for one, case in expected.items() if found[one] != case]
    assert not different, f"{len(different)} of {len(expected)} documents differ, e.g. {different[0]}"
    return len(found)


def ids(items: Iterable[str]) -> set[str]:
    """Complaint ids of the originals in `reporters`: a reply's id is the complaint's and its own."""
    return {item.partition(".")[0] for item in items}
