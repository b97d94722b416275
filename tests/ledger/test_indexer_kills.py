"""kill -9 of the indexer at the moments that matter: every case is one document, and a replay changes none."""

import random
import signal
import subprocess
import sys
from collections import Counter
from itertools import count
from pathlib import Path

from elasticsearch import Elasticsearch

from aduan.settings import Settings
from consumers.index import generation, reporters_index
from schemas.events import CaseEvent
from tests.case_log import dead_letters, publish_cases
from tests.dying_indexer import MOMENTS
from tests.environment import environment_of
from tests.factories import case_acknowledged, case_events, case_opened, case_resolved, reporter_erased
from tests.indexing import (
    assert_index_is_the_fold_of_the_log,
    ids,
    indexing,
    keyring_of,
    rewind,
    set_up,
    stored,
    wait_indexed,
)

KILLS = 24
CASES_EACH = 220
SEED = 20261124
NTH = dict.fromkeys(MOMENTS, (1, 2)) | {"while reading": (1, 2, 3, 4)}
"""The dying indexer reads 60 events at once: more than three batches come of the 220 cases of every run."""


def killed(settings: Settings, moment: str, nth: int) -> int:
    """Start an indexer that dies at the moment; returns its exit code."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.dying_indexer", moment, str(nth)],
        env=environment_of(settings) | {"PYTHONWARNINGS": "ignore", "PYTHONPATH": str(Path.cwd())},
        stderr=subprocess.DEVNULL,
    )
    try:
        return process.wait(60)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def test_no_kill_loses_or_doubles_a_case_and_a_replay_changes_nothing(
    settings: Settings, search: Elasticsearch
) -> None:
    set_up(settings)
    chance, keyring, numbers = random.Random(SEED), keyring_of(settings), count()
    opened: list[int] = []
    met: Counter[str] = Counter()
    for kill in range(KILLS):
        new = [next(numbers) for _ in range(CASES_EACH)]
        events: list[CaseEvent] = []
        for n in new:
            events += case_events(n, keyring=keyring) if n % 10 == 0 else [case_opened(n, keyring=keyring)]
        for n in chance.sample(opened, min(40, len(opened))):
            events.append(case_resolved(n, 50 + kill) if chance.random() < 0.5 else case_acknowledged(n, 50 + kill))
        for n in chance.sample(opened, min(2, len(opened))):
            events.append(reporter_erased(n, 90 + kill, drop_text=True))
        opened += new
        publish_cases(settings, events)
        moment = MOMENTS[kill % len(MOMENTS)]
        assert killed(settings, moment, chance.choice(NTH[moment])) == -signal.SIGKILL
        met[moment] += 1
    assert set(met) == set(MOMENTS)
    assert len(opened) >= 5_000
    index, reporters = generation(settings, 1).index, reporters_index(settings)
    with indexing(settings):
        wait_indexed(settings)
    assert assert_index_is_the_fold_of_the_log(settings, search, index) == len(opened)
    assert ids(stored(search, reporters)) == set(stored(search, index))
    assert not dead_letters(settings)
    before = stored(search, index), stored(search, reporters)
    rewind(settings)
    with indexing(settings):
        wait_indexed(settings)
    assert (stored(search, index), stored(search, reporters)) == before
