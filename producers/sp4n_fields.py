"""The fields of one row of an SP4N-LAPOR! file: classes, place, dates, reporter, and notes where unclear. Pure."""

import re
from collections.abc import Mapping
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
from producers.spreadsheets import Cell
from schemas.content import Reporter
from schemas.events import Claimed

MAX_ID: Final = 100
"""Longest number of a report in characters."""
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


@dataclass(slots=True)
class Reading:
    """A row while it is read."""

    sp4n: Sp4n
    number: int
    cells: Mapping[str, Cell]
    notes: list[Note] = field(default_factory=list)

    def text(self, name: str) -> str:
        """The cell of that column as text; empty where there is none."""
        value = self.cells.get(name, "")
        return value if isinstance(value, str) else value.isoformat(" ")

    def note(self, problem: Problem, column: str) -> None:
        """Keep that this column has a problem."""
        header = self.sp4n.file.columns[column].header
        self.notes.append(Note(self.number, problem, header, self.text("tracking_id")[:MAX_ID]))


def claimed_of(row: Reading) -> Claimed:
    """What the report was filed as: the classifier may differ."""
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


def _class(row: Reading) -> Class | None:
    words = plain(row.text("class"))
    found = row.sp4n.classes.get(words)
    if words and found is None:
        row.note(Problem.UNKNOWN_CLASS, "class")
    return found


def _kategori(row: Reading) -> str | None:
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


def _kerahasiaan(row: Reading, kind: Class | None) -> str | None:
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


def _region(row: Reading) -> tuple[str | None, str | None]:
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


def moment_of(row: Reading, column: str, problem: Problem) -> datetime | None:
    """The moment in that column in UTC; None where there is none, with a note where it can't be read."""
    value = row.cells.get(column, "")
    if value == "":
        return None
    found = read_moment(value, row.sp4n.file)
    if found is None:
        row.note(problem, column)
        return None
    return found[0]


def due_at_of(row: Reading, sent_at: datetime | None) -> datetime | None:
    """Their deadline: its date, or so many working days after it was forwarded, or else sent."""
    value = row.cells.get("due_at", "")
    if value != "":
        found = read_deadline(value, row.sp4n.file)
        if found is None:
            row.note(Problem.BAD_DEADLINE, "due_at")
        return found
    days = row.text("due_days")
    start = moment_of(row, "forwarded_at", Problem.BAD_DATE) or sent_at
    if not days or start is None:
        return None
    found = deadline_after(start, days, row.sp4n.file)
    if found is None:
        row.note(Problem.BAD_DEADLINE, "due_days")
    return found


def reporter_of(row: Reading) -> Reporter | None:
    """Who reported, as far as the file says; None for nobody."""
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
