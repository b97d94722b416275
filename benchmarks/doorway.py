"""The real HTTP door for the benchmarks that enter by it, and the adapter process that sends."""

import json
import secrets
import sys
import urllib.error
import urllib.request
from typing import Any, Final

from aduan.tokens import Role, Tokens, tokens_path
from benchmarks.lab import BrokenRunError, Installation, Process, wait_for

NO_LIMIT: Final = "100000/second"
"""In place of ADUAN_INTAKE_RATE_ADAPTER: the door's speed is asked for, not its limit."""


def open_door(installation: Installation) -> Process:
    """Start `aduan intake` and return when it answers."""
    process = installation.aduan("intake", "intake")

    def answers() -> bool:
        process.check()
        try:
            with urllib.request.urlopen(f"{_url(installation)}/healthz", timeout=1):  # noqa: S310 - our own loopback
                return True
        except (urllib.error.URLError, OSError):
            return False

    wait_for(answers, 60, "the HTTP door")
    return process


def start_adapter(installation: Installation, seconds: float, connections: int, rate: float | None = None) -> Process:
    """Start the sending process, with a token of its own: its account, so that its complaints are new ones."""
    token = Tokens(tokens_path(installation.settings)).new(f"bench-{secrets.token_hex(3)}", Role.ADAPTER)
    arguments = [_url(installation), token, str(seconds), str(connections), *([] if rate is None else [str(rate)])]
    return installation.start("adapter", [sys.executable, "-m", "benchmarks.door_client", *arguments])


def summary(installation: Installation, adapter: Process, seconds: float) -> dict[str, Any]:
    """What the adapter says at its end."""
    wait_for(lambda: adapter.popen.poll() is not None, seconds + 60, "the adapter")
    installation.processes.remove(adapter)
    lines = adapter.log.read_text(encoding="utf-8").splitlines()
    if adapter.popen.returncode or not lines:
        raise BrokenRunError(f"the adapter ended with {adapter.popen.returncode}: {' '.join(lines[-3:])}")
    said: dict[str, Any] = json.loads(lines[-1])
    return said


def _url(installation: Installation) -> str:
    return f"http://{installation.settings.intake_host}:{installation.settings.intake_port}"
