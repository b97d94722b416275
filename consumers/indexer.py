"""The indexer: complaints.cases to the search engine, one generation at a time.

One thread reads, decodes and works out the next batch while another one makes the effects of the last (documents,
originals, dead letters). Offsets are committed in order, after the effects (guarantees 3 to 8).
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, NamedTuple

import structlog
from elasticsearch import Elasticsearch

from aduan.connections.log_reader import Batch, LogReader
from aduan.connections.patience import Patience
from aduan.connections.publisher import Publisher, Record
from aduan.keyring import Keyring
from aduan.settings import Settings
from consumers.case_writer import CaseWriter, Prepared
from consumers.folding import Placed, Rejected
from consumers.index import Generation, indexer_group, reporters_index
from consumers.kept_generations import KeptGenerations, words_dropped
from consumers.letters import letter_of
from consumers.poison import PoisonError, find_run
from consumers.writer import Writer
from schemas.codec import decode
from schemas.documents import Position
from schemas.errors import InvalidError, Reason, UnavailableError
from schemas.events import (
    CaseAcknowledged,
    CaseContinued,
    CaseEscalated,
    CaseEvent,
    CaseOpened,
    CaseReclassified,
    CaseReopened,
    CaseResolved,
    CaseTransferred,
    ReplyAdded,
    ReporterErased,
)

_log = structlog.get_logger(__name__)
SOURCE: Final = "/consumers/indexer"
CASE_EVENTS: Final[tuple[type[CaseEvent], ...]] = (
    CaseOpened,
    ReplyAdded,
    CaseReclassified,
    CaseTransferred,
    CaseAcknowledged,
    CaseEscalated,
    CaseResolved,
    CaseReopened,
    CaseContinued,
    ReporterErased,
)
_NO_FIT: Final = frozenset({Reason.BLOCKED, Reason.CONFLICT})
"""Readable, but not for this case: anyone with a receipt can send many replies to a case that is a dead letter."""
_IDLE_SECONDS: Final = 0.5
_BUSY_SECONDS: Final = 0.02


class Work(NamedTuple):
    """A batch, decoded and worked out."""

    batch: Batch
    prepared: Prepared
    unreadable: list[Rejected]


class Effects(NamedTuple):
    """What a batch's effects came to: what may be committed, and whether the stage must stop after it."""

    ends: dict[tuple[str, int], int]
    carried: int
    poisoned: bool


def _is_invalid(rejected: Rejected | None) -> bool | None:
    """Whether it speaks for a bad deploy or against one; None for an event that only doesn't fit its case."""
    if rejected is None:
        return False
    return None if rejected.reason in _NO_FIT else True


class Indexer:
    """A process's part in writing one generation. Made and used by one thread."""

    def __init__(
        self,
        settings: Settings,
        live: Generation,
        *,
        client: Elasticsearch,
        publisher: Publisher,
        keyring: Keyring,
        patience: Patience,
    ) -> None:
        self._settings = settings
        self._publisher = publisher
        self._keyring = keyring
        self._patience = patience
        self._live = live
        self._group = indexer_group(settings, live.number)
        self._cases = CaseWriter(
            Writer(client, patience),
            keyring,
            patience,
            complaints=live.index,
            reporters=reporters_index(settings),
        )
        self._kept = KeptGenerations(settings, client, patience, written=live)
        self._run_of_invalid = 0
        self.indexed = 0
        self.dead_letters = 0

    def run(self, reader: LogReader, done: Callable[[], bool]) -> None:
        """Index until `done()` or the process is told to stop; what is under way is finished and committed first.

        Raises PoisonError for a run of invalid messages, FencedError when another process took this one's name.
        """
        work: Work | None = None
        under_way: tuple[Work, Future[Effects]] | None = None
        with ThreadPoolExecutor(1, "effects") as effects:
            while not self._patience.stop.is_set() and not done():
                if work is None:
                    work = self._read(reader, _IDLE_SECONDS if under_way is None else _BUSY_SECONDS)
                if under_way is not None and (work is not None or under_way[1].done()):
                    self._finish(reader, *under_way)
                    under_way = None
                if under_way is None and work is not None:
                    under_way = (work, effects.submit(self._make_effects, work))
                    work = None
            if under_way is not None:
                self._finish(reader, *under_way)

    def _read(self, reader: LogReader, timeout: float) -> Work | None:
        batch = reader.read(timeout)
        if not batch.records:
            return None
        placed: list[Placed] = []
        unreadable: list[Rejected] = []
        for record in batch.records:
            try:
                event = decode(record.value, record.headers, CASE_EVENTS)
            except InvalidError as error:
                unreadable.append(Rejected(record, error.reason))
            else:
                position = Position(epoch=self._settings.epoch, partition=record.partition, offset=record.offset)
                placed.append(Placed(event, position, record))
        return Work(batch, self._cases.prepare(placed), unreadable)

    def _make_effects(self, work: Work) -> Effects:
        """In the other thread: documents and originals, then the dead letters of what could not be applied."""
        rejected = work.unreadable + self._cases.apply(work.prepared)
        self._kept.forget(words_dropped(one.event for events in work.prepared.others.values() for one in events))
        records = work.batch.records
        reasons = {(one.record.partition, one.record.offset): one for one in rejected}
        invalid = [_is_invalid(reasons.get((record.partition, record.offset))) for record in records]
        run = find_run(invalid, self._run_of_invalid, self._settings.poison_limit)
        settled = records if run.stops_at is None else records[: run.stops_at]
        letters = [reasons[where] for one in settled if (where := (one.partition, one.offset)) in reasons]
        self._publish(letters)
        self.indexed += len(settled) - len(letters)
        self.dead_letters += len(letters)
        ends = Batch(settled, work.batch.assignment).ends()
        return Effects(ends, run.carried, poisoned=run.stops_at is not None)

    def _publish(self, letters: Sequence[Rejected]) -> None:
        if not letters:
            return
        for one in letters:
            record = one.record
            _log.warning("dead_letter", reason=one.reason, partition=record.partition, offset=record.offset)
        records = self._patience.until_done(lambda: [self._dead_letter(one) for one in letters])
        self._patience.until_done(lambda: self._publisher.publish(records))

    def _dead_letter(self, rejected: Rejected) -> Record:
        return letter_of(
            rejected.record,
            rejected.reason,
            settings=self._settings,
            keyring=self._keyring,
            group=self._group,
            source=SOURCE,
        )

    def _finish(self, reader: LogReader, work: Work, effects: "Future[Effects]") -> None:
        """Wait for a batch's effects, staying in the group, and commit it."""
        while True:
            try:
                made = effects.result(timeout=1.0)
                break
            except TimeoutError:
                reader.keep_alive()
            except UnavailableError:
                if self._patience.stop.is_set():
                    return  # told to stop while waiting: the batch is read again by whoever comes next
                raise
        reader.commit_ends(made.ends, work.batch.assignment)
        self._run_of_invalid = made.carried
        if made.poisoned:
            raise PoisonError(
                f"more than {self._settings.poison_limit} invalid messages in a row on {self._settings.topics.cases}: "
                "probably a writer or this reader was deployed with a fault. Nothing of the run is lost or committed: "
                "correct it and start again, or raise ADUAN_POISON_LIMIT to turn the run into dead letters"
            )
