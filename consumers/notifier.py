"""The notifier: tells each reporter once that their case is open, by the channel that it came by.

Reads complaints.cases in a group of its own and decodes openings and erasures only. An offset is committed only after
the mail server or platform took the answer, or refused it for good; one that is away holds commits, not the reading of
others. An address that takes nothing while others do holds neither: its answer is parked on disk (`consumers.parked`)
and becomes a dead letter in the end. Answers go at least once, recognisable by a Message-ID that derives from the case
(guarantee 3); a file of what was acknowledged keeps a replay of the log from writing to anybody twice. Who was erased
is not written to: erasures are read from the log, and for an opening that waited the index is asked.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import orjson
import structlog
from prometheus_client import Counter

from aduan.acknowledgement import MAIL, Answering, acknowledge, mail_of, way_to, why_silent
from aduan.connections.log_reader import LogRecord
from aduan.connections.patience import Patience
from aduan.keyring import Keyring
from aduan.privacy import Purpose, unseal_model
from consumers.commit_line import CommitLine, Where
from consumers.erased import Erased
from consumers.notified import Notified
from consumers.outbox import Outbox, Outcome
from consumers.parked import Parked, Waiting
from consumers.skim_reader import Skimmed, SkimReader
from schemas.codec import Headers, decode
from schemas.content import ReplyPath, Reporter
from schemas.errors import InvalidError, UnavailableError
from schemas.events import CaseOpened, Event, ReporterErased

_log = structlog.get_logger(__name__)
_ANSWERS = Counter("aduan_acknowledgements", "Acknowledgements by channel and outcome.", ["channel", "what"])
_TAKEN: Final = (CaseOpened, ReporterErased)
_TAKEN_TYPES: Final = frozenset(f"id.aduan.{event.TYPE}".encode() for event in _TAKEN)
_COMMIT_SECONDS: Final = 1.0
_PARKED_SECONDS: Final = 2.0
_PARKED_AT_ONCE: Final = 100
_FRESH: Final = timedelta(seconds=60)
"""Nobody was erased before the index had the case: for an opening so young it need not be asked."""
_MOST_WAITING: Final = 5_000
"""With so many answers waiting, reading waits too: memory stays bounded while a server is away."""


def concerns_us(headers: Headers) -> bool:
    """Whether a record is an opening or an erasure, by its header."""
    return any(name == "ce_type" and value in _TAKEN_TYPES for name, value in headers)


Opening = tuple[LogRecord, CaseOpened]
GivesUp = Callable[[LogRecord], None]
"""Make an answer that nobody took a dead letter; returns when it is durable, raises UnavailableError."""


@dataclass(slots=True)
class _Owed:
    """An answer on its way: its opening, and the places on the log that wait for it.

    A list: an opening may stand on the log twice, and each of its offsets waits for the one answer.
    """

    record: LogRecord
    channel: str
    places: list[tuple[Where, int]] = field(default_factory=list)


class Notifier:
    """One process of the notifier's group. `run` from one thread.

    `outboxes` by ReplyPath.via; a way that has none is counted as `no_way` and left: its adapter is not set up.
    An answer that was parked for longer than `patient_for` is given up.
    """

    def __init__(
        self,
        *,
        reader: SkimReader,
        outboxes: Mapping[str, Outbox],
        notified: Notified,
        keyring: Keyring,
        answering: Answering,
        patience: Patience,
        parked: Parked,
        erased: Erased,
        gives_up: GivesUp,
        patient_for: timedelta,
    ) -> None:
        self._reader = reader
        self._outboxes = outboxes
        self._notified = notified
        self._keyring = keyring
        self._answering = answering
        self._patience = patience
        self._parked = parked
        self._erased = erased
        self._gives_up = gives_up
        self._patient_for = patient_for
        self._line = CommitLine()
        self._owed: dict[str, _Owed] = {}
        self._next_parked = 0.0
        self._assignment = -1
        self._next_commit = 0.0
        self.seen = 0
        self.parked = 0

    def run(self, stop: threading.Event) -> None:
        """Work until `stop`; then commit what is durable. Raises what ends the process (SettingsError)."""
        self._patience.until_done(self._parked.wake)
        while not stop.is_set():
            self.step(0.2)
        self._commit()

    def step(self, timeout: float) -> None:
        """Read once, answer, settle what the servers said, commit."""
        if self.waiting >= _MOST_WAITING:
            self._reader.keep_alive(timeout)
        else:
            self._take(self._reader.read(timeout))
            if time.monotonic() >= self._next_parked:
                self._take_up_parked(datetime.now(UTC))
        self._settle()
        if time.monotonic() >= self._next_commit:
            self._commit()

    @property
    def waiting(self) -> int:
        """Answers that no server has taken or refused yet."""
        return len(self._owed)

    def _take(self, batch: Skimmed) -> None:
        if batch.assignment != self._assignment:
            self._assignment = batch.assignment
            self._line.clear()
            self._put_back()
        read = [(record, event) for record in batch.records if (event := _event(record)) is not None]
        erased = {event.complaint_id for _, event in read if isinstance(event, ReporterErased)}
        for complaint in erased:
            self._forget(complaint)
        opened = [(record, event) for record, event in read if isinstance(event, CaseOpened)]
        for record, event in self._new(opened):
            if event.complaint_id in erased:
                _ANSWERS.labels(event.channel.value, "erased").inc()
            else:
                self._answer(record, event, awaited=True)
        self.seen += batch.count
        for where, end in batch.ends.items():
            self._line.read(where, end)

    def _put_back(self) -> None:
        """Who owns the partitions now reads the openings again, and the erasures that this process may not see."""
        for outbox in set(self._outboxes.values()):
            outbox.drop(*self._owed)
        self._owed.clear()

    def _forget(self, complaint: str) -> None:
        """An erasure was read: what waits for this person is not sent any more."""
        for outbox in set(self._outboxes.values()):
            outbox.drop(complaint)
        self._patience.until_done(lambda: self._parked.drop(complaint))
        self._done(complaint, "erased")

    def _new(self, opened: Sequence[Opening]) -> list[Opening]:
        """Those that may be acknowledged and were not yet; what waited long is looked up first."""
        now, wanted = datetime.now(UTC), []
        for record, event in opened:
            if (why := why_silent(event, now, self._answering.longest_wait)) is not None:
                _ANSWERS.labels(event.channel.value, why).inc()
            else:
                wanted.append((record, event))
        if not wanted:
            return []
        known = self._patience.until_done(lambda: self._notified.known([event.complaint_id for _, event in wanted]))
        new = [(record, event) for record, event in wanted if event.complaint_id not in known]
        fresh = [one for one in new if now - one[1].occurred_at <= _FRESH]
        late = [one for one in new if now - one[1].occurred_at > _FRESH]
        return fresh + self._living(late, now)

    def _living(self, late: Sequence[Opening], now: datetime) -> list[Opening]:
        """Those whose person was not erased; while the index can't say it, they are parked."""
        if not late:
            return []
        try:
            erased = self._erased([event.complaint_id for _, event in late])
        except UnavailableError as error:
            _log.warning("answers_wait_for_the_index", answers=len(late), reason=str(error))
            for record, event in late:
                self._park(event.complaint_id, record, now)
            return []
        for _, event in late:
            if event.complaint_id in erased:
                _ANSWERS.labels(event.channel.value, "erased").inc()
                self._patience.until_done(lambda event=event: self._parked.drop(event.complaint_id))  # type: ignore[misc]
        return [one for one in late if one[1].complaint_id not in erased]

    def _take_up_parked(self, now: datetime) -> None:
        """Try again what was parked and is due; give up what waits too long. Of the erased, neither."""
        self._next_parked = time.monotonic() + _PARKED_SECONDS
        self.parked = self._patience.until_done(self._parked.count)
        due = self._patience.until_done(lambda: self._parked.due(now, _PARKED_AT_ONCE))
        for one in due:
            if not isinstance(_event(one.record), CaseOpened) and now - one.since > self._patient_for:
                self._give_up(one, "")
        read = [(one, event) for one in due if isinstance(event := _event(one.record), CaseOpened)]
        waiting = {event.complaint_id: one for one, event in read}
        for record, event in self._living([(one.record, event) for one, event in read], now):
            one = waiting[event.complaint_id]
            if now - one.since > self._patient_for:
                self._give_up(one, event.channel.value)
            else:
                self._answer(record, event, awaited=False)

    def _give_up(self, one: Waiting, channel: str) -> None:
        self._patience.until_done(lambda: self._gives_up(one.record))
        self._patience.until_done(lambda: self._parked.drop(one.id))
        _ANSWERS.labels(channel, "given_up").inc()
        _log.error("answer_given_up", case=one.id, waited_hours=round(self._patient_for.total_seconds() / 3600))

    def _answer(self, record: LogRecord, event: CaseOpened, *, awaited: bool) -> None:
        """Put the answer on its way; an `awaited` one holds the commit of its offset."""
        path = self._path(event)
        outbox = self._outboxes.get(path.via) if path else None
        if path is None or outbox is None:
            _ANSWERS.labels(event.channel.value, "no_way").inc()
            self._patience.until_done(lambda: self._parked.drop(event.complaint_id))
            return
        answer = acknowledge(event, path, self._answering)
        if path.via == MAIL:
            payload = mail_of(answer, event, self._answering).as_bytes()
        else:
            payload = orjson.dumps({"path": path.model_dump(), "text": answer.text, "key": event.complaint_id})
        owed = self._owed.setdefault(event.complaint_id, _Owed(record, event.channel.value))
        if awaited:
            where = (record.topic, record.partition)
            self._line.await_effect(where, record.offset)
            owed.places.append((where, record.offset))
        outbox.put(event.complaint_id, payload, urgent=event.classification.prioritas == "darurat")

    def _path(self, event: CaseOpened) -> ReplyPath | None:
        """How to reach the reporter; None also when the seal's key was destroyed: nobody can be reached any more."""
        sealed = event.sealed_reporter
        if sealed is None:
            return None
        try:
            reporter = self._patience.until_done(
                lambda: unseal_model(self._keyring, Purpose.REPORTER, event.complaint_id, sealed, Reporter)
            )
        except InvalidError:
            return None
        return way_to(reporter, self._answering)

    def _settle(self) -> None:
        for outcome in (one for outbox in set(self._outboxes.values()) for one in outbox.outcomes()):
            now = datetime.now(UTC)
            if outcome.later:
                self._wait_longer(outcome, now)
                continue
            if not outcome.unwanted:
                self._patience.until_done(lambda key=outcome.key, now=now: self._notified.add(key, now))  # type: ignore[misc]
            self._patience.until_done(lambda key=outcome.key: self._parked.drop(key))  # type: ignore[misc]
            self._done(outcome.key, "erased" if outcome.unwanted else "refused" if outcome.refused else "sent")

    def _wait_longer(self, outcome: Outcome, now: datetime) -> None:
        owed = self._owed.get(outcome.key)
        if owed is not None:  # else: of an assignment that is over, and read again
            self._park(outcome.key, owed.record, now)
            self._done(outcome.key, "parked")

    def _park(self, key: str, record: LogRecord, now: datetime) -> None:
        self._patience.until_done(lambda: self._parked.park(key, record, now))
        _log.warning("answer_parked", case=key)

    def _done(self, key: str, what: str) -> None:
        """Nothing of this answer waits in memory any more."""
        owed = self._owed.pop(key, None)
        if owed is None:
            return
        _ANSWERS.labels(owed.channel, what).inc()
        for where, offset in owed.places:
            self._line.effect_done(where, offset)

    def _commit(self) -> None:
        self._next_commit = time.monotonic() + _COMMIT_SECONDS
        ends = self._line.ends()
        if ends and self._reader.commit_ends(ends, self._assignment):
            self._line.committed(ends)


def _event(record: LogRecord) -> Event | None:
    """One that can't be read is the indexer's to dead-letter: there is nobody to answer."""
    try:
        return decode(record.value, record.headers, _TAKEN)
    except InvalidError as error:
        _log.warning("record_unreadable", reason=error.reason.value, partition=record.partition, offset=record.offset)
        return None
