"""The reader of the log of cases that may stop reading on for long, and keeps its place in the group meanwhile."""

import time

import pytest

from aduan.settings import Settings
from consumers.skim_reader import SkimReader
from tests.case_log import publish_cases
from tests.factories import case_opened


def test_a_member_that_waits_for_long_keeps_its_partitions_and_misses_nothing(
    topics: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("consumers.skim_reader._MAX_IDLE_MS", 2_000)
    publish_cases(topics, [case_opened(n) for n in range(5)])
    group = topics.group("waits")
    reader = SkimReader(
        topics, topic=topics.topics.cases, group=group, client="tests", instance="waits-1", wanted=lambda _: True
    )
    try:
        found, ends, assignment = list[bytes | None](), dict[tuple[str, int], int](), -1
        deadline = time.monotonic() + 20
        while not found and time.monotonic() < deadline:  # the others are in the reader's hands already
            batch = reader.read(0.2, max_records=1)
            found += [one.key for one in batch.records]
            ends, assignment = ends | batch.ends, batch.assignment
        publish_cases(topics, [case_opened(n) for n in range(5, 9)])
        for _ in range(25):
            reader.keep_alive(0.2)
        assert reader.commit_ends(ends, assignment)
        while len(found) < 9 and time.monotonic() < deadline:
            found += [one.key for one in reader.read(0.2).records]
        assert sorted(map(str, found)) == sorted(str(case_opened(n).complaint_id.encode()) for n in range(9))
    finally:
        reader.close()
