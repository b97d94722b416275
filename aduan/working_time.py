"""Working days and hours of the civil service: what deadlines and the escalator count in."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import Annotated, Final, Self
from zoneinfo import ZoneInfo

import holidays
from pydantic import BaseModel, ConfigDict, model_validator

from aduan.datafiles import load_yaml

_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5
_KEPT_DAYS: Final = 8192
_KEPT_YEARS: Final = 32
LATEST: Final = date(9998, 1, 1)
"""Days after this are not counted: a forged date can't run off the end of the calendar."""


class Hours(BaseModel):
    """From when to when people work on a day, by the unit's clock."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: time
    end: time

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start >= self.end:
            raise ValueError("the end must be after the start")
        return self


class WorkingTime(BaseModel):
    """The part `working_time` of deadlines.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    usual: Hours
    ramadan: Hours
    ramadan_periods: tuple[tuple[date, date], ...]


class Calendar(BaseModel):
    """What deadlines.yaml says about days and hours."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    working_time: WorkingTime
    extra_days_off: tuple[Annotated[date, "a day off that the package does not know"], ...]
    extra_working_days: tuple[Annotated[date, "a day that the package wrongly has off"], ...]


@cache
def _calendar() -> Calendar:
    return Calendar.model_validate(load_yaml("deadlines.yaml"))


@lru_cache(maxsize=_KEPT_YEARS)
def _days_off(year: int) -> frozenset[date]:
    """National holidays and cuti bersama of a year, corrected by the data file; weekends not included."""
    found = holidays.country_holidays("ID", years=year, categories=("public", "government"))
    calendar = _calendar()
    return frozenset({*found, *calendar.extra_days_off} - set(calendar.extra_working_days))


@lru_cache(maxsize=_KEPT_DAYS)
def is_working_day(day: date) -> bool:
    """Monday to Friday without national holidays and cuti bersama."""
    return day.weekday() < _SATURDAY and day not in _days_off(day.year)


@lru_cache(maxsize=_KEPT_DAYS)
def add_working_days(day: date, days: int) -> date:
    """The working day that is `days` after `day`; with 0 `day` itself, or the next one that is a working day."""
    left = days + 1 if not is_working_day(day) else days
    if left <= 0 or day >= LATEST:
        return day
    return next(found for left_over, found in enumerate(_working_days_after(day), 1) if left_over == left)


def _working_days_after(day: date) -> Iterator[date]:
    while True:
        day += _DAY
        if day > LATEST or is_working_day(day):
            yield day


@lru_cache(maxsize=_KEPT_DAYS)
def hours_of(day: date) -> Hours:
    """Working hours of a day, whether people work on it or not."""
    working_time = _calendar().working_time
    if any(first <= day <= last for first, last in working_time.ramadan_periods):
        return working_time.ramadan
    return working_time.usual


def is_working_time(now: datetime, zone: ZoneInfo) -> bool:
    """Whether people in that zone work now. The end of the day no longer counts."""
    local = _local(now, zone)
    hours = hours_of(local.date())
    return hours.start <= local.time() < hours.end and is_working_day(local.date())


def next_working_moment(now: datetime, zone: ZoneInfo) -> datetime:
    """`now` if people in that zone work, else when they start the next time; UTC."""
    if is_working_time(now, zone):
        return now.astimezone(UTC)
    day = first_working_day(now, zone)
    return datetime.combine(day, hours_of(day).start, zone).astimezone(UTC)


def first_working_day(now: datetime, zone: ZoneInfo) -> date:
    """The day that the count starts with: today until the end of its working hours, else the next working day."""
    local = _local(now, zone)
    today = local.date()
    return add_working_days(today, 1 if is_working_day(today) and local.time() >= hours_of(today).end else 0)


@lru_cache(maxsize=_KEPT_DAYS)
def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """When the working hours of a day end in that zone; UTC."""
    return datetime.combine(day, hours_of(day).end, zone).astimezone(UTC)


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment needs its zone: pass UTC")
    return moment.astimezone(zone)
