"""The supervisor of one machine: starts the processes of a table, starts the fallen again, gives up loudly, stops all.

`ops.restarts` decides; this does.
"""

import os
import random
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import psutil

from aduan.settings import Settings
from ops import run_file
from ops.bounded_log import BoundedLog
from ops.process_table import Row
from ops.restarts import GiveUp, History, Liveness, RestartPolicy
from schemas.errors import AduanError

_TICK_SECONDS: Final = 0.1
_CHECK_SECONDS: Final = 5.0
_ANSWER_SECONDS: Final = 3.0
STOP_SECONDS: Final = 15.0
"""For one tier to end after SIGTERM; a worker needs at most 10. Then SIGKILL."""
_CHILD: Final = Path(__file__).with_name("child.py")


class GaveUpError(AduanError):
    """A process can't be kept running. All others were stopped; a person must look."""


@dataclass
class Child:
    """One row of the table and the process that runs for it now."""

    row: Row
    log: BoundedLog
    history: History
    liveness: Liveness
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    started_at: str = ""
    due: float = field(default=0.0)
    """When to start it again, while it does not run."""


class Supervisor:
    """Runs until told to stop. Call it from the main thread: the children live as long as the thread that made them.

    A process that answered its health check before and then did not for `silent_seconds` is ended with SIGKILL, and
    started again like any other that fell: one that hangs can't end itself.
    """

    def __init__(
        self,
        settings: Settings,
        rows: Sequence[Row],
        *,
        policy: RestartPolicy,
        say: Callable[[str], None],
        silent_seconds: float,
        program: Sequence[str] = (sys.executable, "-m", "ops.cli"),
    ) -> None:
        self._settings = settings
        self._say = say
        self._program = tuple(program)
        folder = settings.data_dir / "logs"
        self._children = [
            Child(row, BoundedLog(folder / f"{row.name}.log"), History(policy), Liveness(silent_seconds))
            for row in rows
        ]
        self._checks = threading.Thread(target=self._check, name="liveness", daemon=True)
        self._stopping = threading.Event()
        self._silent: set[str] = set()

    def run(self, stop: threading.Event) -> None:
        """Keep everything running until `stop`; then stop all, tier by tier.

        Raises GaveUpError with the name and the last log lines when a process can't be kept running.
        """
        try:
            for child in self._children:
                self._start(child)
            self._note()
            self._checks.start()
            while not stop.wait(_TICK_SECONDS):
                self._tick(time.monotonic())
        finally:
            self._stop_all()

    def _tick(self, now: float) -> None:
        changed = False
        for child in self._children:
            if child.process is None:
                if now >= child.due:
                    self._start(child)
                    changed = True
            elif (code := child.process.poll()) is not None:
                self._fell(child, code, now)
                changed = True
            elif child.row.name in self._silent:
                self._silent.discard(child.row.name)
                self._say(f"{child.row.name} is silent: ended")
                child.process.kill()
        if changed:
            self._note()

    def _start(self, child: Child) -> None:
        with child.log.open() as log:
            child.process = subprocess.Popen(
                # -S -E: the go-between needs the standard library only, and starts in a few milliseconds
                [sys.executable, "-S", "-E", str(_CHILD), str(os.getpid()), *self._program, *child.row.arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | child.row.environment,
                start_new_session=True,  # Ctrl-C is for the supervisor: it stops them in order
            )
        child.started, child.started_at = time.monotonic(), f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        child.liveness.forget()
        self._say(f"{child.row.name} started (pid {child.process.pid})")

    def _fell(self, child: Child, code: int, now: float) -> None:
        child.process = None
        answer = child.history.ended(started=child.started, now=now, code=code, chance=random.random())  # noqa: S311
        if isinstance(answer, GiveUp):
            raise GaveUpError(
                f"{child.row.name} can't be kept running ({answer.why}; last exit code {code}). The end of "
                f"{child.log.path}:\n{child.log.last_lines()}"
            )
        child.due = now + answer.after
        self._say(f"{child.row.name} ended with code {code}; starts again in {answer.after:.1f} s")

    def _stop_all(self) -> None:
        self._stopping.set()
        for tier, several in groupby(reversed(self._children), key=lambda child: child.row.tier):
            running = [child for child in several if child.process is not None]
            for child in running:
                _process(child).terminate()
            deadline = time.monotonic() + STOP_SECONDS
            for child in running:
                try:
                    _process(child).wait(max(0.1, deadline - time.monotonic()))
                except subprocess.TimeoutExpired:
                    self._say(f"{child.row.name} did not stop in {STOP_SECONDS:.0f} s: killed")
                    _process(child).kill()
                    _process(child).wait()
                child.process = None
            self._say(f"stopped {', '.join(child.row.name for child in running) or f'tier {tier}'}")
        run_file.remove(self._settings.data_dir)

    def _check(self) -> None:
        """In its own thread: which processes don't answer, and which logs are too large."""
        while not self._stopping.wait(_CHECK_SECONDS):
            for child in self._children:
                child.log.rotate()
                if child.process is not None and child.liveness.seen(_answers(child.row), time.monotonic()):
                    child.liveness.forget()
                    self._silent.add(child.row.name)

    def _note(self) -> None:
        settings = self._settings
        document: dict[str, Any] = {
            "supervisor": os.getpid(),
            "processes": {
                child.row.name: {
                    "pid": child.process.pid,
                    "born": _born(child.process.pid),
                    "kind": child.row.kind,
                    "health": child.row.health_url,
                    "log": str(child.log.path),
                    "started_at": child.started_at,
                    "restarts": child.history.restarts,
                }
                for child in self._children
                if child.process is not None
            },
            "ports": {
                "intake": settings.intake_port,
                "mail_in": settings.mail_in_port,
                "portal": settings.portal_port,
            },
        }
        run_file.write(settings.data_dir, document)


def _process(child: Child) -> subprocess.Popen[bytes]:
    if child.process is None:
        raise RuntimeError(f"{child.row.name} does not run")
    return child.process


def _born(pid: int) -> float:
    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return 0.0


def _answers(row: Row) -> bool:
    """Whether it answers at all: 503 is an answer."""
    try:
        with urllib.request.urlopen(row.health_url, timeout=_ANSWER_SECONDS):  # noqa: S310 - our own loopback URL
            return True
    except urllib.error.HTTPError as error:
        error.close()
        return True
    except OSError:
        return False
