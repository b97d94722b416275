"""The escalator: acts on the event of an urgent case at once; `consumers.sweep` finds what is due by query.

Reads complaints.cases in a group of its own and skips what isn't urgent by a header, without decoding it. A mail is
owed for every CaseEscalated on the log, whoever appended it: the offset of that event is committed only after the mail
server took the mail (or refused it and the next contact's event is on the log). So a kill at any moment loses no mail,
and a mail server that is away holds commits, never the reading of other urgent cases.
"""

import random
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import structlog

from aduan.connections.log_reader import LogRecord
from aduan.connections.patience import jittered
from aduan.connections.publisher import Publisher, Record
from aduan.escalation import URGENT, next_contact, opening_escalation, raised_by
from aduan.keyring import Keyring
from aduan.settings import Settings
from consumers.announcer import SOURCE, Announcer, Escalation
from consumers.commit_line import CommitLine
from consumers.letters import letter_of
from consumers.outbox import Outbox
from consumers.skim_reader import SkimReader
from consumers.sweep import Hint, Sweep
from schemas.codec import Headers, decode, encode
from schemas.errors import Reason, UnavailableError, UnreadableError
from schemas.events import CaseEscalated, CaseOpened, CaseReclassified, CaseTransferred, Event, ReplyAdded

_log = structlog.get_logger(__name__)
_TAKEN: Final = (CaseOpened, CaseEscalated, CaseReclassified, CaseTransferred, ReplyAdded)
_TAKEN_TYPES: Final = frozenset(f"id.aduan.{event.TYPE}".encode() for event in _TAKEN)
_OPENED: Final = f"id.aduan.{CaseOpened.TYPE}".encode()
_URGENT: Final = URGENT.encode()
_COMMIT_SECONDS: Final = 1.0
_MOST_MAILS: Final = 5_000
"""With so many mails waiting, reading waits too: memory stays bounded while the mail server is away."""


def concerns_us(headers: Headers) -> bool:
    """Whether a record must be decoded: an urgent opening, an escalation, or what can make a case urgent or move it,
    as a reporter's later words can.

    An opening without the header `ce_prioritas` is decoded: another writer may not know it. Cheap: 30,000 a second.
    """
    kind = prioritas = None
    for name, value in headers:
        if name == "ce_type":
            kind = value
        elif name == "ce_prioritas":
            prioritas = value
    if kind == _OPENED:
        return prioritas is None or prioritas == _URGENT
    return kind in _TAKEN_TYPES


class Escalator:
    """One process of the escalator's group. `step` again and again from one thread."""

    def __init__(
        self,
        settings: Settings,
        *,
        reader: SkimReader,
        publisher: Publisher,
        outbox: Outbox,
        announcer: Announcer,
        sweep: Sweep,
        keyring: Keyring,
    ) -> None:
        self._settings = settings
        self._reader = reader
        self._publisher = publisher
        self._outbox = outbox
        self._announcer = announcer
        self._sweep = sweep
        self._keyring = keyring
        self._line = CommitLine()
        self._owed: dict[str, list[LogRecord]] = {}
        self._refused: set[str] = set()
        self._assignment = -1
        self._unreadable = 0
        self._next_commit = 0.0
        self.seen = 0

    def run(self, stop: threading.Event) -> None:
        """Work until `stop`; then commit what is durable. Raises what ends the process (FencedError, SettingsError)."""
        while not stop.is_set():
            self.step(0.2, stop)
        self._commit()

    def step(self, timeout: float, stop: threading.Event) -> None:
        """Read once, escalate what is urgent, settle what the mail server said, commit."""
        self._sweep.partitions = self._reader.partitions
        if len(self._outbox) >= _MOST_MAILS:
            self._reader.keep_alive(timeout)
        else:
            self._read(timeout, stop)
        self._settle_mails(stop)
        if time.monotonic() >= self._next_commit:
            self._commit()

    @property
    def mails_owed(self) -> int:
        """Escalations on the log whose mail the server has not taken yet."""
        return len(self._owed)

    def _read(self, timeout: float, stop: threading.Event) -> None:
        batch = self._reader.read(timeout)
        if batch.assignment != self._assignment:
            self._assignment = batch.assignment
            self._line.clear()
            self._owed.clear()
            self._refused.clear()
        escalations, others = list[Escalation](), list[Record]()
        for record in batch.records:
            try:
                event = decode(record.value, record.headers, _TAKEN)
            except UnreadableError as error:
                others.append(self._dead_letter(record, error.reason))
                continue
            self._unreadable = 0
            if isinstance(event, ReplyAdded):
                others += self._raised(event, record)
            else:
                escalations += self._act(event, record)
        if self._make_durable(escalations, others, stop):
            self.seen += batch.count
            for where, end in batch.ends.items():
                self._line.read(where, end)

    def _act(self, event: Event, record: LogRecord) -> list[Escalation]:
        """What one event asks for: escalations to append now; or a mail is owed, or the sweep is to look."""
        if isinstance(event, CaseOpened):
            chain = self._announcer.contacts(event.routing.unit, event.classification.accused)
            escalated = opening_escalation(event, chain=chain, now=_now())
            return [Escalation(escalated, record.partition)] if escalated else []
        if isinstance(event, CaseEscalated):
            self._owe(event, record)
        elif isinstance(event, CaseTransferred) or (isinstance(event, CaseReclassified) and event.prioritas == URGENT):
            self._sweep.look_soon(Hint(event.complaint_id, record.partition, record.offset, event.event_id))
        return []

    def _raised(self, event: ReplyAdded, record: LogRecord) -> list[Record]:
        """Words of danger make their case urgent on the log, so that the query finds it too if this process dies."""
        raised = raised_by(event, _now())
        if raised is None:
            return []
        _log.info("urgent_reply", case=event.complaint_id)
        key, value, headers = encode(raised, source=SOURCE, extra=[("prioritas", URGENT)])
        return [Record(self._settings.topics.cases, key, value, headers, record.partition)]

    def _owe(self, event: CaseEscalated, record: LogRecord) -> None:
        """A mail is owed for this record, unless this process has settled it."""
        if event.event_id not in self._refused and not self._announcer.send(event):
            return
        self._line.await_effect((record.topic, record.partition), record.offset)
        self._owed.setdefault(event.event_id, []).append(record)

    def _settle_mails(self, stop: threading.Event) -> None:
        """Go on from what the mail server said. A refusal waits until its event was read: that is its dead letter."""
        for outcome in self._outbox.outcomes():
            if outcome.refused:
                self._refused.add(outcome.key)
            else:
                self._done(outcome.key)
        for key in self._refused & self._owed.keys():
            if self._pass_on(self._owed[key][0], stop):
                self._refused.discard(key)
                self._done(key)

    def _pass_on(self, record: LogRecord, stop: threading.Event) -> bool:
        """The dead letter of a refused mail, and the next contact's escalation."""
        event = decode(record.value, record.headers, (CaseEscalated,))
        onward = next_contact(event, now=_now())
        if onward is None:
            _log.error("nobody_left_to_tell", case=event.complaint_id, level=event.level, unit=event.unit)
        escalations = [Escalation(onward, record.partition)] if onward else []
        return self._make_durable(escalations, [self._letter_of(record, Reason.MAIL_REFUSED)], stop)

    def _done(self, event_id: str) -> None:
        self._announcer.settle(event_id)
        for record in self._owed.pop(event_id, []):
            self._line.effect_done((record.topic, record.partition), record.offset)

    def _make_durable(self, escalations: Sequence[Escalation], others: Sequence[Record], stop: threading.Event) -> bool:
        """Publish all, however long Kafka is away; False when the process is to end before that."""
        attempt = 0
        while not stop.is_set():
            try:
                self._announcer.announce(escalations)
                self._publisher.publish(others)
            except UnavailableError as error:
                attempt += 1
                _log.warning("escalations_wait_for_kafka", attempt=attempt, reason=str(error))
                self._reader.keep_alive(jittered(attempt, random.random()) / 10)  # noqa: S311 - jitter
            else:
                return True
        return not escalations and not others

    def _dead_letter(self, record: LogRecord, reason: Reason) -> Record:
        """An urgent event that can't be read. A long run of them is a bad deploy: end loudly (guarantee 5)."""
        self._unreadable += 1
        if self._unreadable > self._settings.poison_limit:
            raise PoisonError(f"{self._unreadable} records in a row can't be read: is this the right version of Aduan?")
        return self._letter_of(record, reason)

    def _letter_of(self, record: LogRecord, reason: Reason) -> Record:
        _log.error("dead_letter", reason=reason.value, partition=record.partition, offset=record.offset)
        return letter_of(
            record, reason, settings=self._settings, keyring=self._keyring, group=self._reader.group, source=SOURCE
        )

    def _commit(self) -> None:
        self._next_commit = time.monotonic() + _COMMIT_SECONDS
        ends = self._line.ends()
        if ends and self._reader.commit_ends(ends, self._assignment):
            self._line.committed(ends)


class PoisonError(UnavailableError):
    """So many records in a row can't be read that going on would only fill the dead letters. Fix the deploy."""


def _now() -> datetime:
    return datetime.now(UTC)
