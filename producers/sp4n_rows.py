"""One row of an SP4N-LAPOR! file to a submission, with a note for each thing that was not understood. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aduan.sp4n import Sp4n
from aduan.sp4n_file import plain
from aduan.sp4n_notes import Problem
from aduan.tracking import parse_tracking_number
from producers.sp4n_fields import MAX_ID, Note, Reading, claimed_of, due_at_of, moment_of, reporter_of
from producers.spreadsheets import Cell
from producers.submission import Submission
from schemas.events import Channel, Origin

ACCOUNT: Final = "sp4n"
SOURCE: Final = "/producers/sp4n"
NEEDED: Final = ("tracking_id", "text")


@dataclass(frozen=True, slots=True)
class Header:
    """Where the columns stand: our name to place, and the places of headers that nobody knows."""

    row: int
    places: Mapping[str, int]
    unknown: tuple[str, ...] = ()


def score(sp4n: Sp4n, cells: Sequence[Cell]) -> int:
    """How many headers that we know a row holds."""
    return sum(isinstance(cell, str) and plain(cell) in sp4n.headers for cell in cells)


def read_header(sp4n: Sp4n, row: int, cells: Sequence[Cell]) -> Header | None:
    """The header in that row, or None when one of the columns that every report needs is not in it."""
    places: dict[str, int] = {}
    unknown: list[str] = []
    for place, cell in enumerate(cells):
        words = plain(cell) if isinstance(cell, str) else ""
        name = sp4n.headers.get(words)
        if name is not None:
            places.setdefault(name, place)
        elif words and words not in sp4n.ignored:
            unknown.append(str(cell)[:80])
    return Header(row, places, tuple(unknown)) if all(name in places for name in NEEDED) else None


def read_row(
    sp4n: Sp4n, header: Header, number: int, cells: Sequence[Cell], *, closed: bool = False
) -> tuple[Submission | None, list[Note]]:
    """The submission of a row, or None with the note that says why; other notes say what was left out.

    A complaint is not lost for a word that nobody knows: only its number and its words are needed. What is closed at
    SP4N-LAPOR! is passed over unless `closed`, and so is what Aduan itself had handed over.
    """
    found = {name: cells[place] for name, place in header.places.items() if place < len(cells)}
    row = Reading(sp4n, number, found)
    if not _is_wanted(row, closed=closed):
        return None, row.notes
    sent_at = moment_of(row, "sent_at", Problem.BAD_DATE)
    number_there, claimed = row.text("tracking_id"), claimed_of(row)
    submission = Submission(
        channel=Channel.IMPORT,
        account=ACCOUNT,
        source=SOURCE,
        sender="",
        external_id=number_there,
        title=row.text("title"),
        text=row.text("text"),
        place=row.text("place"),
        reporter=reporter_of(row),
        sent_at=sent_at,
        claimed=claimed,
        origin=Origin(external_ref=number_there, due_at=due_at_of(row, sent_at)),
    )
    return submission, row.notes


def _is_wanted(row: Reading, *, closed: bool) -> bool:
    tracking_id, status = row.text("tracking_id"), plain(row.text("status"))
    if parse_tracking_number(row.text("our_number")) is not None:
        row.note(Problem.OWN, "our_number")
    elif not tracking_id or len(tracking_id) > MAX_ID:
        row.note(Problem.BAD_ID if tracking_id else Problem.NO_ID, "tracking_id")
    elif not row.text("text").strip():
        row.note(Problem.NO_TEXT, "text")
    elif status and status not in row.sp4n.statuses:
        row.note(Problem.UNKNOWN_STATUS, "status")
        return True
    elif status and not row.sp4n.statuses[status].take and not closed:
        row.note(Problem.CLOSED, "status")
    else:
        return True
    return False
