"""Hotlines: the nearest first, the national ones always, and a clear error for a wrong file."""

import pytest

from aduan.hotlines import hotlines, parse_hotlines
from schemas.errors import SettingsError

LINE = {"code": "darurat", "number": "112", "id": "Bahaya", "en": "Danger"}


def test_everywhere_there_is_a_number_for_danger_for_children_and_for_who_wants_to_die() -> None:
    assert {"112", "129", "119 ext. 8"} <= {one.number for one in hotlines()}
    assert all(one.id and one.en for one in hotlines("3578", "35"))


def test_a_region_replaces_the_national_line_of_the_same_code() -> None:
    surabaya = hotlines("3578", "35")
    assert [one.code for one in surabaya].count("darurat") == 1
    assert "Surabaya" in surabaya[0].id
    assert hotlines("3578") == surabaya


@pytest.mark.parametrize(
    ("raw", "named"),
    [
        ({"national": []}, "national"),
        ({"national": [LINE | {"number": "call us"}]}, "national.0.number"),
        ({"national": [LINE], "regions": {"99": [LINE]}}, "regions.99"),
        ({"national": [LINE], "other": 1}, "other"),
    ],
)
def test_a_wrong_file_is_named_with_the_key_that_is_wrong(raw: dict[str, object], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        parse_hotlines(raw)
