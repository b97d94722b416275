"""Which cases were acknowledged: a small file, so that a replay of the log writes to nobody twice. Ids only."""

import sqlite3
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from schemas.errors import UnavailableError


class Notified:
    """The acknowledged cases of one notifier. Thread-safe. Raises UnavailableError when the file can't be had."""

    def __init__(self, path: Path, kept: timedelta) -> None:
        self._path = path
        self._kept = kept
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def known(self, ids: Sequence[str]) -> set[str]:
        """Those that were acknowledged before."""
        holes = ",".join("?" * len(ids))
        return {row[0] for row in self._run(f"SELECT id FROM notified WHERE id IN ({holes})", ids)}  # noqa: S608 - holes

    def add(self, one: str, now: datetime) -> None:
        """This one is acknowledged; what is older than the log's retention is forgotten."""
        self._run("INSERT OR IGNORE INTO notified VALUES (?, ?)", (one, int(now.timestamp())))
        before = int((now - self._kept).timestamp())
        self._run("DELETE FROM notified WHERE id IN (SELECT id FROM notified WHERE at < ? LIMIT 10)", (before,))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def _run(self, statement: str, values: Sequence[str | int]) -> list[tuple[str]]:
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = _opened(self._path)
                return self._connection.execute(statement, values).fetchall()
            except (sqlite3.Error, OSError) as error:
                raise UnavailableError(f"{self._path.name} can't be used ({type(error).__name__})") from error


def _opened(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=3.0, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS notified (id TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID"
        )
        connection.execute("CREATE INDEX IF NOT EXISTS notified_at ON notified (at)")
    except sqlite3.Error:
        connection.close()
        raise
    return connection
