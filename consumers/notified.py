"""Which cases were acknowledged: a small file, so that a replay of the log writes to nobody twice. Ids only."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from aduan.connections.database import Database

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS notified (id TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS notified_at ON notified (at);
"""


class Notified:
    """The acknowledged cases of one notifier. Thread-safe. Raises UnavailableError when the file can't be had."""

    def __init__(self, path: Path, kept: timedelta) -> None:
        self._database = Database(path, _SCHEMA)
        self._kept = kept

    def known(self, ids: Sequence[str]) -> set[str]:
        """Those that were acknowledged before."""
        holes = ",".join("?" * len(ids))
        rows = self._database.run(f"SELECT id FROM notified WHERE id IN ({holes})", ids)  # noqa: S608 - holes
        return {row[0] for row in rows}

    def add(self, one: str, now: datetime) -> None:
        """This one is acknowledged; what is older than the log's retention is forgotten."""
        self._database.run("INSERT OR IGNORE INTO notified VALUES (?, ?)", (one, int(now.timestamp())))
        before = int((now - self._kept).timestamp())
        old = "DELETE FROM notified WHERE id IN (SELECT id FROM notified WHERE at < ? LIMIT 10)"
        self._database.run(old, (before,))

    def close(self) -> None:
        """Close the file."""
        self._database.close()
