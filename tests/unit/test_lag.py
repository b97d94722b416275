"""Lag: what a committed offset, the log's end and the oldest unread record say together."""

from kafka import TopicPartition

from ops.lag import Allowed, PartitionLag, Standing, is_behind, partition_lag
from ops.stages import Stage

NOW = 1_800_000_000.0
STAGE = Stage("escalator", "aduan.escalator", "complaints.cases")


def lag_of(
    committed: int | None, *, start: int = 0, end: int = 100, oldest_seconds: float | None = 7.5
) -> PartitionLag:
    standing = Standing(STAGE, TopicPartition(STAGE.topic, 0), committed, start, end)
    return partition_lag(standing, None if oldest_seconds is None else int((NOW - oldest_seconds) * 1000), NOW)


def test_lag_is_what_lies_between_the_commit_and_the_end_of_the_log() -> None:
    lag = lag_of(90)
    assert (lag.lag, lag.seconds) == (10, 7.5)


def test_a_group_that_never_committed_counts_from_the_beginning_of_the_log() -> None:
    lag = lag_of(None, start=40)
    assert (lag.committed, lag.lag) == (None, 60)


def test_records_that_retention_took_are_not_counted() -> None:
    assert lag_of(10, start=40).lag == 60


def test_a_stage_that_read_everything_is_no_second_behind() -> None:
    lag = lag_of(100, oldest_seconds=None)
    assert (lag.lag, lag.seconds) == (0, 0.0)


def test_a_commit_past_the_end_of_a_log_that_was_made_anew_is_no_negative_lag() -> None:
    assert lag_of(150).lag == 0


def test_a_record_from_a_clock_ahead_of_ours_has_no_negative_age() -> None:
    assert lag_of(90, oldest_seconds=-3).seconds == 0.0


def test_an_age_that_could_not_be_read_is_unknown_and_counts_as_too_old() -> None:
    lag = lag_of(90, oldest_seconds=None)
    assert lag.seconds is None
    assert is_behind([lag], Allowed(None, 3600.0))


def test_with_no_limits_anything_unread_is_behind() -> None:
    assert is_behind([lag_of(99)], Allowed.of(None, None))
    assert not is_behind([lag_of(100)], Allowed.of(None, None))


def test_a_limit_on_seconds_alone_lets_any_number_of_fresh_messages_wait() -> None:
    assert not is_behind([lag_of(0, end=50_000)], Allowed.of(None, 10))
    assert is_behind([lag_of(99, oldest_seconds=11)], Allowed.of(None, 10))


def test_each_limit_given_must_hold() -> None:
    assert is_behind([lag_of(80)], Allowed.of(10, 60))
    assert is_behind([lag_of(99, oldest_seconds=61)], Allowed.of(10, 60))
    assert not is_behind([lag_of(99)], Allowed.of(10, 60))
