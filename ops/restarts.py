"""When the supervisor starts a process again, gives up, or ends a silent one. Pure: the time is passed in."""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

GIVE_UP_CODES: Final = {71: "a bad deploy: too many invalid messages in a row on our own topic"}
"""Exit codes that say: starting me again makes it worse (streams.worker)."""


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """Full-jitter exponential backoff (AWS Architecture Blog, 2015), and a limit."""

    failures: int = 10
    """So many failures within `window` seconds, and the supervisor gives up."""
    window: float = 300.0
    first: float = 0.5
    """Longest pause before the first restart, in seconds; doubles each time."""
    cap: float = 30.0
    steady: float = 60.0
    """A process that ran for so long starts with a clean slate."""


@dataclass(frozen=True, slots=True)
class Restart:
    """Start it again after so many seconds."""

    after: float


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Don't: stop everything and say why."""

    why: str


@dataclass(slots=True)
class History:
    """The failures of one process."""

    policy: RestartPolicy
    restarts: int = 0
    _failures: deque[float] = field(default_factory=deque)
    _attempt: int = 0

    def ended(self, *, started: float, now: float, code: int, chance: float) -> Restart | GiveUp:
        """What to do about a process that ended and should not have, whatever its exit code. `chance` is in [0, 1)."""
        if code in GIVE_UP_CODES:
            return GiveUp(GIVE_UP_CODES[code])
        if now - started >= self.policy.steady:
            self._failures.clear()
            self._attempt = 0
        self._failures.append(now)
        while self._failures[0] <= now - self.policy.window:
            self._failures.popleft()
        if len(self._failures) >= self.policy.failures:
            return GiveUp(f"it ended {len(self._failures)} times within {self.policy.window:.0f} s")
        longest = min(self.policy.cap, self.policy.first * 2.0 ** min(self._attempt, 30))
        self._attempt += 1
        self.restarts += 1
        return Restart(after=chance * longest)


@dataclass(slots=True)
class Liveness:
    """Whether a process that once answered its health check has been silent for too long (stopped, or hanging)."""

    limit: float
    _answered: float | None = None

    def seen(self, answers: bool, now: float) -> bool:
        """Note one check; True when the process must be ended. One that never answered may still be starting."""
        if answers:
            self._answered = now
        return self._answered is not None and now - self._answered > self.limit

    def forget(self) -> None:
        """It was started anew."""
        self._answered = None
