"""Answers that must wait long: on disk, as on the log, so that one address holds no memory and no commit."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from aduan.connections.database import Database
from aduan.connections.log_reader import LogRecord

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
        self._database = Database(path, _SCHEMA, synchronous="FULL")

    def park(self, one: str, record: LogRecord, now: datetime) -> None:
        """Try this one again later: after a minute, two, four, … and at last every hour."""
        headers = orjson.dumps([(name, value.decode("latin-1")) for name, value in record.headers])
        values = (one, _at(now), _at(now + _FIRST), record.topic, record.partition, record.offset)
        self._database.run(
            "INSERT INTO parked VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET tries = tries + 1, "
            "next = ? + min(? << min(tries + 1, 10), ?)",
            (*values, record.value or b"", headers, _at(now), _FIRST.seconds, _LONGEST.seconds),
        )

    def due(self, now: datetime, limit: int) -> list[Waiting]:
        """Those to take up now; they are not due again for a while."""
        rows = self._database.run(
            "UPDATE parked SET next = ? WHERE id IN (SELECT id FROM parked WHERE next <= ? ORDER BY next LIMIT ?) "
            "RETURNING id, first, topic, part, off, value, headers",
            (_at(now + _LEASE), _at(now), limit),
        )
        return [Waiting(str(row[0]), datetime.fromtimestamp(row[1], now.tzinfo), _record(row)) for row in rows]

    def wake(self) -> None:
        """All are due: the process starts, perhaps because what was in the way was set right."""
        self._database.run("UPDATE parked SET next = 0", ())

    def drop(self, one: str) -> None:
        """This one waits no longer; one that is not here is fine."""
        self._database.run("DELETE FROM parked WHERE id = ?", (one,))

    def count(self) -> int:
        """How many wait."""
        return int(self._database.run("SELECT count(*) FROM parked", ())[0][0])

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def _at(moment: datetime) -> int:
    return int(moment.timestamp())


def _record(row: tuple[Any, ...]) -> LogRecord:
    one, _, topic, part, off, value, headers = row
    pairs = [(name, text.encode("latin-1")) for name, text in orjson.loads(headers)]
    return LogRecord(topic, part, off, 0, one.encode(), value, pairs)
