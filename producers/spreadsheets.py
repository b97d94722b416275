"""Tables of strangers, CSV or a workbook, as rows of cells. Encoding and delimiter are found out, dates stay dates."""

import codecs
import csv
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from aduan.cells import unescaped
from producers.workbooks import check_workbook, refused
from schemas.errors import UnavailableError

Cell = str | datetime
MAX_CELL: Final = 1_000_000
"""Longest cell of a CSV file in characters: a quote that is never closed would swallow the rest of the file."""
HEADER_WITHIN: Final = 10
"""The header stands in one of so many first rows."""
_DELIMITERS: Final = (",", ";", "\t", "|")
_CHUNK: Final = 1 << 20
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table, counted from 1 as a spreadsheet does. `cells` is None when it could not be read."""

    number: int
    cells: list[Cell] | None


@dataclass(frozen=True, slots=True)
class Table:
    """A table that is open: its rows one by one, its size and how much of it is done (bytes of a CSV, else rows)."""

    lines: Iterator[Line]
    size: int
    done: Callable[[], int]


Score = Callable[[Sequence[Cell]], int]
"""How many headers that we know a row holds."""


@contextmanager
def open_table(path: Path, score: Score) -> Iterator[Table]:
    """The table while the block runs. RefusedError for what is neither, UnavailableError when it can't be read."""
    try:
        with path.open("rb") as file:
            begin = file.read(8)
            file.seek(0)
            if begin.startswith(b"PK\x03\x04"):
                yield _workbook(path, file, score)
            elif begin.startswith(b"\xd0\xcf\x11\xe0"):
                raise refused(path, "is an old or an encrypted workbook: save it as .xlsx without a password, or CSV")
            else:
                yield _csv(file, path.stat().st_size, score)
    except OSError as error:
        raise UnavailableError(f"{path.name} can't be read: {error.strerror}") from error


def _csv(file: BinaryIO, size: int, score: Score) -> Table:
    encoding = _encoding(file)
    file.seek(0)
    head = io.TextIOWrapper(io.BytesIO(file.read(_CHUNK)), encoding, errors="replace", newline="")
    delimiter = _delimiter(head.read(), score)
    file.seek(0)
    text = io.TextIOWrapper(file, encoding, errors="replace", newline="")
    csv.field_size_limit(MAX_CELL)
    done = lambda: text.buffer.tell()  # noqa: E731, PLW0108 - it holds the text, which would close the file when dropped
    return Table(_csv_lines(csv.reader(text, delimiter=delimiter)), size, done)


def _csv_lines(rows: Iterator[list[str]]) -> Iterator[Line]:
    number = 0
    while True:
        number += 1
        try:
            cells = next(rows, None)
        except csv.Error:
            yield Line(number, None)
            continue
        if cells is None:
            return
        yield Line(number, [unescaped(cell.strip()) for cell in cells])


def _encoding(file: BinaryIO) -> str:
    """By its mark, else UTF-8 if all of it is, else the code page of a Windows in Jakarta."""
    begin = file.read(4)
    for mark, name in _MARKS:
        if begin.startswith(mark):
            return name
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(begin)
        while chunk := file.read(_CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _delimiter(head: str, score: Score) -> str:
    def known(delimiter: str) -> int:
        rows = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
        try:
            return max((score(row) for row in islice(rows, HEADER_WITHIN)), default=0)
        except csv.Error:
            return 0

    return max(_DELIMITERS, key=known)


def _workbook(path: Path, file: BinaryIO, score: Score) -> Table:
    check_workbook(path)
    try:
        workbook = CalamineWorkbook.from_filelike(file)  # by content: a name may lie
        sheets = [workbook.get_sheet_by_index(number) for number in range(len(workbook.sheet_names))]
    except CalamineError:
        raise refused(path, "is no workbook that can be read: save it as .xlsx or CSV") from None
    sheet = max(sheets, key=lambda one: _best(one, score), default=None)
    if sheet is None:
        raise refused(path, "is a workbook without a sheet")
    reached = [0]
    return Table(_sheet_lines(sheet, reached), sheet.total_height, lambda: reached[0])


def _best(sheet: CalamineSheet, score: Score) -> int:
    return max((score(list(map(_cell, row))) for row in sheet.to_python(nrows=HEADER_WITHIN)), default=0)


def _sheet_lines(sheet: CalamineSheet, reached: list[int]) -> Iterator[Line]:
    first = sheet.start[0] if sheet.start else 0
    for number, row in enumerate(sheet.iter_rows(), first + 1):
        reached[0] = number
        yield Line(number, [_cell(value) for value in row])


def _cell(value: str | float | bool | datetime | date | time | timedelta) -> Cell:
    """Text, or a moment as the workbook holds it, without a zone. A whole number has no `.0`."""
    if isinstance(value, str):
        return unescaped(value.strip())
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
