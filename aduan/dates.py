"""Moments as people read them, in their own zone (WIB, WITA, WIT). Pure; independent of the process's locale."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

_DAYS: Final = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
_MONTHS: Final = (
    *("Januari", "Februari", "Maret", "April", "Mei", "Juni"),
    *("Juli", "Agustus", "September", "Oktober", "November", "Desember"),
)


def in_indonesian(moment: datetime, zone: ZoneInfo) -> str:
    """For example `Selasa, 24 November 2026, 10.00 WIB`."""
    local = moment.astimezone(zone)
    return f"{_DAYS[local.weekday()]}, {local.day} {_MONTHS[local.month - 1]} {local:%Y, %H.%M %Z}"


def in_english(moment: datetime, zone: ZoneInfo) -> str:
    """For example `2026-11-24 10:00 WIB`; numbers only, since strftime's names follow the locale of the process."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M %Z}"


def in_words(moment: datetime, zone: ZoneInfo, language: str) -> str:
    """In English for `en`, else in Indonesian."""
    return in_english(moment, zone) if language == "en" else in_indonesian(moment, zone)
