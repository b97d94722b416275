"""The dates of SP4N-LAPOR!'s files, which come without a zone and in several forms, and the deadlines made of them."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from aduan.deadlines import add_working_days
from aduan.sp4n_file import Sp4nFile
from aduan.working_time import end_of_day, first_working_day

MAX_DAYS: Final = 260
"""Working days of a year: a longer deadline is a mistake."""
_WORDS: Final = re.compile(r"(\d{1,2})\s+([a-z]+)\s+(\d{4})")
_ZONES: Final = re.compile(r"\s*\b(wib|pukul|jam)\b\.?\s*|,", re.IGNORECASE)
_YEARS: Final = (2000, 2100)
_SERIAL: Final = re.compile(r"\d{5}(\.\d+)?")
_EXCEL: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - a workbook's own day 0, without a zone


def read_moment(value: str | datetime, file: Sp4nFile) -> tuple[datetime, bool] | None:
    """The moment in UTC, and whether the value is a day without a time; None for what can't be read."""
    found = value if isinstance(value, datetime) else _parsed(value, file)
    if found is None or not _YEARS[0] <= found.year < _YEARS[1]:
        return None
    whole_day = found.tzinfo is None and found.time() == time()
    if found.tzinfo is None:
        found = found.replace(tzinfo=file.zone)
    return found.astimezone(UTC), whole_day


def read_deadline(value: str | datetime, file: Sp4nFile) -> datetime | None:
    """A deadline in UTC; that of a whole day is the end of its working hours. None for what can't be read."""
    found = read_moment(value, file)
    if found is None:
        return None
    moment, whole_day = found
    return end_of_day(moment.astimezone(file.zone).date(), file.zone) if whole_day else moment


def deadline_after(start: datetime, days: str, file: Sp4nFile) -> datetime | None:
    """So many working days after `start`, to the end of the last one's working hours; None for what is no count."""
    number = re.match(r"\d{1,3}(?!\d)", days)
    if number is None or int(number[0]) > MAX_DAYS:
        return None
    return end_of_day(add_working_days(first_working_day(start, file.zone), int(number[0])), file.zone)


def working_days(start: datetime, end: datetime, file: Sp4nFile) -> int:
    """How many working days `end` is after `start`, at most those of a year."""
    last, first = end.astimezone(file.zone).date(), first_working_day(start, file.zone)
    return next((count for count in range(MAX_DAYS) if add_working_days(first, count) >= last), MAX_DAYS)


def _parsed(text: str, file: Sp4nFile) -> datetime | None:
    text = _ZONES.sub(" ", text).strip()
    if _SERIAL.fullmatch(text):  # a date cell that lost its format: days since 1899-12-30
        return _EXCEL + timedelta(minutes=round(float(text) * 1440))
    text = _numbered(text.lower(), file.months) or text
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for form in (file.date_format, *file.date_formats):
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - the files' dates have no zone; the caller adds it
        except ValueError:
            continue
    return None


def _numbered(text: str, months: Mapping[str, int]) -> str | None:
    """`24 november 2026 10.30` as `2026-11-24 10:30`."""
    found = _WORDS.search(text)
    if found is None or found[2] not in months:
        return None
    try:
        day = date(int(found[3]), months[found[2]], int(found[1]))
    except ValueError:
        return None
    clock = text[found.end() :].strip().replace(".", ":")
    return f"{day.isoformat()} {clock}".strip()
