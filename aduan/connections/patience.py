"""Waiting for what is unavailable: full-jitter backoff without end, until it works or the process is told to stop.

Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""

import threading
from collections.abc import Callable
from traceback import clear_frames
from typing import Final, TypeVar

import structlog
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    sleep_using_event,
    stop_after_delay,
    stop_when_event_set,
    wait_random_exponential,
)

from schemas.errors import UnavailableError

_log = structlog.get_logger(__name__)
_FIRST_SECONDS: Final = 0.2
_LONGEST_SECONDS: Final = 5.0
T = TypeVar("T")


def jittered(attempt: int, chance: float, *, first: float = 0.5, longest: float = 30.0) -> float:
    """Seconds to wait after the n-th failure: anything from nothing to the bound, which doubles (full jitter).

    For who waits without blocking. `chance` is from [0, 1).
    """
    bound: float = min(longest, first * 2.0 ** min(attempt, 10))
    return chance * bound


def retrying_for(seconds: float) -> Retrying:
    """Repeats an attempt while it raises UnavailableError, which passes on after so many seconds; for a command."""
    return Retrying(
        retry=retry_if_exception_type(UnavailableError),
        wait=wait_random_exponential(multiplier=0.5, max=10),
        stop=stop_after_delay(seconds),
        reraise=True,
    )


class Patience:
    """How a process waits. `waiting_for` says what for, while it does: for its health."""

    def __init__(self, stop: threading.Event) -> None:
        self.stop = stop
        self.waiting_for: str | None = None

    def until_done(self, attempt: Callable[[], T]) -> T:
        """The attempt's result; repeated while it raises UnavailableError, which passes on only once `stop` is set."""
        try:
            return Retrying(
                retry=retry_if_exception_type(UnavailableError),
                wait=wait_random_exponential(multiplier=_FIRST_SECONDS, max=_LONGEST_SECONDS),
                sleep=sleep_using_event(self.stop),
                stop=stop_when_event_set(self.stop),
                before_sleep=self._note,
                reraise=True,
            )(attempt)
        finally:
            if self.waiting_for is not None and not self.stop.is_set():
                _log.info("available_again")
            self.waiting_for = None

    def _note(self, state: RetryCallState) -> None:
        """Say what is waited for, once for each new reason, and let go of what the attempt held."""
        error = state.outcome.exception() if state.outcome is not None else None
        if str(error) != self.waiting_for:
            self.waiting_for = str(error)
            _log.warning("waits", reason=self.waiting_for)
        _let_go(error)


def _let_go(error: BaseException | None) -> None:
    """Free what the frames of a failed attempt hold, such as a bulk body of megabytes.

    They are in cycles with tenacity's state and the transport's errors, and the garbage collector comes rarely.
    """
    while error is not None:
        clear_frames(error.__traceback__)
        error = error.__context__
