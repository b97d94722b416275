"""Whether a stage that is behind is catching up, stuck or gone: a pure function over a window of measurements.

The rules and names are those of LinkedIn's Burrow, which operators know; they judge a trend, not a number that is right
for one topic and wrong for another (https://github.com/linkedin/Burrow/wiki/Consumer-Lag-Evaluation-Rules).
"""

from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple


class Status(StrEnum):
    """How a group stands on a partition."""

    OK = "ok"
    WARN = "warn"
    """It commits, and the lag never falls: slower than what comes in."""
    STALL = "stall"
    """It is alive as far as we know, and its offset does not move."""
    STOP = "stop"
    """It has not committed for longer than the window spans."""
    REWIND = "rewind"
    """Its offset went back: somebody reset it, or the log was made anew."""


class Sample(NamedTuple):
    """One measurement: when (Unix seconds), the committed offset (None: never), and the lag then."""

    at: float
    committed: int | None
    lag: int


def status(window: Sequence[Sample], *, committed_at: float | None, now: float, allowed: int = 0) -> Status:
    """The status over a window, oldest first. `committed_at` is when the last commit was seen; None: never.

    A window of fewer than two samples says nothing yet, and is OK.
    """
    if len(window) < 2 or _was_within(window, allowed):  # noqa: PLR2004 - a trend needs two
        return Status.OK
    if _went_back(window):
        return Status.REWIND
    if _stopped(window, committed_at, now):
        return Status.STOP
    if _stands_still(window):
        return Status.STALL
    if _never_falls(window):
        return Status.WARN
    return Status.OK


def _was_within(window: Sequence[Sample], allowed: int) -> bool:
    """Rule 1: whoever was within the allowed lag at some moment of the window has kept up."""
    return any(sample.lag <= allowed for sample in window)


def _offsets(window: Sequence[Sample]) -> list[int]:
    return [-1 if sample.committed is None else sample.committed for sample in window]


def _went_back(window: Sequence[Sample]) -> bool:
    offsets = _offsets(window)
    return any(later < earlier for earlier, later in pairwise(offsets))


def _stopped(window: Sequence[Sample], committed_at: float | None, now: float) -> bool:
    """Rule 4: the time since the last commit is longer than the window."""
    return committed_at is None or now - committed_at > window[-1].at - window[0].at


def _stands_still(window: Sequence[Sample]) -> bool:
    """Rule 3: the offset does not move though something waits."""
    return len(set(_offsets(window))) == 1


def _never_falls(window: Sequence[Sample]) -> bool:
    """Rule 2: the offset moves, and the lag stays or grows."""
    lags = [sample.lag for sample in window]
    return all(later >= earlier for earlier, later in pairwise(lags))
