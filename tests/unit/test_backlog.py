"""Doors say no before Kafka deletes what nobody has read."""

from collections.abc import Sequence

import pytest

from aduan.connections.publisher import Record
from aduan.settings import load_settings
from ops.backlog import Backlog, BacklogGuard, judge, raw_stages
from ops.lag import PartitionLag
from ops.stages import ADMISSION
from schemas.errors import UnavailableError

DAY = 86_400.0
RECORD = Record("complaints.received", b"key", b"{}", [])


def _lag(days: float, stage: str = "classify.ordinary") -> PartitionLag:
    return PartitionLag(stage, "g", "t", 0, committed=1, end=2, lag=1, seconds=days * DAY)


class Kept:
    """A publisher that keeps what it was given."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def publish(self, records: Sequence[Record]) -> None:
        self.records.extend(records)


@pytest.mark.parametrize(
    ("days", "expected"),
    [(0, Backlog.FINE), (14.9, Backlog.FINE), (15, Backlog.ALARM), (26.9, Backlog.ALARM), (27, Backlog.FULL)],
)
def test_the_oldest_unread_record_decides(days: float, expected: Backlog) -> None:
    assert judge([_lag(0), _lag(days)], 30 * DAY) is expected


def test_an_empty_log_is_fine() -> None:
    assert judge([], 30 * DAY) is Backlog.FINE


def test_a_full_backlog_is_refused_and_a_cleared_one_goes_on() -> None:
    kept = Kept()
    guard = BacklogGuard(load_settings(), kept)
    guard.note([_lag(27)])
    with pytest.raises(UnavailableError, match="retention"):
        guard.publish([RECORD])
    assert kept.records == []
    guard.note([_lag(1)])
    guard.publish([RECORD])
    assert kept.records == [RECORD]


def test_an_alarm_still_takes_complaints() -> None:
    kept = Kept()
    guard = BacklogGuard(load_settings(), kept)
    guard.note([_lag(20)])
    guard.publish([RECORD])
    assert kept.records == [RECORD]


def test_submissions_that_nobody_admits_are_an_alarm_by_their_own_retention_and_close_no_door() -> None:
    kept = Kept()
    guard = BacklogGuard(load_settings(), kept)
    guard.note([_lag(1), _lag(2.9, ADMISSION)])
    assert (guard.state, guard.submitted) == (Backlog.FINE, Backlog.FULL)
    guard.publish([RECORD])
    assert kept.records == [RECORD]
    guard.note([_lag(0), _lag(0, ADMISSION)])
    assert guard.submitted is Backlog.FINE


def test_only_the_stages_of_the_raw_topics_count() -> None:
    assert {stage.name for stage in raw_stages(load_settings())} == {
        "classify.ordinary",
        "classify.urgent",
        "route.ordinary",
        "route.urgent",
    }
