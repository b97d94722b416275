"""When a worker counts as stalled: by the broker's offsets, its own partitions, and the time since they moved."""

from streams.watchdog import Offsets, StallJudge

MINE = frozenset({0, 1})


def test_a_partition_that_is_behind_and_does_not_move_is_a_stall() -> None:
    judge = StallJudge(60)
    behind = {0: Offsets(5, 9), 1: Offsets(3, 3)}
    assert judge.stalled(behind, MINE, 0) == []
    assert judge.stalled(behind, MINE, 60) == []
    assert judge.stalled(behind, MINE, 61) == [0]


def test_any_commit_starts_the_clock_again() -> None:
    judge = StallJudge(60)
    judge.stalled({0: Offsets(5, 9)}, MINE, 0)
    judge.stalled({0: Offsets(6, 9)}, MINE, 50)
    assert judge.stalled({0: Offsets(6, 9)}, MINE, 100) == []
    assert judge.stalled({0: Offsets(6, 9)}, MINE, 111) == [0]


def test_nothing_to_do_is_no_stall_however_long() -> None:
    judge = StallJudge(60)
    judge.stalled({0: Offsets(9, 9)}, MINE, 0)
    assert judge.stalled({0: Offsets(9, 9)}, MINE, 1000) == []
    assert judge.stalled({0: Offsets(9, 10)}, MINE, 1001) == []


def test_the_time_in_which_the_broker_could_not_be_asked_does_not_count() -> None:
    judge = StallJudge(60)
    judge.stalled({0: Offsets(5, 9)}, MINE, 0)
    judge.forget()
    assert judge.stalled({0: Offsets(5, 9)}, MINE, 500) == []
    assert judge.stalled({0: Offsets(5, 9)}, MINE, 561) == [0]


def test_a_peers_stalled_partition_is_not_this_workers_fault() -> None:
    judge = StallJudge(60)
    offsets = {0: Offsets(9, 9), 2: Offsets(5, 9)}
    judge.stalled(offsets, MINE, 0)
    assert judge.stalled(offsets, MINE, 1000) == []


def test_a_partition_that_was_just_taken_over_has_the_whole_time() -> None:
    judge = StallJudge(60)
    offsets = {2: Offsets(5, 9)}
    judge.stalled(offsets, frozenset({0}), 0)
    judge.stalled(offsets, frozenset({0}), 100)
    assert judge.stalled(offsets, frozenset({2}), 110) == []
    assert judge.stalled(offsets, frozenset({2}), 161) == [2]


def test_a_worker_without_partitions_ends_when_the_whole_group_stands_still() -> None:
    judge = StallJudge(60)
    judge.stalled({0: Offsets(5, 9), 1: Offsets(5, 9)}, frozenset(), 0)
    assert judge.stalled({0: Offsets(5, 9), 1: Offsets(6, 9)}, frozenset(), 61) == []
    assert judge.stalled({0: Offsets(5, 9), 1: Offsets(6, 9)}, frozenset(), 123) == [0, 1]
