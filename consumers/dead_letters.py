"""Looking through the dead letters and publishing their originals again; `aduan dead-letters` is the hand that does it.

The topic is read once, from its beginning to its end as of now, without a group. Nothing grows with it in memory: what
a replay needs is sorted in a temporary file, which holds the originals as sealed as the topic does.
"""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

import structlog
from kafka import KafkaConsumer
from kafka.errors import KafkaError
from kafka.structs import TopicPartition

from aduan.connections.options import kafka_options
from aduan.connections.publisher import Publisher, Record
from aduan.dead_letters import coordinates, open_original
from aduan.keyring import Keyring
from aduan.settings import Settings
from schemas.codec import decode
from schemas.errors import InvalidError, Reason, UnavailableError
from schemas.events import CaseOpened, DeadLetter

_log = structlog.get_logger(__name__)
_POLL_MS: Final = 500
_SILENT_POLLS: Final = 40
_PUBLISHED_AT_ONCE: Final = 100
T = TypeVar("T")
REPLAYED_FROM: Final = "aduan_replayed_from"
"""Header of a replayed record: the coordinates of its dead letter. Readers ignore it; people don't."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which dead letters are meant: those with this reason and one of these names; all when neither is given."""

    reason: Reason | None = None
    names: frozenset[str] = frozenset()
    """Event ids, `topic/partition/offset` of the original, or the same with `/group`."""

    def takes(self, letter: DeadLetter) -> bool:
        """Whether a letter is meant. Pure."""
        if self.reason is not None and letter.reason != self.reason.value:
            return False
        return not self.names or not self.names.isdisjoint(names_of(letter))


def names_of(letter: DeadLetter) -> set[str]:
    """The names that an operator may call a letter by. Pure."""
    where = f"{letter.topic}/{letter.partition}/{letter.offset}"
    return {letter.event_id, where, f"{where}/{letter.group}"}


def read_letters(settings: Settings) -> Iterator[DeadLetter]:
    """Every dead letter from the oldest to the end as of now; what can't be read itself is skipped and logged.

    Raises UnavailableError when Kafka is away or falls silent.
    """
    topic = settings.topics.dead_letter
    with _consumer(settings) as consumer:
        numbers = consumer.partitions_for_topic(topic) or set()
        partitions = [TopicPartition(topic, number) for number in sorted(numbers)]
        if not partitions:
            raise UnavailableError(f"the topic {topic} does not exist: run `aduan setup`")
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        ends = consumer.end_offsets(partitions)
        silent = 0
        while any(consumer.position(one) < ends[one] for one in partitions):
            found = consumer.poll(timeout_ms=_POLL_MS)
            silent = 0 if found else silent + 1
            if silent > _SILENT_POLLS:
                raise UnavailableError("Kafka gives no more dead letters, though there are some")
            for partition, records in found.items():
                for record in records:
                    if record.offset < ends[partition]:
                        yield from _letter(record.value, record.headers, record.offset)


def _letter(value: bytes | None, headers: list[tuple[str, bytes]], offset: int) -> Iterator[DeadLetter]:
    try:
        yield decode(value, headers, (DeadLetter,))
    except InvalidError as error:
        _log.warning("dead_letter_unreadable", offset=offset, reason=error.reason)


@contextmanager
def _consumer(settings: Settings) -> Iterator[KafkaConsumer]:
    try:
        consumer = KafkaConsumer(
            **kafka_options(settings, "dead-letters"),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            allow_auto_create_topics=False,
            max_partition_fetch_bytes=5_000_000,
            fetch_max_bytes=10_000_000,
            metrics_enabled=False,
        )
    except KafkaError as error:
        raise UnavailableError(f"no Kafka broker answers ({type(error).__name__})") from error
    try:
        yield consumer
    except KafkaError as error:
        raise UnavailableError(f"the dead letters can't be read ({type(error).__name__})") from error
    finally:
        consumer.close(autocommit=False, timeout_ms=2_000)


class Replay(NamedTuple):
    """What a replay did, or with `--dry-run` would do."""

    published: int
    unsealable: int
    blocked_along: int
    """Of `published`: letters that came along because the opening of their case was replayed."""


def replay(settings: Settings, keyring: Keyring, publisher: Publisher, wanted: Wanted, *, dry_run: bool) -> Replay:
    """Publish the originals of these dead letters again: same topic, partition, key, value and headers.

    A replayed opening takes the blocked events of its case along, in their order (guarantee 6). A record that several
    groups or tries could not read is published once. Effects are idempotent, so a replay may be repeated. Raises
    UnavailableError: some may have been published.
    """
    with tempfile.TemporaryDirectory(prefix="aduan-replay-") as folder, closing(_Sorted(Path(folder))) as letters:
        for letter in read_letters(settings):
            letters.add(letter, wanted=wanted.takes(letter))
        published = unsealable = along = 0
        for some in _chunks(letters.in_order(), _PUBLISHED_AT_ONCE):
            records = []
            for letter, was_wanted in some:
                try:
                    records.append(original_record(keyring, letter))
                except InvalidError:
                    _log.warning("replay_unsealable", where=_where(letter))
                    unsealable += 1
                    continue
                along += not was_wanted
                if not dry_run:
                    _log.info("replays", where=_where(letter), reason=letter.reason)
            if not dry_run:
                publisher.publish(records)  # in this order: the producer is idempotent, so a partition keeps it
            published += len(records)
        return Replay(published, unsealable, along)


def _chunks(items: Iterator[T], size: int) -> Iterator[list[T]]:
    while some := list(islice(items, size)):
        yield some


def original_record(keyring: Keyring, letter: DeadLetter) -> Record:
    """The record to publish for a letter; raises InvalidError(UNSEALABLE) when its key was destroyed."""
    original = open_original(keyring, letter)
    # An empty header value stands for a missing one: no reader of ours tells them apart.
    headers = [(name, value or b"") for name, value in original.headers if name != REPLAYED_FROM]
    headers.append((REPLAYED_FROM, _where(letter).encode()))
    return Record(letter.topic, original.key, original.value, headers, letter.partition)


def _where(letter: DeadLetter) -> str:
    return coordinates(letter.group, letter.topic, letter.partition, letter.offset)


class _Sorted:
    """Dead letters in a temporary file, one for each original record, to be read in the order of the originals."""

    def __init__(self, folder: Path) -> None:
        self._db = sqlite3.connect(folder / "letters.sqlite", isolation_level=None)
        self._db.execute("PRAGMA journal_mode=OFF")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.execute(
            "CREATE TABLE letters (topic, part, off, complaint, opening, blocked, wanted, body, "
            "PRIMARY KEY (topic, part, off)) WITHOUT ROWID"
        )

    def add(self, letter: DeadLetter, *, wanted: bool) -> None:
        """Keep a letter that is wanted, or blocked and so possibly needed."""
        blocked = letter.reason == Reason.BLOCKED.value
        if not wanted and not blocked:
            return
        self._db.execute(
            "INSERT INTO letters VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
            "wanted = max(wanted, excluded.wanted), blocked = max(blocked, excluded.blocked)",
            (
                letter.topic,
                letter.partition,
                letter.offset,
                letter.complaint_id,
                letter.event_type == CaseOpened.TYPE,
                blocked,
                wanted,
                letter.model_dump_json(),
            ),
        )

    def in_order(self) -> Iterator[tuple[DeadLetter, bool]]:
        """(letter, whether it was wanted itself), ordered by topic, partition and offset of the original."""
        self._db.execute(
            "CREATE TABLE opened AS SELECT DISTINCT complaint FROM letters WHERE wanted AND opening AND NOT blocked"
        )
        rows = self._db.execute(
            "SELECT body, wanted FROM letters WHERE wanted OR complaint IN (SELECT complaint FROM opened) "
            "ORDER BY topic, part, off"
        )
        for body, wanted in rows:
            yield DeadLetter.model_validate_json(body), bool(wanted)

    def close(self) -> None:
        """Forget them."""
        self._db.close()
