"""When a worker counts as stalled: by the broker's offsets, its own partitions, and the time since they moved."""

import threading
import time
from pathlib import Path
from queue import Queue

import pytest

from aduan.keyring import Keyring
from aduan.settings import Settings
from schemas.topics import Lane
from streams.progress import Progress
from streams.stages import Stage, build_step
from streams.watchdog import Offsets, StallJudge, Watchdog

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


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_watchdog_that_fails_of_something_unforeseen_ends_its_worker(tmp_path: Path) -> None:
    """An address whose port is no number is nothing that waiting mends, and no error of Kafka's."""
    ended: Queue[str] = Queue()
    settings = Settings(kafka_bootstrap="127.0.0.1:none", worker_stall_seconds=0.04)
    step = build_step(settings, Stage.ROUTE, Lane.ORDINARY, Keyring(tmp_path))
    progress = Progress()
    progress.beat = time.monotonic() + 60
    Watchdog(settings, step, progress, lambda: MINE, ended.put).start()
    for thread in threading.enumerate():
        if thread.name == "watchdog":
            thread.join(timeout=10)
    assert ended.get(timeout=10) == "the watchdog failed (ValueError)"
