"""A second indexer joins and leaves, politely and not, during load: nothing lost, nothing doubled."""

import time

from elasticsearch import Elasticsearch

from aduan.settings import Settings
from consumers.index import generation, reporters_index
from tests.case_load import case_load
from tests.case_log import dead_letters
from tests.indexing import assert_index_is_the_fold_of_the_log, ids, log_ends, set_up, stored, wait_indexed
from tests.processes import end, running, start


def test_a_second_indexer_that_comes_and_goes_loses_and_doubles_nothing(
    settings: Settings, search: Elasticsearch
) -> None:
    set_up(settings)
    with running(settings, "indexer"), case_load(settings, each_second=300) as load:
        for visit in range(6):
            second = start(settings, "indexer")
            time.sleep(6)
            if visit % 2:
                second.kill()
                second.wait(10)
            else:
                end(second)
            time.sleep(1 + visit % 3)
    with running(settings, "indexer"):
        wait_indexed(settings, within=180)
    index = generation(settings, 1).index
    assert sum(log_ends(settings).values()) == load.events
    assert assert_index_is_the_fold_of_the_log(settings, search, index) == load.cases
    assert ids(stored(search, reporters_index(settings))) == set(stored(search, index))
    assert not dead_letters(settings)
