"""Generations of the index: built from the documents, caught up from the log, flipped, rolled back, dropped."""

import threading
from contextlib import closing
from json import dumps

import pytest
from elasticsearch import Elasticsearch
from kafka import KafkaAdminClient, TopicPartition

from aduan.connections.options import kafka_options
from aduan.connections.patience import Patience
from aduan.connections.publisher import Publisher
from aduan.settings import Settings
from consumers.group_offsets import committed_offsets
from consumers.index import (
    Generation,
    create_generation,
    generation,
    generations,
    indexer_group,
    live_generation,
    point_alias,
    reporters_index,
)
from consumers.indexing import IndexingProcess
from consumers.kept_generations import KeptGenerations
from consumers.reindex import Rebuilder
from schemas.errors import SettingsError
from schemas.events import CaseEvent
from tests.case_log import dead_letters, publish_cases
from tests.factories import case_events, case_opened, case_resolved, complaint_id, reporter_erased, words
from tests.indexing import (
    assert_index_is_the_fold_of_the_log,
    indexing,
    keyring_of,
    set_up,
    stored,
    wait_indexed,
    wait_until,
)


@pytest.fixture
def installation(settings: Settings) -> Settings:
    set_up(settings)
    return settings


def rebuilder(settings: Settings, client: Elasticsearch) -> Rebuilder:
    return Rebuilder(
        settings,
        client,
        publisher=Publisher(settings, "reindex"),
        keyring=keyring_of(settings),
        patience=Patience(threading.Event()),
        on_progress=lambda _what, _done, _total: None,
    )


def lives(settings: Settings, first: int, last: int) -> list[CaseEvent]:
    return [event for n in range(first, last) for event in case_events(n, keyring=keyring_of(settings))]


def test_the_next_generation_holds_the_same_documents_and_the_indexer_follows_the_alias(
    installation: Settings, search: Elasticsearch
) -> None:
    publish_cases(installation, lives(installation, 0, 60))
    publish_cases(installation, [reporter_erased(3, 30, drop_text=True)])
    with indexing(installation) as process:
        wait_indexed(installation)
        target = rebuilder(installation, search).rebuild()
        assert target == live_generation(installation, search) == generation(installation, 2)
        wait_until(lambda: process.live == target, 30)
        publish_cases(installation, lives(installation, 60, 80))
        wait_indexed(installation, generation=2)
    assert assert_index_is_the_fold_of_the_log(installation, search, target.index) == 80
    assert not dead_letters(installation)
    assert len(stored(search, generation(installation, 1).index)) == 60  # the old one rests


def test_documents_outlive_the_log_that_made_them(installation: Settings, search: Elasticsearch) -> None:
    """The copy is made of the events in the documents: the noted offsets are past them, so the log is not read."""
    publish_cases(installation, lives(installation, 0, 30))
    with indexing(installation):
        wait_indexed(installation)
    first = generation(installation, 1)
    before = {one: it.source for one, it in stored(search, first.index).items()}
    target = rebuilder(installation, search).rebuild()
    assert {one: it.source for one, it in stored(search, target.index).items()} == before
    noted = committed_offsets(installation, indexer_group(installation, 2))
    assert noted == committed_offsets(installation, indexer_group(installation, 1))


def test_a_rollback_catches_up_before_it_flips_and_a_later_rebuild_does_not_reuse_what_was_live(
    installation: Settings, search: Elasticsearch
) -> None:
    publish_cases(installation, lives(installation, 0, 20))
    with indexing(installation):
        wait_indexed(installation)
        rebuilder(installation, search).rebuild()
        publish_cases(installation, [case_opened(n, keyring=keyring_of(installation)) for n in range(20, 40)])
        wait_indexed(installation, generation=2)
        back = rebuilder(installation, search).roll_back()
        assert back == generation(installation, 1)
        assert assert_index_is_the_fold_of_the_log(installation, search, back.index) == 40
        third = rebuilder(installation, search).rebuild()
    assert third == generation(installation, 3)
    dropped = rebuilder(installation, search).drop_others()
    assert dropped == [generation(installation, 1), generation(installation, 2)]
    assert generations(installation, search) == [third]
    with pytest.raises(SettingsError, match="no generation before"):
        rebuilder(installation, search).roll_back()


def test_an_erasure_takes_the_words_out_of_the_generation_that_is_kept(
    installation: Settings, search: Elasticsearch
) -> None:
    publish_cases(installation, lives(installation, 0, 4))
    first, second = generation(installation, 1), generation(installation, 2)
    with indexing(installation):
        wait_indexed(installation)
        create_generation(installation, search, second)
        point_alias(installation, search, first, second)
        publish_cases(installation, [reporter_erased(3, 30, drop_text=True)])
        wait_indexed(installation, generation=2)
    kept = stored(search, first.index)
    for n in range(4):
        text = dumps(kept[complaint_id(n)].source)
        assert (words(n) in text) == (n != 3)
        assert (words(n + 2, 12) in text) == (n != 3), "also in what was added"


def test_an_erasure_waits_for_no_generation_that_was_deleted_meanwhile(
    installation: Settings, search: Elasticsearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = generation(installation, 1), generation(installation, 2)
    create_generation(installation, search, second)

    def deleted_after_the_listing(settings: Settings, client: Elasticsearch) -> list[Generation]:
        found = generations(settings, client)
        client.indices.delete(index=second.index, ignore_unavailable=True)
        return found

    monkeypatch.setattr("consumers.kept_generations.generations", deleted_after_the_listing)
    stop = threading.Event()
    too_long = threading.Timer(10, stop.set)
    too_long.start()
    erased = reporter_erased(3, 30, drop_text=True)
    KeptGenerations(installation, search, Patience(stop), written=first).forget({erased.complaint_id: erased})
    too_long.cancel()
    assert generations(installation, search) == [first]


def test_a_generation_that_the_log_can_not_bring_up_to_date_is_never_made_live_again(
    installation: Settings, search: Elasticsearch
) -> None:
    first, second = generation(installation, 1), generation(installation, 2)
    create_generation(installation, search, second)
    point_alias(installation, search, first, second)
    publish_cases(installation, lives(installation, 0, 4))
    cut_log(installation)  # as its retention does
    with pytest.raises(SettingsError, match="erasures"):
        rebuilder(installation, search).roll_back()
    assert live_generation(installation, search) == second


def cut_log(settings: Settings) -> None:
    to_the_end = {TopicPartition(settings.topics.cases, one): -1 for one in range(settings.partitions)}
    with closing(KafkaAdminClient(**kafka_options(settings, "tests"))) as admin:
        admin.delete_records(to_the_end)


def test_an_interrupted_rebuild_goes_on_with_what_it_noted(installation: Settings, search: Elasticsearch) -> None:
    """As after a kill between the copy and the flip: some documents are there, one has grown, the offsets are older."""
    publish_cases(installation, lives(installation, 0, 20))
    with indexing(installation):
        wait_indexed(installation)
        begun = rebuilder(installation, search)._begin(generation(installation, 1))
        noted = committed_offsets(installation, indexer_group(installation, 2))
        publish_cases(installation, [*lives(installation, 20, 30), case_resolved(1, 40)])
        wait_indexed(installation)
        again = rebuilder(installation, search)
        assert again._begin(generation(installation, 1)) == begun
        assert committed_offsets(installation, indexer_group(installation, 2)) == noted
        target = again.rebuild()
    assert target == begun
    assert assert_index_is_the_fold_of_the_log(installation, search, target.index) == 30
    assert not dead_letters(installation)


def test_originals_are_not_touched_by_a_rebuild(installation: Settings, search: Elasticsearch) -> None:
    publish_cases(installation, lives(installation, 0, 10))
    with indexing(installation):
        wait_indexed(installation)
        before = stored(search, reporters_index(installation))
        rebuilder(installation, search).rebuild()
    assert stored(search, reporters_index(installation)) == before


def test_an_indexer_of_another_version_does_not_write_a_generation_that_it_does_not_know(
    installation: Settings, search: Elasticsearch
) -> None:
    live = live_generation(installation, search)
    search.indices.put_mapping(index=live.index, meta={"aduan": {"fingerprint": "of a newer version"}})
    with pytest.raises(SettingsError, match="another mapping"):
        IndexingProcess(installation, threading.Event()).serve()
