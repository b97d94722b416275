"""The bad days that the kit gives an adapter, one after another. What happened is judged by `ops.conformance.rules`."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from ops.conformance.adapter import Adapter
from ops.conformance.deliveries import Deliveries, Delivery
from ops.conformance.feed import Feed, make_feed
from ops.conformance.weather import Sky, Weather

PHASES: Final = ("quiet", "again", "before", "after", "away", "refusal")
_SETTLE_SECONDS: Final = 0.4
"""For the last records to be read, and for a careless adapter to move its cursor on before it is killed."""


class Stage(Protocol):
    """A door that can have weather: `http_stage` and `kafka_stage`."""

    sky: Sky
    deliveries: Deliveries
    kind: str
    refuses: bool

    @property
    def environment(self) -> Mapping[str, str]:
        """What the adapter is told."""

    def refuse(self, mark: str) -> None:
        """Refuse this message from now on."""

    def catch_up(self) -> None:
        """Return when all that has arrived was judged."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one phase came to. `met`: submissions or attempts that met its weather; 0 means that it was not tried."""

    phase: str
    marks: tuple[str, ...]
    deliveries: tuple[Delivery, ...]
    met: int = 1
    refused: str | None = None
    ended: bool = True
    """Whether the adapter came to an end or delivered all, in time."""


@dataclass(frozen=True, slots=True)
class Report:
    """All phases, and what a Kafka producer asked for."""

    kind: str
    seen: tuple[Seen, ...]
    acks: frozenset[int]
    away_seconds: float = 3.0


class Phases:
    """Runs an adapter through all phases on one stage."""

    def __init__(
        self,
        stage: Stage,
        command: Sequence[str],
        folder: Path,
        *,
        messages: int,
        seconds: float,
        away_seconds: float = 3.0,
    ) -> None:
        self._stage = stage
        self._folder = folder
        self._messages = messages
        self._seconds = seconds
        self._away_seconds = away_seconds
        self._adapter = Adapter(command, stage.environment, folder / "adapter.log")

    def run(self, say: Callable[[str], None], only: Collection[str] = PHASES) -> Report:
        """All of them, or `only` some. The adapter's own output goes to `adapter.log` in the folder."""
        self._stage.sky.acks()
        quiet = self._feed("quiet")
        seen = []
        days: dict[str, Callable[[], Seen]] = {
            "quiet": lambda: self._plain("quiet", quiet),
            "again": lambda: self._again(quiet),
            "before": lambda: self._killed("before", Weather.HOLDS),
            "after": lambda: self._killed("after", Weather.UNHEARD),
            "away": self._away,
            "refusal": self._refusal,
        }
        for name, run in days.items():
            if name not in only or (name == "refusal" and not self._stage.refuses):
                continue
            say(name)
            try:
                seen.append(run())
            finally:
                self._stage.sky.change(Weather.FAIR)
                self._adapter.stop()
        return Report(self._stage.kind, tuple(seen), self._stage.sky.acks(), self._away_seconds)

    def _feed(self, name: str) -> Feed:
        return make_feed(self._folder, name, self._messages)

    def _state(self, name: str) -> Path:
        return self._folder / "state" / name

    def _plain(self, name: str, feed: Feed, *, times: int = 1, refused: str | None = None) -> Seen:
        """The feed from its beginning, with no state of before."""
        self._adapter.start(feed.path, self._state(name))
        ended = self._until_delivered(name, feed, times=times)
        return self._seen(name, feed, ended=ended, refused=refused)

    def _again(self, feed: Feed) -> Seen:
        """The same messages after the adapter's state was lost: the same complaints, no new ones."""
        return self._plain("again", feed, times=2)

    def _killed(self, name: str, weather: Weather) -> Seen:
        """kill -9 while a submission is under way: before the door has it, or after, before the adapter knows."""
        feed = self._feed(name)
        self._stage.sky.change(weather)
        self._adapter.start(feed.path, self._state(name))
        self._stage.sky.wait_met(1, self._seconds)
        met = self._stage.sky.met
        time.sleep(_SETTLE_SECONDS)
        self._adapter.kill()
        self._stage.sky.change(Weather.FAIR)
        self._adapter.start(feed.path, self._state(name))
        ended = self._until_delivered(name, feed)
        return self._seen(name, feed, met=met, ended=ended)

    def _away(self) -> Seen:
        """Nobody there for some seconds, while the adapter has things to say."""
        feed = self._feed("away")
        self._stage.sky.change(Weather.AWAY)
        self._adapter.start(feed.path, self._state("away"))
        self._stage.sky.wait_met(1, self._seconds)
        deadline = time.monotonic() + self._away_seconds
        gave_up = self._adapter.run_until(lambda: False, feed.path, self._state("away"), deadline)
        met = self._stage.sky.met
        self._stage.sky.change(Weather.FAIR)
        if gave_up:  # it says that all is delivered
            self._stage.catch_up()
        ended = gave_up or self._until_delivered("away", feed)
        return self._seen("away", feed, met=met, ended=ended)

    def _refusal(self) -> Seen:
        """One message is refused for good: the others must still arrive."""
        feed = self._feed("refusal")
        self._stage.refuse(feed.marks[1])
        return self._plain("refusal", feed, refused=feed.marks[1])

    def _until_delivered(self, name: str, feed: Feed, *, times: int = 1) -> bool:
        deliveries, deadline = self._stage.deliveries, time.monotonic() + self._seconds
        ended = self._adapter.run_until(
            lambda: deliveries.times(feed.marks) >= times, feed.path, self._state(name), deadline
        )
        time.sleep(_SETTLE_SECONDS)
        self._stage.catch_up()
        return ended

    def _seen(self, name: str, feed: Feed, *, met: int = 1, ended: bool = True, refused: str | None = None) -> Seen:
        mine = tuple(one for one in self._stage.deliveries.all() if one.mark is None or one.mark in feed.marks)
        return Seen(name, feed.marks, mine, met, refused, ended)
