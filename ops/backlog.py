"""Guards the raw topics' retention: an accepted complaint must be read before Kafka deletes it.

An alarm when the oldest unread record has reached half of the retention; from nine tenths on, the doors say no (503,
451) until the stages have caught up. Stands between a door and its publisher. Submissions that nobody admits get the
alarm alone: a door that said no would not help them.
"""

import threading
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final, Protocol

import structlog

from aduan.connections.publisher import Record
from aduan.settings import Settings
from ops.lag import LagMeter, PartitionLag
from ops.stages import ADMISSION, Stage, stages
from schemas.errors import UnavailableError

_LOOK_SECONDS: Final = 60.0
_ALARM: Final = 0.5
_FULL: Final = 0.9
_DAY_SECONDS: Final = 86_400.0
_log = structlog.get_logger(__name__)


class Backlog(StrEnum):
    """How near the oldest unread record of the raw topics is to being deleted."""

    FINE = "fine"
    ALARM = "alarm"
    FULL = "full"


def judge(lags: Iterable[PartitionLag], retention_seconds: float) -> Backlog:
    """The verdict on the ages of the oldest unread records. Pure."""
    oldest = max((lag.seconds or 0.0 for lag in lags), default=0.0)
    if oldest >= _FULL * retention_seconds:
        return Backlog.FULL
    return Backlog.ALARM if oldest >= _ALARM * retention_seconds else Backlog.FINE


class Publishes(Protocol):
    """What stands behind the guard: a publisher."""

    def publish(self, records: Sequence[Record]) -> None:
        """Return when all are acknowledged."""


class BacklogGuard:
    """A publisher that refuses while the raw topics are full. Looks once a minute, in a thread of its own."""

    def __init__(self, settings: Settings, publisher: Publishes) -> None:
        self._settings = settings
        self._publisher = publisher
        self._retention = settings.retention_days_raw * _DAY_SECONDS
        self._retention_submitted = settings.retention_days_submitted * _DAY_SECONDS
        self._closed = threading.Event()
        self.state = self.submitted = Backlog.FINE
        self._thread = threading.Thread(target=self._watch, name="backlog", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def close(self) -> None:
        """Stop looking."""
        self._closed.set()

    def publish(self, records: Sequence[Record]) -> None:
        """As the publisher; UnavailableError at once while the raw topics are full."""
        if self.state is Backlog.FULL:
            raise UnavailableError(
                "unread complaints are close to the topics' retention; the stages must catch up first"
            )
        self._publisher.publish(records)

    def note(self, lags: Iterable[PartitionLag]) -> None:
        """Take in a measurement; a change of state is logged once."""
        found = list(lags)
        self.state = _noted(
            self.state, judge([lag for lag in found if lag.stage != ADMISSION], self._retention), "backlog"
        )
        waiting = judge([lag for lag in found if lag.stage == ADMISSION], self._retention_submitted)
        self.submitted = _noted(self.submitted, waiting, "submissions_backlog")

    def _watch(self) -> None:
        while not self._closed.wait(_LOOK_SECONDS):
            try:
                with LagMeter(self._settings) as meter:
                    self.note(meter.measure(watched_stages(self._settings)))
            except UnavailableError as error:
                _log.warning("backlog_unknown", why=str(error))


def _noted(before: Backlog, now: Backlog, event: str) -> Backlog:
    if now is not before:
        log = _log.info if now is Backlog.FINE else _log.error
        log(event, state=now.value)
    return now


def watched_stages(settings: Settings) -> list[Stage]:
    """Those of the raw topics, and the one that admits what adapters of others submit."""
    return raw_stages(settings) + [stage for stage in stages(settings, generation=1) if stage.name == ADMISSION]


def raw_stages(settings: Settings) -> list[Stage]:
    """The stages that read topics with the raw retention: classify and route."""
    return [stage for stage in stages(settings, generation=1) if stage.name.startswith(("classify", "route"))]
