"""One log file of a process, with a bounded size: the process appends to it, the supervisor copies and truncates it.

The process holds the file itself, so that its last words are there even when the supervisor is gone.
"""

import shutil
from pathlib import Path
from typing import IO, Final

MAX_BYTES: Final = 10_000_000
"""Then the file becomes NAME.log.1; with it, a process has at most twice as much on disk."""


class BoundedLog:
    """The log of one process."""

    def __init__(self, path: Path, max_bytes: int = MAX_BYTES) -> None:
        self.path = path
        self._max_bytes = max_bytes
        path.parent.mkdir(parents=True, exist_ok=True)

    def open(self) -> IO[bytes]:
        """For appending; each write goes to the end, also after a truncation."""
        return self.path.open("ab")

    def rotate(self) -> bool:
        """Copy and truncate when it has grown too large. Lines written in between are lost, which a log survives."""
        if not self.path.exists() or self.path.stat().st_size <= self._max_bytes:
            return False
        shutil.copyfile(self.path, self.path.with_suffix(".log.1"))
        with self.path.open("r+b") as file:
            file.truncate()
        return True

    def last_lines(self, count: int = 15) -> str:
        """Its end, for a person who must find out why the process failed."""
        try:
            with self.path.open("rb") as file:
                file.seek(max(0, self.path.stat().st_size - 16_000))
                lines = file.read().decode("utf-8", "replace").splitlines()[-count:]
        except OSError:
            return "(no log)"
        return "\n".join(f"    {line}" for line in lines)
