"""Whether a stage is catching up, stuck or gone: Burrow's rules over a window of measurements."""

from ops.lag_status import Sample, Status, status


def judged(*samples: tuple[int | None, int], committed_ago: float | None = 0.0, allowed: int = 0) -> Status:
    """Status over (committed offset, lag) pairs measured ten seconds apart."""
    window = [Sample(10.0 * place, committed, lag) for place, (committed, lag) in enumerate(samples)]
    now = window[-1].at if window else 0.0
    return status(window, committed_at=None if committed_ago is None else now - committed_ago, now=now, allowed=allowed)


def test_one_measurement_says_nothing_yet() -> None:
    assert judged((5, 1_000)) is Status.OK
    assert judged() is Status.OK


def test_a_stage_that_was_up_to_date_within_the_window_keeps_up() -> None:
    assert judged((10, 50), (60, 0), (60, 90)) is Status.OK


def test_a_stage_whose_lag_falls_is_catching_up() -> None:
    assert judged((0, 900), (400, 700), (800, 500)) is Status.OK


def test_a_stage_that_commits_while_its_lag_never_falls_is_too_slow() -> None:
    assert judged((0, 100), (100, 150), (200, 150)) is Status.WARN


def test_a_stage_whose_offset_does_not_move_is_stuck() -> None:
    assert judged((100, 5), (100, 5), (100, 9), committed_ago=15.0) is Status.STALL


def test_a_stage_that_has_not_committed_for_the_whole_window_has_stopped() -> None:
    assert judged((100, 5), (100, 5), (100, 9), committed_ago=21.0) is Status.STOP
    assert judged((None, 5), (None, 5), committed_ago=None) is Status.STOP


def test_an_offset_that_went_back_is_told_before_all_else() -> None:
    assert judged((100, 5), (40, 65), (100, 9)) is Status.REWIND


def test_a_lag_within_what_is_allowed_is_no_lag() -> None:
    assert judged((100, 5), (100, 5), committed_ago=60.0, allowed=5) is Status.OK
