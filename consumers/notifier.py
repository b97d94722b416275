"""The notifier: tells each reporter once that their case is open, by the channel that it came by.

Reads complaints.cases in a group of its own and decodes openings only. An offset is committed only after the mail
server or platform took the answer, or refused it for good; one that is away holds commits, not the reading of others.
Answers go at least once, recognisable by a Message-ID that derives from the case (guarantee 3); a file of what was
acknowledged keeps a replay of the log from writing to anybody twice.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
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
from consumers.notified import Notified
from consumers.outbox import Outbox
from consumers.skim_reader import Skimmed, SkimReader
from schemas.codec import Headers, decode
from schemas.content import ReplyPath, Reporter
from schemas.errors import InvalidError
from schemas.events import CaseOpened

_log = structlog.get_logger(__name__)
_ANSWERS = Counter("aduan_acknowledgements", "Acknowledgements by channel and outcome.", ["channel", "what"])
_OPENED: Final = f"id.aduan.{CaseOpened.TYPE}".encode()
_COMMIT_SECONDS: Final = 1.0
_MOST_WAITING: Final = 5_000
"""With so many answers waiting, reading waits too: memory stays bounded while a server is away."""


def concerns_us(headers: Headers) -> bool:
    """Whether a record is an opening, by its header."""
    return any(name == "ce_type" and value == _OPENED for name, value in headers)


class Notifier:
    """One process of the notifier's group. `run` from one thread.

    `outboxes` by ReplyPath.via; a way that has none is counted as `no_way` and left: its adapter is not set up.
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
    ) -> None:
        self._reader = reader
        self._outboxes = outboxes
        self._notified = notified
        self._keyring = keyring
        self._answering = answering
        self._patience = patience
        self._line = CommitLine()
        self._owed: dict[str, list[tuple[Where, int, str]]] = {}
        self._assignment = -1
        self._next_commit = 0.0
        self.seen = 0

    def run(self, stop: threading.Event) -> None:
        """Work until `stop`; then commit what is durable. Raises what ends the process (SettingsError)."""
        while not stop.is_set():
            self.step(0.2)
        self._commit()

    def step(self, timeout: float) -> None:
        """Read once, answer, settle what the servers said, commit."""
        if self.waiting >= _MOST_WAITING:
            self._reader.keep_alive(timeout)
        else:
            self._take(self._reader.read(timeout))
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
            self._owed.clear()
        opened = [one for record in batch.records if (one := _opening(record)) is not None]
        for record, event in self._new(opened):
            self._answer(record, event)
        self.seen += batch.count
        for where, end in batch.ends.items():
            self._line.read(where, end)

    def _new(self, opened: Sequence[tuple[LogRecord, CaseOpened]]) -> list[tuple[LogRecord, CaseOpened]]:
        """Those that may be acknowledged and were not yet."""
        now, wanted = datetime.now(UTC), []
        for record, event in opened:
            if (why := why_silent(event, now, self._answering.longest_wait)) is not None:
                _ANSWERS.labels(event.channel.value, why).inc()
            else:
                wanted.append((record, event))
        if not wanted:
            return []
        known = self._patience.until_done(lambda: self._notified.known([event.complaint_id for _, event in wanted]))
        return [(record, event) for record, event in wanted if event.complaint_id not in known]

    def _answer(self, record: LogRecord, event: CaseOpened) -> None:
        path = self._path(event)
        outbox = self._outboxes.get(path.via) if path else None
        if path is None or outbox is None:
            _ANSWERS.labels(event.channel.value, "no_way").inc()
            return
        answer = acknowledge(event, path, self._answering)
        if path.via == MAIL:
            payload = mail_of(answer, event, self._answering).as_bytes()
        else:
            payload = orjson.dumps({"path": path.model_dump(), "text": answer.text, "key": event.complaint_id})
        where = (record.topic, record.partition)
        self._line.await_effect(where, record.offset)
        # A list: an opening may stand on the log twice, and each of its offsets waits for the one answer.
        self._owed.setdefault(event.complaint_id, []).append((where, record.offset, event.channel.value))
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
            self._patience.until_done(lambda key=outcome.key, now=now: self._notified.add(key, now))  # type: ignore[misc]
            owed = self._owed.pop(outcome.key, [])  # empty: of an assignment that is over
            for _, _, channel in owed[:1]:
                _ANSWERS.labels(channel, "refused" if outcome.refused else "sent").inc()
            for where, offset, _ in owed:
                self._line.effect_done(where, offset)

    def _commit(self) -> None:
        self._next_commit = time.monotonic() + _COMMIT_SECONDS
        ends = self._line.ends()
        if ends and self._reader.commit_ends(ends, self._assignment):
            self._line.committed(ends)


def _opening(record: LogRecord) -> tuple[LogRecord, CaseOpened] | None:
    """An opening that can't be read is the indexer's to dead-letter: there is nobody to answer."""
    try:
        return record, decode(record.value, record.headers, (CaseOpened,))
    except InvalidError as error:
        _log.warning("opening_unreadable", reason=error.reason.value, partition=record.partition, offset=record.offset)
        return None
