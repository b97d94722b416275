"""A table of text as CSV or a workbook, row by row, in constant memory; no cell is ever a formula."""

import csv
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import xlsxwriter

from aduan.cells import escaped
from schemas.errors import SettingsError, UnavailableError

MAX_ROWS: Final = 1_048_575
"""Rows of a workbook under its header."""
MAX_CELL: Final = 32_767
"""Characters of a workbook's cell; a longer text is cut there. CSV has no such limit."""
Write = Callable[[Sequence[str]], None]


@contextmanager
def writing(path: Path, headers: Sequence[str]) -> Iterator[Write]:
    """Write rows while the block runs; the file appears whole at its end, readable by its owner alone, or not at all.

    SettingsError for another ending than .csv and .xlsx, UnavailableError when the disk is full or not writable.
    """
    opened = {".csv": _csv, ".xlsx": _workbook}.get(path.suffix.lower())
    if opened is None:
        raise SettingsError(f"{path.name}: the name must end with .csv or .xlsx")
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".export-", suffix=path.suffix)
        os.close(handle)
        try:
            with opened(Path(name)) as write:
                write(headers)
                yield write
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
    except (OSError, xlsxwriter.exceptions.XlsxFileError) as error:
        raise UnavailableError(f"{path} can't be written ({type(error).__name__}); run it again") from error


@contextmanager
def _csv(path: Path) -> Iterator[Write]:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        yield lambda values: writer.writerow([escaped(value) for value in values])


@contextmanager
def _workbook(path: Path) -> Iterator[Write]:
    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    sheet = book.add_worksheet("Data")
    rows = 0

    def write(values: Sequence[str]) -> None:
        nonlocal rows
        for place, value in enumerate(values):
            sheet.write_string(rows, place, escaped(value)[:MAX_CELL])
        rows += 1

    try:
        yield write
    finally:
        book.close()
