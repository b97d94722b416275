"""What a process must remember in a file of its own: SQLite, shared safely among threads and processes."""

import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Literal

from schemas.errors import UnavailableError

BUSY_SECONDS: Final = 3.0
"""How long one waits for another that writes."""


def open_database(path: Path, schema: str, *, synchronous: Literal["NORMAL", "FULL"] = "NORMAL") -> sqlite3.Connection:
    """The file, made when it is missing, without implicit transactions; deleted rows are overwritten.

    NORMAL loses nothing to a killed process, and the last marks to a power cut; FULL loses nothing to either.
    Raises sqlite3.Error or OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute("PRAGMA secure_delete = ON")
        connection.executescript(schema)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


class Database:
    """One such file, opened when it is first needed. Thread-safe; each statement is a transaction of its own."""

    def __init__(self, path: Path, schema: str, *, synchronous: Literal["NORMAL", "FULL"] = "NORMAL") -> None:
        self._path = path
        self._schema = schema
        self._synchronous: Literal["NORMAL", "FULL"] = synchronous
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def run(self, statement: str, values: Sequence[str | int | bytes] = ()) -> list[tuple[Any, ...]]:
        """What a statement answers. Raises UnavailableError when the file is locked, full, damaged or gone."""
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = open_database(self._path, self._schema, synchronous=self._synchronous)
                return self._connection.execute(statement, values).fetchall()
            except (sqlite3.Error, OSError) as error:
                raise UnavailableError(f"{self._path.name} can't be used ({type(error).__name__})") from error

    def close(self) -> None:
        """Close the file; a later statement opens it again."""
        with self._lock:
            connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
