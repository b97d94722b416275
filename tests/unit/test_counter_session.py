"""Sessions of the counter: short, bound to the token, and impossible to make up."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aduan.counter_session import IDLE, LONGEST, read_session, signed
from aduan.tokens import Role, TokenRow

SECRET = b"an invented secret of thirty-two"
NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)


def row(**changes: Any) -> TokenRow:
    return TokenRow(**({"name": "sari.loket", "sha256": "a" * 64, "role": Role.CLERK, "unit": "ult"} | changes))


def test_a_session_says_who_and_since_when() -> None:
    found = read_session(SECRET, [row(name="x"), row()], signed(SECRET, row(), NOW, NOW), NOW)
    assert found is not None
    assert (found.caller.name, found.caller.role, found.caller.unit, found.began) == (
        "sari.loket",
        Role.CLERK,
        "ult",
        NOW,
    )


def test_it_ends_when_nothing_is_done_and_after_a_working_day_whatever_is_done() -> None:
    idle = signed(SECRET, row(), NOW, NOW)
    assert read_session(SECRET, [row()], idle, NOW + IDLE) is not None
    assert read_session(SECRET, [row()], idle, NOW + IDLE + timedelta(seconds=1)) is None
    late = NOW + LONGEST
    busy = signed(SECRET, row(), NOW, late)
    assert read_session(SECRET, [row()], busy, late) is not None
    assert read_session(SECRET, [row()], busy, late + timedelta(seconds=1)) is None


def test_it_ends_at_once_when_its_token_is_revoked_replaced_or_given_another_role() -> None:
    value = signed(SECRET, row(), NOW, NOW)
    for rows in ([], [row(sha256="b" * 64)], [row(role=Role.ADAPTER)], [row(role=Role.INSPECTOR)]):
        assert read_session(SECRET, rows, value, NOW) is None


def test_it_cannot_be_made_up_lengthened_or_moved_to_another_name() -> None:
    value = signed(SECRET, row(), NOW, NOW)
    other = row(name="budi.loket")
    begun = f"{int(NOW.timestamp()):x}"
    later = f"{int(NOW.timestamp()) + 60:x}"
    forged = [value.replace(begun, later, 1), value.replace("sari", "budi"), signed(b"x" * 32, row(), NOW, NOW)]
    for one in forged:
        assert read_session(SECRET, [row(), other], one, NOW) is None


@pytest.mark.parametrize("value", ["", ".", "...", "a.b.c.d", "sari.loket.zz.zz.00", "sari.loket.1.2.é", "x" * 5000])
def test_rubbish_is_nobody(value: str) -> None:
    assert read_session(SECRET, [row()], value, NOW) is None


def test_a_session_from_the_future_is_nobody() -> None:
    assert read_session(SECRET, [row()], signed(SECRET, row(), NOW, NOW + timedelta(minutes=5)), NOW) is None
