"""What the mailbox reader decides: where to go on, in which steps, what is too large, how long to wait. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from producers.imap_cursor import Cursor

WINDOW: Final = 50_000
"""UIDs asked about at once: an answer with all of them stays under the line length that clients take (1 MB)."""
MOST_MAILS: Final = 100
"""Mails in one step: one acknowledgement of Kafka for all of them, and a command line that every server takes."""
MOST_BYTES: Final = 16_000_000
"""Bytes fetched in one step, unless a single mail is larger: that bounds memory, not the mailbox's size."""


@dataclass(frozen=True, slots=True)
class Folder:
    """What the server says of the folder when it is opened. `uidnext` is above every UID that it holds now."""

    uidvalidity: int
    uidnext: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """One mail that waits: its size as the server says, and when it arrived there (UTC)."""

    uid: int
    size: int
    arrived: datetime | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """Mails to fetch together, in UID order, or one that is too large to be fetched."""

    mails: tuple[Waiting, ...]
    too_large: bool = False

    @property
    def last(self) -> int:
        """The UID that the cursor moves to once the step is done."""
        return self.mails[-1].uid


def resume(cursor: Cursor, folder: Folder) -> Cursor:
    """Where to go on: at the start when UIDs were given anew, or when the server has forgotten some (a restore)."""
    if cursor.uidvalidity != folder.uidvalidity or cursor.uid >= folder.uidnext:
        return Cursor(uidvalidity=folder.uidvalidity, uid=0)
    return cursor


def windows(cursor: Cursor, folder: Folder) -> Iterator[tuple[int, int]]:
    """First and last UID of each window that is still unread, in order."""
    for first in range(cursor.uid + 1, folder.uidnext, WINDOW):
        yield first, min(first + WINDOW, folder.uidnext) - 1


def steps(waiting: Sequence[Waiting], largest: int) -> Iterator[Step]:
    """The mails cut into steps, in UID order; one above `largest` bytes is a step of its own."""
    taken: list[Waiting] = []
    size = 0
    for mail in sorted(waiting, key=lambda one: one.uid):
        too_large = mail.size > largest
        if taken and (too_large or len(taken) >= MOST_MAILS or size + mail.size > MOST_BYTES):
            yield Step(tuple(taken))
            taken, size = [], 0
        if too_large:
            yield Step((mail,), too_large=True)
        else:
            taken.append(mail)
            size += mail.size
    if taken:
        yield Step(tuple(taken))
