"""The door for adapters that speak Kafka: plain submissions in, the same receipts as anywhere, answers out.

A batch goes through the door together; its answers and dead letters are acknowledged by Kafka; only then is it
committed. After a kill the batch is read again and gets the same answers under the same ids (guarantees 2 and 4).
Rubbish never stops this stage: it becomes dead letters, and its source is suspended (guarantee 5).
"""

import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

import structlog
from prometheus_client import Counter, Gauge

from aduan.connections.log_reader import Batch, LogReader, LogRecord
from aduan.connections.patience import Patience
from aduan.connections.publisher import Record
from aduan.keyring import Keyring
from aduan.settings import Settings
from aduan.tokens import Role, Tokens
from producers.admission_answers import Admitted, Verdict, answer, dead_letter
from producers.admission_reading import Admissible, Turned, is_genuine, read_submission, submitter_of
from producers.door import Door, Publishes, Receipt, utc_now
from producers.sources import Conduct, Sources
from producers.submission import FieldsError
from schemas.errors import InvalidError, Reason, SettingsError, UnavailableError

_log = structlog.get_logger(__name__)
_OUTCOMES = Counter("aduan_admissions", "Submissions on complaints.submitted.", ["source", "outcome"])
_SUSPENDED = Gauge("aduan_source_suspended", "1 while an adapter is suspended.", ["source"])
_IDLE_SECONDS: Final = 0.5
NOBODY: Final = "unregistered"
"""Label of everything that no registered adapter wrote."""


class Callers(NamedTuple):
    """Who may submit in this batch, and who of them is suspended."""

    registered: Mapping[str, str]
    """Name of an adapter -> digest of its token, with which it signs."""
    suspended: frozenset[str]


class Admission:
    """One process's part of the stage. `run` from one thread."""

    def __init__(
        self,
        settings: Settings,
        door: Door,
        *,
        publisher: Publishes,
        sources: Sources,
        tokens: Tokens,
        keyring: Keyring,
        patience: Patience,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._settings = settings
        self._door = door
        self._publisher = publisher
        self._sources = sources
        self._tokens = tokens
        self._keyring = keyring
        self._patience = patience
        self._clock = clock
        self._conduct: dict[str, Conduct] = {}
        self.admitted = 0
        self.turned = 0

    def run(self, reader: LogReader) -> None:
        """Admit until the process is told to stop. Raises FencedError and SettingsError: end the process."""
        with ThreadPoolExecutor(1, "admission") as effects:
            while not self._patience.stop.is_set():
                batch = reader.read(_IDLE_SECONDS)
                if batch.records:
                    done = effects.submit(self._patience.until_done, lambda batch=batch: self.settle(batch.records))
                    self._finish(reader, batch, done)

    def settle(self, records: Sequence[LogRecord]) -> None:
        """Make everything of these records durable: complaints, answers, dead letters, suspensions.

        Raises UnavailableError; may be repeated, and then changes nothing that is there already.
        """
        now = self._clock()
        callers = self._callers()
        verdicts = self._verdicts(records, callers)
        self._publisher.publish(
            [answer(verdict, record, self._settings, now) for verdict, record in zip(verdicts, records, strict=True)]
            + self._dead_letters(verdicts, records, now)
        )
        self._judge(verdicts, callers, now)

    def _finish(self, reader: LogReader, batch: Batch, done: "Future[None]") -> None:
        """Wait for the effects, staying in the group; then commit."""
        while True:
            try:
                done.result(timeout=1.0)
                break
            except TimeoutError:
                reader.keep_alive()
            except UnavailableError:
                if self._patience.stop.is_set():
                    return  # whoever comes next reads it again
                raise
        reader.commit(batch)

    def _callers(self) -> Callers:
        try:
            rows = self._tokens.rows()
        except SettingsError as error:  # a broken file must not turn complaints into dead letters
            raise UnavailableError(str(error)) from error
        registered = {row.name: row.sha256 for row in rows if row.role is Role.ADAPTER}
        suspended = registered.keys() & self._sources.suspended().keys()
        for name in registered:
            _SUSPENDED.labels(name).set(int(name in suspended))
        return Callers(registered, frozenset(suspended))

    def _verdicts(self, records: Sequence[LogRecord], callers: Callers) -> list[Verdict]:
        read = [self._read(record, callers) for record in records]
        admissible = [one for one in read if isinstance(one, Admissible)]
        outcomes = iter(self._through_the_door(admissible))
        return [one if isinstance(one, Turned) else _verdict(one, next(outcomes)) for one in read]

    def _read(self, record: LogRecord, callers: Callers) -> Admissible | Turned:
        submitter = submitter_of(record.headers, callers.registered.__contains__)
        if submitter is None:
            return Turned(Reason.UNKNOWN_SOURCE)
        signed = self._settings.admission_signed
        if not is_genuine(record.value, record.headers, callers.registered[submitter], required=signed):
            return Turned(Reason.UNSIGNED)  # not counted against the source that it names
        if submitter in callers.suspended:
            return Turned(Reason.SUSPENDED, submitter)
        try:
            return read_submission(submitter, record.key, record.value, record.headers)
        except Exception as error:  # noqa: BLE001 - what others write must not stop the stage
            _log.error("admission_raised", error=type(error).__name__, at=_place(error))
            return Turned(Reason.BUG, submitter)

    def _through_the_door(self, read: Sequence[Admissible]) -> list[Receipt | InvalidError]:
        """All at once; when that raises, one by one, so that only the one that is the cause is turned away."""
        if not read:
            return []
        try:
            return self._door.submit_many([one.submission for one in read])
        except (UnavailableError, SettingsError):
            raise
        except Exception as error:  # noqa: BLE001 - a bug must neither lose a complaint nor stop its neighbours
            if len(read) == 1:
                _log.error("admission_raised", error=type(error).__name__, at=_place(error))
                return [error if isinstance(error, InvalidError) else InvalidError(Reason.BUG)]
        return [outcome for one in read for outcome in self._through_the_door([one])]

    def _dead_letters(self, verdicts: Sequence[Verdict], records: Sequence[LogRecord], now: datetime) -> list[Record]:
        turned = [(one, record) for one, record in zip(verdicts, records, strict=True) if isinstance(one, Turned)]
        if not turned:
            return []
        try:
            key = self._keyring.current(now)
        except OSError as error:
            raise UnavailableError(f"the keyring can't be written: {error.strerror}") from error
        return [dead_letter(one, record, self._settings, key, now) for one, record in turned]

    def _judge(self, verdicts: Sequence[Verdict], callers: Callers, now: datetime) -> None:
        """Count, and suspend whoever sent too much rubbish."""
        suspended = set(callers.suspended)
        for verdict in verdicts:
            submitter = verdict.read.submitter if isinstance(verdict, Admitted) else verdict.submitter
            outcome = verdict.reason.value if isinstance(verdict, Turned) else "admitted"
            _OUTCOMES.labels(submitter or NOBODY, outcome).inc()
            self.admitted += isinstance(verdict, Admitted)
            self.turned += isinstance(verdict, Turned)
            if submitter is None or submitter in suspended:
                continue
            why = self._conduct_of(submitter).add(valid=isinstance(verdict, Admitted))
            if why is not None:
                self._suspend(submitter, why, now)
                suspended.add(submitter)

    def _conduct_of(self, name: str) -> Conduct:
        if name not in self._conduct:
            self._conduct[name] = Conduct(run=self._settings.admission_run, ratio=self._settings.admission_ratio)
        return self._conduct[name]

    def _suspend(self, name: str, why: str, now: datetime) -> None:
        self._patience.until_done(lambda: self._sources.suspend(name, why, now))
        self._conduct.pop(name, None)
        _SUSPENDED.labels(name).set(1)
        _log.error("source_suspended", source=name, why=why, resume=f"aduan adapter resume {name}")


def _verdict(read: Admissible, outcome: Receipt | InvalidError) -> Verdict:
    if not isinstance(outcome, InvalidError):
        return Admitted(read, outcome)
    errors = outcome.errors if isinstance(outcome, FieldsError) else ()
    return Turned(outcome.reason, read.submitter, read.submission.external_id, errors)


def _place(error: BaseException) -> str:
    """File and line where it was raised; never its message, which may quote the complaint."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(last.filename).name}:{last.lineno}"
