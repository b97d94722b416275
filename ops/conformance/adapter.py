"""The adapter under test as a process: started, killed, started again, as on a bad day."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from schemas.errors import SettingsError

FEED_PLACE: Final = "{feed}"
"""Stands in the command for the feed's path; the variable ADUAN_CHECK_FEED has it too."""
_TICK: Final = 0.05
_AGAIN_SECONDS: Final = 0.3
_END_SECONDS: Final = 5.0


class Adapter:
    """One command with its environment. Its processes are in a group of their own, and end with `stop`."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self._command = tuple(command)
        self._environment = dict(environment)
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self.endings: list[int] = []

    def start(self, feed: Path, state: Path) -> None:
        """Start it with this feed and this folder for its state. SettingsError when there is no such command."""
        state.mkdir(parents=True, exist_ok=True)
        environment = os.environ | self._environment
        environment |= {"ADUAN_CHECK_FEED": str(feed), "ADAPTER_STATE": str(state)}
        words = [word.replace(FEED_PLACE, str(feed)) for word in self._command]
        with self._log.open("ab") as log:
            try:
                self._process = subprocess.Popen(
                    words, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
                )
            except OSError as error:
                raise SettingsError(f"{words[0]!r} can't be run: {error.strerror}") from None

    def kill(self) -> None:
        """SIGKILL to all of its processes."""
        if self._process is not None:
            self._signal(signal.SIGKILL)
            self._process.wait(_END_SECONDS)
            self._process = None

    def stop(self) -> None:
        """SIGTERM, and SIGKILL when that does not help."""
        if self._process is None:
            return
        self._signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)
        self.kill()

    def run_until(self, done: Callable[[], bool], feed: Path, state: Path, deadline: float) -> bool:
        """Watch it until `done()`, or it has ended well, or time is up; started again when it failed, as by a
        supervisor. True when done or it ended well (exit code 0), which is its word that all is delivered.
        """
        while time.monotonic() < deadline:
            if done():
                return True
            code = self._process.poll() if self._process is not None else None
            if code is not None:
                self.endings.append(code)
                self.kill()
                if code == 0:
                    return True
                time.sleep(_AGAIN_SECONDS)
                self.start(feed, state)
            time.sleep(_TICK)
        return False

    def _signal(self, number: int) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)
