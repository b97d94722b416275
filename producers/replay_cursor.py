"""How far `aduan send` has come with a file: kept beside the claims, so that a killed run goes on where it was."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from schemas.errors import UnavailableError

_CHUNK: Final = 1 << 20


class Position(BaseModel):
    """Everything before `offset` was sent or reported. `digest` is that of the bytes before it: the file's own."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    offset: int = 0
    number: int = 0
    refused: int = 0
    digest: str = hashlib.sha256().hexdigest()


@dataclass(slots=True)
class Cursor:
    """The position in one file, saved after every batch."""

    file: Path
    notes: Path
    position: Position
    _running: "hashlib._Hash"

    @classmethod
    def open(cls, file: Path, folder: Path, *, fresh: bool = False) -> Self:
        """The saved position; the start when there is none, or the file has changed before it, or `fresh` is asked for.

        Starting again is harmless: the claims know what was sent.
        """
        name = hashlib.sha256(str(file.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:32]
        notes = folder / f"{name}.json"
        position = Position() if fresh else _saved(notes)
        running = _digest(file, position.offset)
        if running is None or running.hexdigest() != position.digest:
            position, running = Position(), hashlib.sha256()
        return cls(file, notes, position, running)

    def advance(self, *, offset: int, number: int, refused: int) -> None:
        """Save a new position. UnavailableError when the disk is full; the next run then begins at the last one."""
        try:
            with self.file.open("rb") as source:
                source.seek(self.position.offset)
                left = offset - self.position.offset
                while left > 0 and (chunk := source.read(min(_CHUNK, left))):
                    self._running.update(chunk)
                    left -= len(chunk)
            self.position = Position(offset=offset, number=number, refused=refused, digest=self._running.hexdigest())
            self._save()
        except OSError as error:
            raise UnavailableError(f"the position in the file can't be saved: {error.strerror}") from error

    def _save(self) -> None:
        self.notes.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.notes.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(self.position.model_dump_json())
            Path(name).replace(self.notes)
        finally:
            Path(name).unlink(missing_ok=True)


def _saved(notes: Path) -> Position:
    try:
        return Position.model_validate_json(notes.read_bytes())
    except (OSError, ValidationError):
        return Position()


def _digest(file: Path, size: int) -> "hashlib._Hash | None":
    """Digest of the first `size` bytes; None when the file is shorter."""
    running = hashlib.sha256()
    with file.open("rb") as source:
        while size > 0:
            chunk = source.read(min(_CHUNK, size))
            if not chunk:
                return None
            running.update(chunk)
            size -= len(chunk)
    return running
