"""Deadlines: the ministry's promises, counted in days that people work."""

from copy import deepcopy
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aduan.datafiles import load_yaml
from aduan.deadlines import add_working_days, due_at, is_working_time, next_working_moment, parse_deadlines, promise
from aduan.units import load_units
from schemas.errors import SettingsError

WIB, WITA, WIT = ZoneInfo("Asia/Jakarta"), ZoneInfo("Asia/Makassar"), ZoneInfo("Asia/Jayapura")
UNITS = st.sampled_from(["ult", "itjen", "bpmp-73", "dinas-9171", "dinas-3273"])
JENIS = st.sampled_from(["pengaduan", "informasi", "aspirasi", "wbs"])
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2032, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are bare


def due(received: str, **case: str) -> str:
    """Deadline of a case that came at a time in Jakarta, by the clock there, to the minute."""
    at = datetime.fromisoformat(received).replace(tzinfo=WIB).astimezone(UTC)
    known = {"jenis": "pengaduan", "kategori": "sarpras", "prioritas": "normal", "unit": "ult"} | case
    found = due_at(at, **known)
    assert found.tzinfo is UTC
    return found.astimezone(WIB).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("case", "days"),
    [
        ({"jenis": "informasi"}, 5),
        ({"jenis": "pengaduan"}, 14),
        ({"jenis": "aspirasi"}, 14),
        ({"jenis": "wbs"}, 60),
        ({"kategori": "korupsi"}, 60),
        ({"kategori": "pungutan"}, 14),
        ({"kategori": "pungutan", "unit": "itjen"}, 60),
        ({"jenis": "informasi", "kategori": "korupsi"}, 5),
        ({"jenis": "a-newer-class", "kategori": "unknown", "unit": "unknown"}, 14),
    ],
)
def test_each_class_has_its_working_days(case: dict[str, str], days: int) -> None:
    known = {"jenis": "pengaduan", "kategori": "sarpras", "prioritas": "normal", "unit": "ult"} | case
    assert promise(*known.values()).working_days == days
    expected = add_working_days(date(2026, 9, 1), days)
    assert due("2026-09-01 10:00", **case) == f"{expected} 16:00"


def test_a_week_without_holidays_is_counted_to_the_end_of_the_fifth_day() -> None:
    assert due("2026-11-23 10:00", jenis="informasi") == "2026-11-30 16:00"


def test_an_urgent_case_is_due_in_24_hours_by_the_clock_even_at_the_weekend() -> None:
    assert due("2026-11-21 23:30", prioritas="darurat", jenis="wbs") == "2026-11-22 23:30"


def test_idul_fitri_2026_with_nyepi_and_joint_holidays_is_skipped() -> None:
    # Wednesday 18 March (joint, Nyepi) to Tuesday 24 March (joint, Idul Fitri) are off.
    assert due("2026-03-17 09:00", jenis="informasi") == "2026-03-31 16:00"


def test_christmas_2026_and_its_joint_holiday_are_skipped() -> None:
    assert due("2026-12-23 09:00", jenis="informasi") == "2027-01-04 16:00"


def test_nyepi_2026_is_no_working_day() -> None:
    assert not is_working_time(datetime(2026, 3, 19, 10, tzinfo=WITA), WITA)


def test_in_ramadan_the_day_ends_earlier() -> None:
    assert due("2026-02-23 09:00", jenis="informasi") == "2026-03-02 15:00"


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        ("2026-11-23 06:00", "2026-11-30 16:00"),  # before the day begins: the same day
        ("2026-11-23 15:59", "2026-11-30 16:00"),
        ("2026-11-23 16:00", "2026-12-01 16:00"),  # the day is over: from the next
        ("2026-11-21 12:00", "2026-11-30 16:00"),  # Saturday: from Monday
        (
            "2026-12-25 12:00",
            "2027-01-06 16:00",
        ),  # Christmas, a Friday: from Monday 28th, over New Year and Isra Mi'raj
    ],
)
def test_what_comes_outside_of_working_time_counts_from_the_next_working_day(received: str, expected: str) -> None:
    assert due(received, jenis="informasi") == expected


def test_the_day_ends_by_the_clock_of_the_unit() -> None:
    received = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)  # 14:30 WIB, 15:30 WITA, 16:30 WIT
    found = {
        unit: due_at(received, jenis="informasi", kategori="ppdb", prioritas="normal", unit=unit)
        for unit in ("bpmp-32", "bpmp-73", "bpmp-91")
    }
    assert found == {
        "bpmp-32": datetime(2026, 11, 30, 9, tzinfo=UTC),
        "bpmp-73": datetime(2026, 11, 30, 8, tzinfo=UTC),
        "bpmp-91": datetime(2026, 12, 1, 7, tzinfo=UTC),
    }


def test_a_forged_date_at_the_end_of_the_calendar_has_a_deadline() -> None:
    late = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
    assert due_at(late, jenis="wbs", kategori="korupsi", prioritas="darurat", unit="itjen") >= late
    early = datetime(1, 1, 1, tzinfo=UTC)
    assert due_at(early, jenis="wbs", kategori="korupsi", prioritas="normal", unit="itjen") > early


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        due_at(datetime(2026, 11, 23), jenis="wbs", kategori="pip", prioritas="normal", unit="ult")  # noqa: DTZ001
    with pytest.raises(ValueError, match="zone"):
        is_working_time(datetime(2026, 11, 23), WIB)  # noqa: DTZ001


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=30)), JENIS, UNITS)
def test_what_comes_later_is_never_due_earlier(first: datetime, gap: timedelta, jenis: str, unit: str) -> None:
    one = due_at(first, jenis=jenis, kategori="ppdb", prioritas="normal", unit=unit)
    other = due_at(first + gap, jenis=jenis, kategori="ppdb", prioritas="normal", unit=unit)
    assert first < one <= other


@given(MOMENTS, JENIS, UNITS)
def test_nothing_is_due_on_a_weekend_or_holiday(received: datetime, jenis: str, unit: str) -> None:
    found = due_at(received, jenis=jenis, kategori="ppdb", prioritas="normal", unit=unit)
    local = found.astimezone(load_units().zone(unit))
    off = holidays.country_holidays("ID", years=local.year, categories=("public", "government"))
    assert local.weekday() < 5
    assert local.date() not in off
    assert local.time() in (time(16), time(15))


@given(MOMENTS, st.sampled_from([WIB, WITA, WIT]))
def test_the_next_working_moment_is_the_first_one(now: datetime, zone: ZoneInfo) -> None:
    found = next_working_moment(now, zone)
    assert found >= now
    assert is_working_time(found, zone)
    assert (found == now) == is_working_time(now, zone)
    assert found == now or not is_working_time(found - timedelta(microseconds=1), zone)


@given(st.dates(date(2020, 1, 1), date(2032, 1, 1)), st.integers(0, 60), st.integers(0, 60))
def test_working_days_add_up(day: date, some: int, more: int) -> None:
    assert add_working_days(add_working_days(day, some), more) == add_working_days(day, some + more)


def change(path: str, value: object) -> dict[str, Any]:
    raw = deepcopy(load_yaml("deadlines.yaml"))
    *parents, last = path.split(".")
    here: Any = raw
    for key in parents:
        here = here[int(key)] if isinstance(here, list) else here[key]
    here[int(last) if isinstance(here, list) else last] = value
    return raw


def test_a_unit_can_promise_less() -> None:
    own = {"bpmp-15": {"pengaduan": {"working_days": 1}}}
    found = parse_deadlines(change("units", own))
    assert found.promise("pengaduan", "ppdb", "normal", "bpmp-15").working_days == 1
    assert found.promise("pengaduan", "ppdb", "normal", "bpmp-16").working_days == 14
    assert found.promise("pengaduan", "ppdb", "darurat", "bpmp-15").hours == 24


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("rules.0.hours", "soon", "rules.0.hours"),
        ("rules.0.working_days", 3, "rules.0"),
        ("rules.0.prioritas", ["panik"], "rules, darurat.prioritas"),
        ("rules.3.unit", ["nowhere"], "rules, pengawasan_pungutan.unit"),
        ("rules.6.jenis", ["pengaduan"], "rules, pengaduan"),
        ("units", {"nowhere": {}}, "units.nowhere"),
        ("units", {"ult": {"informsi": {"working_days": 1}}}, "units.ult.informsi"),
        ("working_time.usual", {"start": "16:00", "end": "07:30"}, "working_time.usual"),
        ("extra_days_off", ["tomorrow"], "extra_days_off.0"),
    ],
)
def test_a_wrong_file_is_refused_with_the_key_that_is_wrong(path: str, value: object, named: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_deadlines(change(path, value))
    assert str(caught.value).startswith(f"aduan/data/deadlines.yaml, {named}")
