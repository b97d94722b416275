"""`aduan reindex` under load, killed in the middle at seeded moments: then equal to an independent fold of the log."""

import random
import time

from elasticsearch import Elasticsearch

from aduan.settings import Settings
from consumers.index import generation, live_generation
from tests.case_load import case_load
from tests.case_log import dead_letters, publish_cases
from tests.factories import case_events, case_opened
from tests.indexing import assert_index_is_the_fold_of_the_log, keyring_of, set_up, wait_indexed, wait_until
from tests.processes import running, start

KILLS = 4
BEFORE = 6_000


def test_a_reindex_that_is_killed_again_and_again_ends_with_the_fold_of_the_log(
    settings: Settings, search: Elasticsearch
) -> None:
    set_up(settings)
    keyring, chance = keyring_of(settings), random.Random(8)
    for first in range(0, BEFORE, 1_000):
        publish_cases(settings, [case_opened(n, keyring=keyring) for n in range(first, first + 1_000)])
    publish_cases(settings, [event for n in range(10_000, 10_200) for event in case_events(n, keyring=keyring)])
    with running(settings, "indexer"):
        wait_indexed(settings, within=180)
        with case_load(settings, each_second=100, first=20_000):
            for _ in range(KILLS):
                reindex = start(settings, "reindex")
                time.sleep(chance.uniform(2.0, 6.0))
                reindex.kill()
                reindex.wait(10)
            assert start(settings, "reindex").wait(240) == 0
            live = live_generation(settings, search)
            assert live.number > 1
            time.sleep(5)
        wait_until(lambda: live_generation(settings, search) == live, 5)
        wait_indexed(settings, live.number, within=180)
    assert assert_index_is_the_fold_of_the_log(settings, search, live.index) > BEFORE
    assert search.indices.exists(index=generation(settings, 1).index)
    assert not dead_letters(settings)
