"""The search engine stopped, killed, frozen or with a full disk under load: nothing lost, memory bounded, goes on."""

import time

import psutil
import pytest

from aduan.settings import Settings
from benchmarks.usage import Sampler
from consumers.index import generation, reporters_index
from consumers.search_engine import search_client
from tests.case_load import case_load
from tests.case_log import dead_letters, publish_cases
from tests.chosen_engines import ChosenEngines
from tests.factories import case_opened
from tests.indexing import (
    assert_index_is_the_fold_of_the_log,
    ids,
    keyring_of,
    lag,
    set_up,
    stored,
    wait_indexed,
    wait_until,
)
from tests.processes import running

AWAY_SECONDS = 30.0
MOST_MB = 200.0


@pytest.fixture
def installation(own_settings: Settings) -> Settings:
    set_up(own_settings)
    return own_settings


def assert_ledger(settings: Settings, cases: int) -> None:
    with search_client(settings) as client:
        index = generation(settings, 1).index
        assert assert_index_is_the_fold_of_the_log(settings, client, index) == cases
        assert ids(stored(client, reporters_index(settings))) == set(stored(client, index))
    assert not dead_letters(settings)


def test_a_search_engine_that_is_away_for_30_s_loses_nothing_and_memory_stays_bounded(
    installation: Settings, own_engines: ChosenEngines
) -> None:
    with running(installation, "indexer") as indexer, Sampler({"indexer": psutil.Process(indexer.pid)}) as sampler:
        with case_load(installation, each_second=500) as load:
            wait_until(lambda: load.events > 1_000, 30)
            own_engines.search.stop()
            time.sleep(AWAY_SECONDS)
            own_engines.search.start()
        wait_indexed(installation, within=240)
        assert indexer.poll() is None, "it went on by itself, without a restart"
    assert load.events > 10_000
    assert sampler.usages["indexer"].most_mb < MOST_MB
    assert_ledger(installation, load.cases)


@pytest.mark.parametrize("how", ["kill", "pause"])
def test_a_search_engine_that_crashes_or_freezes_under_load_loses_nothing(
    installation: Settings, own_engines: ChosenEngines, how: str
) -> None:
    with running(installation, "indexer") as indexer:
        with case_load(installation, each_second=300) as load:
            wait_until(lambda: load.events > 1_000, 30)
            if how == "kill":
                own_engines.search.kill()
                time.sleep(5)
                own_engines.search.start()
            else:
                own_engines.search.pause()
                time.sleep(15)  # longer than a request may take: what was sent is sent again
                own_engines.search.resume()
            time.sleep(2)
        wait_indexed(installation, within=240)
        assert indexer.poll() is None
    assert_ledger(installation, load.cases)


def test_a_full_disk_is_waited_for(installation: Settings) -> None:
    """The engine blocks its indexes at the flood stage, and unblocks them when there is room again."""
    keyring = keyring_of(installation)
    marks = "cluster.routing.allocation.disk.watermark"
    names = [f"{marks}.{stage}" for stage in ("low", "high", "flood_stage")]
    with search_client(installation) as client, running(installation, "indexer"):
        publish_cases(installation, [case_opened(n, keyring=keyring) for n in range(50)])
        wait_indexed(installation)
        client.cluster.put_settings(persistent=dict.fromkeys(names, "100tb"))  # as if so much had to be free
        index = generation(installation, 1).index

        def is_blocked() -> bool:
            found = client.indices.get_settings(index=index, flat_settings=True).body[index]["settings"]
            return bool(found.get("index.blocks.read_only_allow_delete") == "true")

        wait_until(is_blocked, 60)
        publish_cases(installation, [case_opened(n, keyring=keyring) for n in range(50, 100)])
        time.sleep(5)
        assert lag(installation) == 50
        client.cluster.put_settings(persistent=dict.fromkeys(names))
        wait_indexed(installation, within=120)
    assert_ledger(installation, 100)
