"""Which adapters of complaints.submitted are suspended, durably, and when one is: a run or a share of rubbish.

Guarantee 5, for what others can write to: the source that sends rubbish is suspended with an alarm, the rest goes on.
"""

from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from producers.claims import Claims

WINDOW: Final = 200
"""Submissions of one adapter that its share of invalid ones is taken of."""
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS suspended (name TEXT PRIMARY KEY, at INTEGER NOT NULL, why TEXT NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Suspension:
    """Since when an adapter is suspended, and why: `run` or `ratio`, or `operator`."""

    at: datetime
    why: str


class Sources:
    """The suspended adapters of an installation, in the same file as its claims; as thread-safe as they are.

    Every method raises UnavailableError when the file can't be had; may be retried.
    """

    def __init__(self, claims: Claims) -> None:
        self._claims = claims

    def suspended(self) -> dict[str, Suspension]:
        """Name -> suspension."""
        with self._claims.transaction(_SCHEMA) as database:
            rows = database.execute("SELECT name, at, why FROM suspended ORDER BY name").fetchall()
        return {name: Suspension(datetime.fromtimestamp(at / 1000, UTC), why) for name, at, why in rows}

    def suspend(self, name: str, why: str, now: datetime) -> None:
        """From the next batch on, what it submits becomes the dead letter `suspended`. The first reason stays."""
        with self._claims.transaction(_SCHEMA) as database:
            database.execute(
                "INSERT OR IGNORE INTO suspended VALUES (?, ?, ?)", (name, int(now.timestamp() * 1000), why)
            )

    def resume(self, name: str) -> bool:
        """Lift it; False when it was not suspended."""
        with self._claims.transaction(_SCHEMA) as database:
            return database.execute("DELETE FROM suspended WHERE name = ?", (name,)).rowcount > 0


class Conduct:
    """How one adapter's last submissions went, in one process. Bounded; begins afresh with the process. Pure."""

    def __init__(self, *, run: int, ratio: float) -> None:
        self._most_run = run
        self._most_ratio = ratio
        self._last: deque[bool] = deque(maxlen=WINDOW)
        self._run = 0

    def add(self, *, valid: bool) -> str | None:
        """Take one in. `run` or `ratio` when it is one invalid submission too many, else None."""
        self._last.append(valid)
        self._run = 0 if valid else self._run + 1
        if self._run > self._most_run:
            return "run"
        if len(self._last) == WINDOW and self._last.count(False) > self._most_ratio * WINDOW:
            return "ratio"
        return None
