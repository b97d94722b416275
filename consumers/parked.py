"""Answers that must wait long: on disk, as on the log, so that one address holds no memory and no commit."""

import sqlite3
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from aduan.connections.log_reader import LogRecord
from schemas.errors import UnavailableError

_FIRST: Final = timedelta(minutes=1)
_LONGEST: Final = timedelta(hours=1)
_LEASE: Final = timedelta(minutes=15)
"""So long after it was taken up an answer is taken up again, unless it was parked again or dropped meanwhile."""
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS parked (
    id TEXT PRIMARY KEY, first INTEGER NOT NULL, next INTEGER NOT NULL, tries INTEGER NOT NULL,
    topic TEXT NOT NULL, part INTEGER NOT NULL, off INTEGER NOT NULL, value BLOB NOT NULL, headers BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS parked_next ON parked (next);
"""


class Waiting(NamedTuple):
    """An answer whose time has come: its opening as it was read, and since when it waits."""

    id: str
    since: datetime
    record: LogRecord


class Parked:
    """The waiting answers of one notifier. Thread-safe. Raises UnavailableError when the file can't be had."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def park(self, one: str, record: LogRecord, now: datetime) -> None:
        """Try this one again later: after a minute, two, four, … and at last every hour."""
        headers = orjson.dumps([(name, value.decode("latin-1")) for name, value in record.headers])
        values = (one, _at(now), _at(now + _FIRST), record.topic, record.partition, record.offset)
        self._run(
            "INSERT INTO parked VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET tries = tries + 1, "
            "next = ? + min(? << min(tries + 1, 10), ?)",
            (*values, record.value or b"", headers, _at(now), _FIRST.seconds, _LONGEST.seconds),
        )

    def due(self, now: datetime, limit: int) -> list[Waiting]:
        """Those to take up now; they are not due again for a while."""
        rows = self._run(
            "UPDATE parked SET next = ? WHERE id IN (SELECT id FROM parked WHERE next <= ? ORDER BY next LIMIT ?) "
            "RETURNING id, first, topic, part, off, value, headers",
            (_at(now + _LEASE), _at(now), limit),
        )
        return [Waiting(str(row[0]), datetime.fromtimestamp(row[1], now.tzinfo), _record(row)) for row in rows]

    def wake(self) -> None:
        """All are due: the process starts, perhaps because what was in the way was set right."""
        self._run("UPDATE parked SET next = 0", ())

    def drop(self, one: str) -> None:
        """This one waits no longer; one that is not here is fine."""
        self._run("DELETE FROM parked WHERE id = ?", (one,))

    def count(self) -> int:
        """How many wait."""
        return int(self._run("SELECT count(*) FROM parked", ())[0][0])

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def _run(self, statement: str, values: Sequence[str | int | bytes]) -> list[tuple[Any, ...]]:
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = _opened(self._path)
                return self._connection.execute(statement, values).fetchall()
            except (sqlite3.Error, OSError) as error:
                raise UnavailableError(f"{self._path.name} can't be used ({type(error).__name__})") from error


def _at(moment: datetime) -> int:
    return int(moment.timestamp())


def _record(row: tuple[Any, ...]) -> LogRecord:
    one, _, topic, part, off, value, headers = row
    pairs = [(name, text.encode("latin-1")) for name, text in orjson.loads(headers)]
    return LogRecord(topic, part, off, 0, one.encode(), value, pairs)


def _opened(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=3.0, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        connection.executescript(_SCHEMA)
    except sqlite3.Error:
        connection.close()
        raise
    return connection
