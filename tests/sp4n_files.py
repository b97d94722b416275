"""Files of SP4N-LAPOR! for tests, invented: CSV in any encoding, and workbooks."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import xlsxwriter

ROW: Final = {
    "Tracking ID": "7700001",
    "Tanggal Laporan": "24/11/2026 10:30",
    "Klasifikasi Laporan": "Pengaduan",
    "Kategori": "Kartu Indonesia Pintar/KIP",
    "Judul Laporan": "PIP belum cair",
    "Isi Laporan": "Dana PIP anak saya belum cair sejak Mei",
    "Provinsi": "Jawa Barat",
    "Kabupaten/Kota": "Kota Bandung",
    "Status": "Terdisposisi",
    "Nama Pelapor": "Sari Contoh",
}


def report(number: int = 7700001, **changes: str) -> dict[str, str]:
    """One report; `changes` by header, with `_` for a space."""
    return ROW | {"Tracking ID": str(number)} | {key.replace("_", " "): value for key, value in changes.items()}


def csv_text(rows: Sequence[Mapping[str, object]], delimiter: str = ",") -> str:
    """The rows under their headers."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def write_csv(path: Path, rows: Sequence[Mapping[str, object]], encoding: str = "utf-8", delimiter: str = ",") -> Path:
    """A CSV file of the rows."""
    path.write_bytes(csv_text(rows, delimiter).encode(encoding))
    return path


def write_workbook(path: Path, rows: Sequence[Mapping[str, object]], *, before: Sequence[str] = ()) -> Path:
    """A workbook of the rows, under some lines of text, behind a sheet of another kind. Dates are dates."""
    book = xlsxwriter.Workbook(path)
    book.add_worksheet("Sampul").write_string(0, 0, "Rekapitulasi")
    sheet = book.add_worksheet("Data")
    date = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
    for number, line in enumerate(before):
        sheet.write_string(number, 0, line)
    table: list[list[object]] = [list(rows[0]), *(list(row.values()) for row in rows)]
    for number, values in enumerate(table, len(before)):
        for place, value in enumerate(values):
            if isinstance(value, datetime):
                sheet.write_datetime(number, place, value, date)
            else:
                sheet.write(number, place, value)
    book.close()
    return path
