"""`python -m tests.dying_indexer MOMENT NTH`: the real indexer, which ends itself with SIGKILL at a chosen moment.

The moments are those where at-least-once delivery is decided; a kill by the clock alone would seldom meet them.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from aduan.connections.log_reader import LogReader
from aduan.settings import Settings
from consumers.indexer import Indexer
from consumers.writer import Writer
from ops.cli import build

MOMENTS: Final = (
    "before the bulk",
    "in flight",
    "after the bulk",
    "before the commit",
    "after the commit",
    "while reading",
)
MOST_RECORDS: Final = 60
Hook = Callable[[], None] | None


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _die_soon() -> None:
    def later() -> None:
        time.sleep(0.004)
        _die()

    threading.Thread(target=later).start()


def _around(owner: type, name: str, *, nth: int, before: Hook, after: Hook) -> None:
    """Call the hooks around the n-th call of a method."""
    real = getattr(owner, name)
    calls = 0

    def wrapped(self: Any, *args: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        hit = calls == nth
        if hit and before is not None:
            before()
        result = real(self, *args, **named)
        if hit and after is not None:
            after()
        return result

    setattr(owner, name, wrapped)


def arm(moment: str, nth: int) -> None:
    """Make the process die at the n-th time that it comes to the moment."""
    hooks: dict[str, tuple[type, str, Hook, Hook]] = {
        "before the bulk": (Writer, "_send", _die, None),
        "in flight": (Writer, "_send", _die_soon, None),
        "after the bulk": (Writer, "_send", None, _die),
        "before the commit": (LogReader, "commit_ends", _die, None),
        "after the commit": (LogReader, "commit_ends", None, _die),
        "while reading": (Indexer, "_read", None, _die),
    }
    owner, name, before, after = hooks[moment]
    _around(owner, name, nth=nth, before=before, after=after)


def read_in_small_batches() -> None:
    """Some batches come of every run then, so that the second time of a moment comes for sure."""
    real = LogReader.__init__

    def small(self: LogReader, settings: Settings, **named: Any) -> None:
        real(self, settings, **named | {"max_records": MOST_RECORDS})

    LogReader.__init__ = small  # type: ignore[method-assign]


if __name__ == "__main__":
    read_in_small_batches()
    arm(sys.argv[1], int(sys.argv[2]))
    sys.argv[1:] = ["indexer"]
    build(["indexer"])()
