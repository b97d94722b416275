"""The door's memory: which keys were claimed by which body, for 30 days. One SQLite file, shared by all door processes.

It holds keyed digests only: no sender, no key, no text. `synchronous=NORMAL` with a write-ahead log is enough: a killed
process loses nothing, and what a power cut may lose is the last marks alone. A lost "accepted" publishes again an event
that its id makes harmless; a lost claim lets a conflict slip past to the dead letter `conflict`, where the first wins.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from aduan.connections.database import BUSY_SECONDS, open_database
from schemas.errors import ConflictError, UnavailableError

KEPT: Final = timedelta(days=30)
PURGED_AT_ONCE: Final = 1_000
"""Expired claims deleted in one transaction, so that no door waits long for the file."""
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS claims (
    key TEXT PRIMARY KEY, digest TEXT NOT NULL, at INTEGER NOT NULL, accepted INTEGER NOT NULL DEFAULT 0, seed TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS claims_at ON claims (at);
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A key that a body asks for. `seed`, if any, is sealed and lets a retry write the same blobs again."""

    key: str
    digest: str
    seed: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim held by that body: when it was first made (UTC, milliseconds), and whether Kafka has acknowledged it."""

    key: str
    at: datetime
    accepted: bool
    seed: str | None


class Claims:
    """The claims of an installation; thread-safe, and safe among processes. Opens the file when first needed.

    Every method raises UnavailableError when the file is locked for longer than 3 s, its disk is full or it is damaged:
    the door then says no, and the caller may retry.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._made: set[str] = set()

    def take(self, wanted: Sequence[Wanted], now: datetime) -> list[Claim | ConflictError]:
        """Claim each key, or say that another body has it. One transaction; answers are in the order of `wanted`."""
        at = int(now.timestamp() * 1000)
        with self.transaction() as database:
            return [self._take(database, one, at) for one in wanted]

    def is_accepted(self, key: str) -> bool:
        """Whether Kafka has acknowledged what holds that key."""
        with self.transaction() as database:
            return (
                database.execute("SELECT 1 FROM claims WHERE key = ? AND accepted = 1", (key,)).fetchone() is not None
            )

    def is_pending(self, key: str) -> bool:
        """Whether that key is claimed and Kafka has not acknowledged what holds it."""
        with self.transaction() as database:
            return (
                database.execute("SELECT 1 FROM claims WHERE key = ? AND accepted = 0", (key,)).fetchone() is not None
            )

    def accept(self, keys: Sequence[str]) -> None:
        """Mark keys as acknowledged by Kafka; their seeds are dropped."""
        with self.transaction() as database:
            database.executemany("UPDATE claims SET accepted = 1, seed = NULL WHERE key = ?", [(key,) for key in keys])

    def purge(self, now: datetime) -> int:
        """Delete up to 1,000 claims older than 30 days; returns how many. Call again until it returns less."""
        before = int((now - KEPT).timestamp() * 1000)
        with self.transaction() as database:
            found = database.execute(
                "DELETE FROM claims WHERE key IN (SELECT key FROM claims WHERE at < ? LIMIT ?)",
                (before, PURGED_AT_ONCE),
            )
            return found.rowcount

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            connection, self._connection = self._connection, None
        self._made.clear()
        if connection is not None:
            connection.close()

    def _take(self, database: sqlite3.Connection, wanted: Wanted, at: int) -> Claim | ConflictError:
        database.execute(
            "INSERT OR IGNORE INTO claims (key, digest, at, seed) VALUES (?, ?, ?, ?)",
            (wanted.key, wanted.digest, at, wanted.seed),
        )
        digest, first, accepted, seed = database.execute(
            "SELECT digest, at, accepted, seed FROM claims WHERE key = ?", (wanted.key,)
        ).fetchone()
        if digest != wanted.digest:
            return ConflictError("this key was used with another body")
        return Claim(wanted.key, datetime.fromtimestamp(first / 1000, UTC), bool(accepted), seed)

    @contextmanager
    def transaction(self, schema: str = "") -> Iterator[sqlite3.Connection]:
        """One transaction on the file, for what else the door keeps there; `schema` makes its tables once."""
        if not self._lock.acquire(timeout=BUSY_SECONDS):
            raise UnavailableError("the claims file is busy")
        try:
            database = self._open()
            if schema and schema not in self._made:
                database.executescript(schema)
                self._made.add(schema)
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
                database.execute("COMMIT")
            finally:
                if database.in_transaction:
                    database.execute("ROLLBACK")
        except (sqlite3.Error, OSError) as error:
            self._drop()
            raise UnavailableError(f"the claims file can't be written ({type(error).__name__})") from error
        finally:
            self._lock.release()

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = open_database(self._path, _SCHEMA)
        return self._connection

    def _drop(self) -> None:
        """Open the file afresh next time: it may have been replaced, or its disk remounted."""
        connection, self._connection = self._connection, None
        self._made.clear()
        if connection is not None:
            connection.close()
