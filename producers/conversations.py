"""The door's memory of conversations: which complaint a message's id names, and who belongs to it. Beside the claims.

It holds keyed digests and complaint ids only: no Message-ID, address or text. A row lives for a year after it was last
named, so that an answer to an old acknowledgement still finds its case.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from producers.claims import PURGED_AT_ONCE, Claims

KEPT: Final = timedelta(days=365)
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS names (name TEXT PRIMARY KEY, complaint TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS members (
    complaint TEXT NOT NULL, member TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (complaint, member)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS names_at ON names (at);
CREATE INDEX IF NOT EXISTS members_at ON members (at);
"""


@dataclass(frozen=True, slots=True)
class Named:
    """A complaint that a name stands for, and whether the asking sender belongs to it."""

    complaint_id: str
    belongs: bool


@dataclass(frozen=True, slots=True)
class Heard:
    """What to remember of one message: the complaint it became or joined, its names, and who belongs to it now."""

    complaint_id: str
    names: tuple[str, ...]
    members: tuple[str, ...] = ()


class Conversations:
    """The conversations of an installation, in the same file as its claims; as thread-safe as they are.

    Every method raises UnavailableError when the file can't be had: the door then says no.
    """

    def __init__(self, claims: Claims) -> None:
        self._claims = claims

    def find(self, names: Sequence[str], member: str) -> dict[str, Named]:
        """Those of the names that are known, and whether `member` ("" for nobody) belongs there."""
        if not names:
            return {}
        holes = ",".join("?" * len(names))
        with self._claims.transaction(_SCHEMA) as database:
            rows = database.execute(
                "SELECT names.name, names.complaint, members.member IS NOT NULL FROM names "  # noqa: S608 - only holes
                "LEFT JOIN members ON members.complaint = names.complaint AND members.member = ? "
                f"WHERE names.name IN ({holes})",
                (member, *names),
            ).fetchall()
        return {name: Named(complaint, bool(belongs)) for name, complaint, belongs in rows}

    def remember(self, heard: Iterable[Heard], now: datetime) -> None:
        """Keep what was heard. A name that is known keeps its complaint: the first one wins."""
        at = int(now.timestamp() * 1000)
        with self._claims.transaction(_SCHEMA) as database:
            for one in heard:
                database.executemany(
                    "INSERT INTO names VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET at = excluded.at",
                    [(name, one.complaint_id, at) for name in one.names],
                )
                database.executemany(
                    "INSERT INTO members VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET at = excluded.at",
                    [(one.complaint_id, member, at) for member in one.members],
                )

    def purge(self, now: datetime) -> int:
        """Delete up to 1,000 rows of each kind that nobody named for a year; returns how many."""
        before = int((now - KEPT).timestamp() * 1000)
        with self._claims.transaction(_SCHEMA) as database:
            return _purge(database, before)


def _purge(database: sqlite3.Connection, before: int) -> int:
    names = database.execute(
        "DELETE FROM names WHERE name IN (SELECT name FROM names WHERE at < ? LIMIT ?)", (before, PURGED_AT_ONCE)
    )
    members = database.execute(
        "DELETE FROM members WHERE (complaint, member) IN (SELECT complaint, member FROM members WHERE at < ? LIMIT ?)",
        (before, PURGED_AT_ONCE),
    )
    return names.rowcount + members.rowcount
