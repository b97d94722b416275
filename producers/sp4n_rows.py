"""One row of an SP4N-LAPOR! file to a submission, with a note for each thing that was not understood. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Final

from aduan.regions import find_region, is_region
from aduan.sp4n import Sp4n
from aduan.sp4n_dates import deadline_after, read_deadline, read_moment
from aduan.sp4n_file import Class, plain
from aduan.sp4n_notes import Fate, Problem, meanings
from aduan.taxonomy import is_code
from aduan.text import surface_words
from aduan.tracking import parse_tracking_number
from producers.spreadsheets import Cell
from producers.submission import Submission
from schemas.content import Reporter
from schemas.events import Channel, Claimed, Origin

ACCOUNT: Final = "sp4n"
SOURCE: Final = "/producers/sp4n"
MAX_ID: Final = 100
NEEDED: Final = ("tracking_id", "text")
_LONGEST: Final = {"name": 200, "email": 320, "phone": 40, "address": 500}
_NOBODY: Final = frozenset({"", "anonim", "anonymous", "null", "none", "n a", "nan", "tidak ada", "disembunyikan"})
_LEVELS: Final = ("publik", "anonim", "rahasia")
_LOST_ZERO: Final = re.compile(r"8\d{8,11}")
"""An Indonesian mobile number that a spreadsheet took for a number: its first 0 is gone."""


@dataclass(frozen=True, slots=True)
class Note:
    """One thing about one row. Never a value of it, but the report's own number."""

    row: int
    problem: Problem
    column: str = ""
    tracking_id: str = ""
    case: str = ""
    """Tracking number of the case that it became, or that it clashed with."""

    @property
    def fate(self) -> Fate:
        """What came of the row."""
        return meanings()[self.problem].fate


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


@dataclass(slots=True)
class _Reading:
    """A row while it is read."""

    sp4n: Sp4n
    number: int
    cells: Mapping[str, Cell]
    notes: list[Note] = field(default_factory=list)

    def text(self, name: str) -> str:
        value = self.cells.get(name, "")
        return value if isinstance(value, str) else value.isoformat(" ")

    def note(self, problem: Problem, column: str) -> None:
        header = self.sp4n.file.columns[column].header
        self.notes.append(Note(self.number, problem, header, self.text("tracking_id")[:MAX_ID]))


def read_row(
    sp4n: Sp4n, header: Header, number: int, cells: Sequence[Cell], *, closed: bool = False
) -> tuple[Submission | None, list[Note]]:
    """The submission of a row, or None with the note that says why; other notes say what was left out.

    A complaint is not lost for a word that nobody knows: only its number and its words are needed. What is closed at
    SP4N-LAPOR! is passed over unless `closed`, and so is what Aduan itself had handed over.
    """
    found = {name: cells[place] for name, place in header.places.items() if place < len(cells)}
    row = _Reading(sp4n, number, found)
    if not _is_wanted(row, closed=closed):
        return None, row.notes
    sent_at = _moment(row, "sent_at", Problem.BAD_DATE)
    number_there, claimed = row.text("tracking_id"), _claimed(row)
    submission = Submission(
        channel=Channel.IMPORT,
        account=ACCOUNT,
        source=SOURCE,
        sender="",
        external_id=number_there,
        title=row.text("title"),
        text=row.text("text"),
        place=row.text("place"),
        reporter=_reporter(row),
        sent_at=sent_at,
        claimed=claimed,
        origin=Origin(external_ref=number_there, due_at=_due_at(row, sent_at)),
    )
    return submission, row.notes


def _is_wanted(row: _Reading, *, closed: bool) -> bool:
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


def _claimed(row: _Reading) -> Claimed:
    kind = _class(row)
    jenis = row.text("our_class") if is_code("jenis", row.text("our_class")) else kind.jenis if kind else None
    provinsi, kabupaten = _region(row)
    return Claimed(
        jenis=jenis,
        kategori=_kategori(row),
        provinsi=provinsi,
        kabupaten=kabupaten,
        kerahasiaan=_kerahasiaan(row, kind),
    )


def _class(row: _Reading) -> Class | None:
    words = plain(row.text("class"))
    found = row.sp4n.classes.get(words)
    if words and found is None:
        row.note(Problem.UNKNOWN_CLASS, "class")
    return found


def _kategori(row: _Reading) -> str | None:
    """Our own code where the file has it, else by the menu: category and sub-category together, or one of them."""
    if is_code("kategori", row.text("our_category")):
        return row.text("our_category")
    category, below = plain(row.text("category")), plain(row.text("subcategory"))
    for words in (f"{category} {below}".strip(), below, category):
        if words in row.sp4n.leaves:
            return row.sp4n.leaves[words].kategori
    if category or below:
        row.note(Problem.UNKNOWN_CATEGORY, "category" if category else "subcategory")
    return None


def _kerahasiaan(row: _Reading, kind: Class | None) -> str | None:
    """The strictest that the class or one of the columns asks for; what is not understood is confidential."""
    asked = [kind.kerahasiaan] if kind is not None and kind.kerahasiaan is not None else []
    for column in ("anonim", "rahasia"):
        words = plain(row.text(column))
        answer = row.sp4n.answers.get(words)
        if answer is None and words:
            named = [level for level in _LEVELS if level in words.split()]
            if not named or {"tidak", "bukan", "non"} & set(words.split()):
                row.note(Problem.UNKNOWN_ANSWER, column)
            asked.append(named[-1] if named else "rahasia")
        elif answer:
            asked.append(column)
    strictest = max(asked, key=_LEVELS.index, default="publik")
    return strictest if strictest != "publik" else None


def _region(row: _Reading) -> tuple[str | None, str | None]:
    """Province and kabupaten or kota by name or code."""
    province, regency = row.text("provinsi"), row.text("kabupaten")
    found = _region_named(province, regency)
    if (province and found[0] is None) or (regency and found[1] is None):
        row.note(Problem.UNKNOWN_REGION, "kabupaten" if regency and found[1] is None else "provinsi")
    return found


@lru_cache(maxsize=2048)
def _region_named(province: str, regency: str) -> tuple[str | None, str | None]:
    digits = regency.replace(".", "")
    if is_region(digits) and len(digits) > 2:  # noqa: PLR2004 - a province's code has two digits
        return digits[:2], digits
    provinsi = province if is_region(province) and len(province) == 2 else None  # noqa: PLR2004
    if province and provinsi is None:
        provinsi = find_region(surface_words(f"provinsi {province}")).provinsi
    if not regency:
        return provinsi, None
    context = "" if re.match(r"(?i)(kota|kab)", regency) else "kabupaten "
    place = find_region([*surface_words(context + regency), "|", *surface_words(province)])
    if place.kabupaten is None or (provinsi is not None and place.provinsi != provinsi):
        return provinsi, None
    return place.provinsi, place.kabupaten


def _moment(row: _Reading, column: str, problem: Problem) -> datetime | None:
    value = row.cells.get(column, "")
    if value == "":
        return None
    found = read_moment(value, row.sp4n.file)
    if found is None:
        row.note(problem, column)
        return None
    return found[0]


def _due_at(row: _Reading, sent_at: datetime | None) -> datetime | None:
    """Their deadline: its date, or so many working days after it was forwarded, or else sent."""
    value = row.cells.get("due_at", "")
    if value != "":
        found = read_deadline(value, row.sp4n.file)
        if found is None:
            row.note(Problem.BAD_DEADLINE, "due_at")
        return found
    days = row.text("due_days")
    start = _moment(row, "forwarded_at", Problem.BAD_DATE) or sent_at
    if not days or start is None:
        return None
    found = deadline_after(start, days, row.sp4n.file)
    if found is None:
        row.note(Problem.BAD_DEADLINE, "due_days")
    return found


def _reporter(row: _Reading) -> Reporter | None:
    values: dict[str, str] = {}
    for name, most in _LONGEST.items():
        value = row.text(name).strip()
        if plain(value) in _NOBODY:
            continue
        if name == "phone" and _LOST_ZERO.fullmatch(value):
            value = f"0{value}"
        if len(value) > most:
            row.note(Problem.CUT, name)
        values[name] = value[:most]
    return Reporter(**values) if values else None
