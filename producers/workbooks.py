"""Workbooks of strangers, looked at before they are read: what unpacks to too much, or lies too far apart, is refused.

The reader holds a sheet as a full rectangle: one cell in the last corner of an empty sheet would take all memory.
"""

import re
import zipfile
from pathlib import Path
from typing import Final

from schemas.errors import Reason, RefusedError

MAX_UNPACKED: Final = 2_000_000_000
"""Bytes that a workbook may unpack to; it is read whole. A larger table comes as CSV, which is read as a stream."""
MAX_CELLS: Final = 25_000_000
"""Cells of the rectangle around everything on a sheet: a million rows of twenty columns take 0.8 GB."""
_WORKBOOK: Final = "xl/workbook.xml"
_SHEETS: Final = "xl/worksheets/"
_CELL: Final = re.compile(rb"<(?:\w+:)?c\s[^<>]*?\br=[\"']([A-Z]{1,3})(\d{1,7})[\"']")
_CHUNK: Final = 1 << 20
_OVERLAP: Final = 500


def check_workbook(path: Path) -> None:
    """Raise RefusedError, with what to do about it, for what is no .xlsx or more than can be held."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if not any(part.filename == _WORKBOOK for part in parts):
                raise refused(path, "is no workbook that can be read: save it as .xlsx or CSV")
            if sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise refused(path, "unpacks to too much: save it as CSV, which is read as a stream")
            for part in parts:
                if part.filename.startswith(_SHEETS) and _extent(archive, part) > MAX_CELLS:
                    raise refused(path, "has cells far away from its table: delete them, or save it as CSV")
    except (zipfile.BadZipFile, zipfile.LargeZipFile, RuntimeError, EOFError, NotImplementedError):
        # RuntimeError is zipfile's word for an encrypted part, NotImplementedError for a compression it doesn't know.
        raise refused(path, "is no workbook that can be read: save it as .xlsx or CSV") from None


def refused(path: Path, why: str) -> RefusedError:
    """The error, naming the file."""
    return RefusedError(Reason.INVALID_EVENT, f"{path.name} {why}")


def _extent(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> int:
    """Cells of the rectangle from the first cell of a sheet to its last row and column."""
    rows, columns, kept = 1, 1, b""
    with archive.open(part) as sheet:
        while chunk := sheet.read(_CHUNK):
            for letters, digits in _CELL.findall(kept + chunk):
                rows, columns = max(rows, int(digits)), max(columns, _column(letters))
            kept = chunk[-_OVERLAP:]
    return rows * columns


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number
