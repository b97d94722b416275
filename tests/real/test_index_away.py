"""An index that can't be written is unavailable, not invalid: nothing is dead-lettered, and it goes on when cleared."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from elasticsearch import Elasticsearch

from aduan.settings import Settings
from consumers.index import (
    create_generation,
    ensure_indexes,
    generation,
    live_generation,
    point_alias,
    read_alias,
    reporters_index,
)
from schemas.errors import SettingsError, UnavailableError
from tests.case_log import dead_letters, publish_cases
from tests.factories import case_events, case_opened
from tests.indexing import (
    assert_index_is_the_fold_of_the_log,
    indexing,
    keyring_of,
    lag,
    set_up,
    stored,
    wait_indexed,
    wait_until,
)


@pytest.fixture
def installation(settings: Settings) -> Settings:
    set_up(settings)
    return settings


@contextmanager
def blocked(client: Elasticsearch, index: str, block: str) -> Iterator[None]:
    client.indices.put_settings(index=index, settings={f"index.blocks.{block}": True})
    yield
    client.indices.put_settings(index=index, settings={f"index.blocks.{block}": None})


@contextmanager
def closed(client: Elasticsearch, index: str) -> Iterator[None]:
    client.indices.close(index=index)
    yield
    client.indices.open(index=index)
    client.cluster.health(index=index, wait_for_status="yellow")


WAYS = {
    "write-blocked": lambda client, settings: blocked(client, generation(settings, 1).index, "write"),
    # Not the block that a full disk brings: the engine takes that off when it next looks at its disk (every 30 s). What
    # happens then, tests/ledger/test_search_away.py shows.
    "read-only": lambda client, settings: blocked(client, generation(settings, 1).index, "read_only"),
    "closed": lambda client, settings: closed(client, generation(settings, 1).index),
    "reporters write-blocked": lambda client, settings: blocked(client, reporters_index(settings), "write"),
    "reporters closed": lambda client, settings: closed(client, reporters_index(settings)),
}


@pytest.mark.parametrize("way", WAYS)
def test_an_index_that_is_away_is_waited_for(installation: Settings, search: Elasticsearch, way: str) -> None:
    keyring = keyring_of(installation)
    publish_cases(installation, [event for n in range(20) for event in case_events(n, keyring=keyring)])
    with indexing(installation) as process:
        wait_indexed(installation)
        with WAYS[way](search, installation):
            publish_cases(installation, [case_opened(n, keyring=keyring) for n in range(20, 60)])
            wait_until(lambda: process.patience.waiting_for is not None, 30)
            time.sleep(3)
            assert lag(installation) == 40
        wait_indexed(installation)
        assert process.patience.waiting_for is None
    assert not dead_letters(installation)
    assert_index_is_the_fold_of_the_log(installation, search, generation(installation, 1).index)
    assert len(stored(search, reporters_index(installation))) == 60 + 2 * 20


def test_a_missing_index_is_waited_for_and_never_made_by_a_write(installation: Settings, search: Elasticsearch) -> None:
    keyring, index = keyring_of(installation), generation(installation, 1).index
    with indexing(installation) as process:
        wait_until(lambda: process.indexer is not None, 30)
        search.indices.delete(index=index)
        publish_cases(installation, [case_opened(n, keyring=keyring) for n in range(30)])
        wait_until(lambda: process.patience.waiting_for is not None, 30)
        time.sleep(2)
        assert not search.indices.exists(index=index)
        assert lag(installation) == 30
        ensure_indexes(installation, search)
        wait_indexed(installation)
    assert not dead_letters(installation)
    assert len(stored(search, index)) == 30


def test_a_missing_alias_stops_no_write_and_a_start_waits_for_it(installation: Settings, search: Elasticsearch) -> None:
    keyring, index = keyring_of(installation), generation(installation, 1).index
    with indexing(installation) as process:
        wait_until(lambda: process.indexer is not None, 30)
        search.indices.delete_alias(index=index, name=read_alias(installation))
        publish_cases(installation, [case_opened(n, keyring=keyring) for n in range(10)])
        wait_indexed(installation)
    publish_cases(installation, [case_opened(n, keyring=keyring) for n in range(10, 20)])
    with indexing(installation) as process:
        wait_until(lambda: process.patience.waiting_for is not None, 30)
        assert "alias" in str(process.patience.waiting_for)
        ensure_indexes(installation, search)
        wait_indexed(installation)
    assert len(stored(search, index)) == 20
    assert not dead_letters(installation)


def test_indexes_are_made_once_and_again_when_the_alias_was_lost(settings: Settings, search: Elasticsearch) -> None:
    with pytest.raises(UnavailableError, match="aduan setup"):
        live_generation(settings, search)
    first = ensure_indexes(settings, search)
    assert (first, ensure_indexes(settings, search)) == (generation(settings, 1), first)
    search.indices.delete_alias(index=first.index, name=read_alias(settings))
    assert ensure_indexes(settings, search) == first


def test_a_lost_alias_with_several_generations_is_for_a_person_to_decide(
    settings: Settings, search: Elasticsearch
) -> None:
    first = ensure_indexes(settings, search)
    create_generation(settings, search, generation(settings, 2))
    search.indices.delete_alias(index=first.index, name=read_alias(settings))
    with pytest.raises(SettingsError, match="several generations"):
        ensure_indexes(settings, search)


def test_an_index_of_another_mapping_is_noticed(settings: Settings, search: Elasticsearch) -> None:
    first = ensure_indexes(settings, search)
    search.indices.put_mapping(index=first.index, meta={"aduan": {"fingerprint": "of an older version"}})
    with pytest.raises(SettingsError, match="aduan reindex"):
        ensure_indexes(settings, search)


def test_the_alias_moves_at_once_and_moving_it_twice_is_moving_it_once(
    settings: Settings, search: Elasticsearch
) -> None:
    first, second = ensure_indexes(settings, search), generation(settings, 2)
    create_generation(settings, search, second)
    for _ in range(2):
        point_alias(settings, search, first, second)
        assert live_generation(settings, search) == second
    with pytest.raises(SettingsError, match="moved"):
        point_alias(settings, search, first, generation(settings, 3))
