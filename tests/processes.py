"""Processes of Aduan that a test starts, kills and ends; each ends with the block that started it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from aduan.settings import Settings
from tests.environment import environment_of


def start(settings: Settings, *command: str) -> subprocess.Popen[bytes]:
    """`aduan COMMAND …` with these settings; its log goes to a file in the data folder."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with (settings.data_dir / f"{'-'.join(command).replace('/', '_')}.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "ops.cli", *command],
            env=environment_of(settings) | {"PYTHONWARNINGS": "ignore"},
            stdout=log,
            stderr=log,
        )


@contextmanager
def running(settings: Settings, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    """The process while the block runs; ended with SIGTERM, or SIGKILL when that does not help."""
    process = start(settings, *command)
    try:
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM, then SIGKILL; harmless when it has ended."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
