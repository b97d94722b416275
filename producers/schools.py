"""The list of schools that the form searches: NPSN, name, level and kabupaten, in a small file of full-text search.

The ministry's reference list is not ours to ship: `aduan schools FILE` reads it. Without one, the form finds places.
"""

import csv
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple

from aduan.places import words_of
from aduan.regions import is_region, regency_name
from schemas.errors import Reason, RefusedError, UnavailableError

COLUMNS: Final = ("npsn", "nama", "jenjang", "kabupaten")
MOST: Final = 12
_NPSN_LENGTH: Final = 8
_SCHEMA: Final = (
    "CREATE VIRTUAL TABLE schools USING fts5(npsn UNINDEXED, name, level UNINDEXED, kabupaten UNINDEXED, region)"
)


class School(NamedTuple):
    """A school; `kabupaten` is its Kemendagri code of four digits."""

    npsn: str
    name: str
    level: str
    kabupaten: str

    @property
    def label(self) -> str:
        """How it stands in a complaint: name, NPSN and place."""
        return f"{self.name} (NPSN {self.npsn}), {regency_name(self.kabupaten)}"


class Schools:
    """Reads the list. Without a file nothing is found; UnavailableError when it can't be read."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def find(self, text: str, most: int = MOST) -> list[School]:
        """Schools with a word that begins with each typed word, in name or kabupaten; or the one of that NPSN."""
        words = words_of(text)
        if not words or not self._path.exists():
            return []
        if len(words) == 1 and words[0].isdigit() and len(words[0]) == _NPSN_LENGTH:
            return self._read("SELECT npsn, name, level, kabupaten FROM schools WHERE npsn = ?", words[0], 1)
        asked = " ".join(f'"{word}"*' for word in words)
        return self._read(
            "SELECT npsn, name, level, kabupaten FROM schools WHERE schools MATCH ? ORDER BY rank", asked, most
        )

    def get(self, npsn: str) -> School | None:
        """The school of that number."""
        found = self.find(npsn) if npsn.isdigit() and len(npsn) == _NPSN_LENGTH else []
        return found[0] if found else None

    def _read(self, statement: str, value: str, most: int) -> list[School]:
        try:
            with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)) as database:
                return [School(*row) for row in database.execute(f"{statement} LIMIT ?", (value, most))]
        except sqlite3.Error as error:
            raise UnavailableError(f"the list of schools can't be read ({type(error).__name__})") from error


def schools_path(data_dir: Path) -> Path:
    """Where an installation keeps its list."""
    return data_dir / "schools.sqlite"


def build(path: Path, schools: Iterable[School]) -> int:
    """Write the list anew; the old one serves until the new one is whole. Returns the number of schools."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(fresh)) as database, database:
            database.execute(_SCHEMA)
            rows = ((*one, regency_name(one.kabupaten)) for one in schools)
            count = database.executemany("INSERT INTO schools VALUES (?, ?, ?, ?, ?)", rows).rowcount
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    return max(count, 0)


def read_schools(path: Path) -> Iterator[School]:
    """Schools of a TSV or CSV file with the columns `COLUMNS`. RefusedError names line and column."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            file.seek(0)
            rows = csv.DictReader(file, delimiter="\t" if "\t" in first else ",")
            if missing := [name for name in COLUMNS if name not in (rows.fieldnames or ())]:
                raise _wrong(1, missing[0], "this column is missing")
            for number, row in enumerate(rows, 2):
                yield _school(number, row)
    except (OSError, UnicodeDecodeError) as error:
        raise RefusedError(Reason.MALFORMED_JSON, f"{path} can't be read: {type(error).__name__}") from None


def _school(number: int, row: dict[str, str]) -> School:
    npsn, name, level, kabupaten = ((row[column] or "").strip() for column in COLUMNS)
    if not (len(npsn) == _NPSN_LENGTH and npsn.isalnum()):
        raise _wrong(number, "npsn", "must have eight characters")
    if not 0 < len(name) <= 200:  # noqa: PLR2004 - as long as a place may be in the form
        raise _wrong(number, "nama", "must have 1 to 200 characters")
    code = kabupaten.replace(".", "")
    if not (len(code) == 4 and is_region(code)):  # noqa: PLR2004 - digits of a kabupaten
        raise _wrong(number, "kabupaten", "must be a Kemendagri code of four digits, such as 3578")
    return School(npsn, name, level.lower(), code)


def _wrong(line: int, column: str, what: str) -> RefusedError:
    return RefusedError(Reason.INVALID_EVENT, f"line {line}, {column}: {what}")
