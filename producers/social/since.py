"""How far a polled platform was read: one small file for each account, moved only after the door's yes."""

import hashlib
import os
import tempfile
from pathlib import Path

from schemas.errors import UnavailableError


class Since:
    """The id of the last message that was kept. A file of its own for each account, so that another begins afresh."""

    def __init__(self, folder: Path, name: str, account: str) -> None:
        self._file = folder / f"{name}-{hashlib.sha256(account.encode()).hexdigest()[:16]}"

    def read(self) -> str:
        """The id; "" before the first. UnavailableError when the disk can't be read."""
        try:
            return self._file.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as error:
            raise UnavailableError(f"the place in {self._file.name} can't be read ({type(error).__name__})") from error

    def move(self, last: str) -> None:
        """Keep a new id, on the disk when this returns. UnavailableError when it is full: the old one stands."""
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._file.parent, prefix=".new-")
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(last)
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(self._file)
            finally:
                Path(name).unlink(missing_ok=True)
        except OSError as error:
            raise UnavailableError(f"the place can't be kept: {error.strerror}") from error
