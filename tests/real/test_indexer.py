"""The indexer on a real Kafka and a real search engine: one document a case, originals in the vault, dead letters."""

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest
from elasticsearch import Elasticsearch

from aduan.connections.publisher import Publisher, Record
from aduan.dead_letters import open_original
from aduan.keyring import VAULT, Keyring
from aduan.settings import Settings
from consumers.index import generation, reporters_index
from consumers.indexing import IndexingProcess
from consumers.poison import PoisonError
from consumers.vault import reply_id
from schemas.events import Attachment, CaseOpened, DeadLetter
from tests.case_log import case_record, dead_letters, publish_cases
from tests.factories import (
    NOW,
    case_acknowledged,
    case_events,
    case_opened,
    case_resolved,
    complaint_id,
    reply_added,
    reporter_erased,
)
from tests.indexing import (
    assert_index_is_the_fold_of_the_log,
    indexing,
    keyring_of,
    lag,
    rewind,
    set_up,
    stored,
    wait_indexed,
)


@pytest.fixture
def installation(settings: Settings) -> Settings:
    set_up(settings)
    return settings


@pytest.fixture
def keyring(installation: Settings) -> Keyring:
    return keyring_of(installation)


@pytest.fixture
def publisher(installation: Settings) -> Iterator[Publisher]:
    made = Publisher(installation, "tests")
    yield made
    made.close()


def complaints(settings: Settings) -> str:
    return generation(settings, 1).index


def raw(settings: Settings, value: bytes | None, event: type = CaseOpened, **headers: bytes) -> Record:
    ce_type = headers.pop("ce_type", f"id.aduan.{event.__name__}".encode())
    return Record(settings.topics.cases, complaint_id(1).encode(), value, [("ce_type", ce_type)], partition=0)


def reasons(letters: Sequence[DeadLetter]) -> list[str]:
    return sorted(letter.reason for letter in letters)


def test_cases_with_all_their_events_become_one_document_each(
    installation: Settings, keyring: Keyring, search: Elasticsearch
) -> None:
    publish_cases(installation, [event for n in range(50) for event in case_events(n, keyring=keyring)])
    publish_cases(installation, [case_opened(n, keyring=keyring) for n in range(50, 300)])
    with indexing(installation):
        wait_indexed(installation)
    assert assert_index_is_the_fold_of_the_log(installation, search, complaints(installation)) == 300
    assert not dead_letters(installation)


def test_originals_are_kept_sealed_for_the_vault_and_nowhere_else(
    installation: Settings, keyring: Keyring, search: Elasticsearch
) -> None:
    reply = reply_added(1, keyring=keyring)
    publish_cases(installation, [case_opened(1, keyring=keyring), reply, case_opened(2, keyring=keyring)])
    with indexing(installation):
        wait_indexed(installation)
    kept = stored(search, reporters_index(installation))
    assert kept.keys() == {complaint_id(1), complaint_id(2), reply_id(reply)}
    assert all(one.source["sealed_content"].startswith(f"s1.{VAULT}.") for one in kept.values())
    assert "s1." not in str(stored(search, complaints(installation)))


def test_a_replay_of_the_whole_log_writes_nothing(
    installation: Settings, keyring: Keyring, search: Elasticsearch
) -> None:
    publish_cases(installation, [event for n in range(40) for event in case_events(n, keyring=keyring)])
    publish_cases(installation, [reporter_erased(n, 20, drop_text=True) for n in range(5)])
    with indexing(installation):
        wait_indexed(installation)
    indexes = (complaints(installation), reporters_index(installation))
    before = [stored(search, index) for index in indexes]
    rewind(installation)
    assert lag(installation) == 325
    with indexing(installation):
        wait_indexed(installation)
    assert [stored(search, index) for index in indexes] == before


def test_another_body_for_an_open_case_is_a_conflict_and_the_first_wins(
    installation: Settings, keyring: Keyring, search: Elasticsearch
) -> None:
    first = case_opened(1, keyring=keyring, sealed_reporter=None, sealed_content=None)
    other = case_opened(2, keyring=keyring, complaint_id=complaint_id(1))
    publish_cases(installation, [first, other])
    with indexing(installation):
        wait_indexed(installation)
        publish_cases(installation, [other])
        wait_indexed(installation)
    assert reasons(dead_letters(installation)) == ["conflict", "conflict"]
    assert stored(search, complaints(installation))[complaint_id(1)].source["body_digest"] == first.body_digest
    assert "sealed_reporter" not in stored(search, reporters_index(installation))[complaint_id(1)].source


def test_an_event_for_a_case_that_is_not_open_is_blocked(installation: Settings, search: Elasticsearch) -> None:
    publish_cases(installation, [case_resolved(1), case_acknowledged(1)])
    with indexing(installation):
        wait_indexed(installation)
    assert reasons(dead_letters(installation)) == ["blocked", "blocked"]
    assert stored(search, complaints(installation)) == {}


def test_poison_becomes_dead_letters_and_neighbours_pass(
    installation: Settings, keyring: Keyring, publisher: Publisher, search: Elasticsearch
) -> None:
    refused = case_opened(7, attachments=(Attachment(blob_id="a" * 32, size=2**70, media_type="image/png"),))
    poison = [
        raw(installation, b"{not json"),
        raw(installation, b'{"text": "\xff\xfe"}'),
        raw(installation, None),
        raw(installation, b"{}", ce_type=b"id.aduan.SomethingNew"),
        raw(installation, b'{"complaint_id": "nobody"}'),
        raw(installation, b"x" * 2_000_000),
        case_record(installation, refused),
    ]
    neighbours = [case_record(installation, case_opened(n, keyring=keyring)) for n in range(10, 10 + len(poison))]
    publisher.publish([record for pair in zip(neighbours, poison, strict=True) for record in pair])
    with indexing(installation):
        wait_indexed(installation)
    letters = dead_letters(installation)
    assert reasons(letters) == [
        "invalid_event",
        "malformed_json",
        "malformed_json",
        "null_value",
        "refused_by_mapping",
        "unknown_event",
        "wrong_encoding",
    ]
    originals = [open_original(keyring, letter) for letter in letters]
    assert sorted((one.value or b"")[:200] for one in originals) == sorted((one.value or b"")[:200] for one in poison)
    assert all(letter.topic == installation.topics.cases for letter in letters)
    assert len({(letter.partition, letter.offset) for letter in letters}) == len(poison)
    assert len(stored(search, complaints(installation))) == len(neighbours)


def test_an_event_that_the_mapping_refuses_does_not_hold_up_the_others_of_its_case(
    installation: Settings, keyring: Keyring, search: Elasticsearch
) -> None:
    refused = case_opened(1, attachments=(Attachment(blob_id="a" * 32, size=2**70, media_type="image/png"),))
    publish_cases(installation, [refused, case_acknowledged(1), *case_events(2, keyring=keyring)])
    with indexing(installation):
        wait_indexed(installation)
    assert reasons(dead_letters(installation)) == ["blocked", "refused_by_mapping"]
    assert stored(search, complaints(installation)).keys() == {complaint_id(2)}


def test_a_valid_event_of_two_megabytes_is_indexed(
    installation: Settings, keyring: Keyring, search: Elasticsearch
) -> None:
    publish_cases(
        installation, [case_opened(1, keyring=keyring, text="buku " * 400_000), case_opened(2, keyring=keyring)]
    )
    with indexing(installation):
        wait_indexed(installation)
    assert len(stored(search, complaints(installation))) == 2


def test_an_erased_person_stays_erased_whatever_is_replayed(
    installation: Settings, keyring: Keyring, search: Elasticsearch
) -> None:
    events = [*case_events(1, keyring=keyring), reporter_erased(1, 20, drop_text=True)]
    publish_cases(installation, events)
    with indexing(installation):
        wait_indexed(installation)
        publish_cases(installation, events)  # the same events again, at later offsets
        wait_indexed(installation)
    for one in stored(search, reporters_index(installation)).values():
        assert one.source.keys() == {"complaint_id", "received_at", "erased_at"}
    document = stored(search, complaints(installation))[complaint_id(1)].source
    assert (document["text"], document["title"]) == ("", "")
    assert {reply["text"] for reply in document["replies"]} == {""}


def test_a_person_erased_before_the_opening_arrives_is_never_stored(
    installation: Settings, keyring: Keyring, search: Elasticsearch
) -> None:
    publish_cases(installation, [reporter_erased(1), case_opened(1, keyring=keyring)])
    with indexing(installation):
        wait_indexed(installation)
    assert "sealed_reporter" not in stored(search, reporters_index(installation))[complaint_id(1)].source
    assert reasons(dead_letters(installation)) == ["blocked"]


def test_an_original_whose_key_is_gone_is_a_dead_letter_only_if_the_vault_lacks_it(
    installation: Settings, keyring: Keyring, search: Elasticsearch
) -> None:
    january = datetime(2026, 1, 10, tzinfo=UTC)
    publish_cases(installation, [case_opened(1, keyring=keyring, received_at=january)])
    with indexing(installation):
        wait_indexed(installation)
    publish_cases(installation, [case_opened(2, keyring=keyring, received_at=january)])
    assert keyring.destroy_expired(NOW, retention_days=90) == ["2026-01"]
    rewind(installation)
    with indexing(installation):
        wait_indexed(installation)
    assert [(one.reason, one.complaint_id) for one in dead_letters(installation)] == [("unsealable", complaint_id(2))]
    assert stored(search, complaints(installation)).keys() == {complaint_id(1), complaint_id(2)}
    assert stored(search, reporters_index(installation)).keys() == {complaint_id(1)}


def test_a_run_of_poison_stops_the_stage_and_is_neither_lost_nor_committed(settings: Settings) -> None:
    limited = settings.model_copy(update={"poison_limit": 5})
    set_up(limited)
    publish_cases(limited, [case_opened(1, keyring=keyring_of(limited))])
    publisher = Publisher(limited, "tests")
    publisher.publish([raw(limited, b"broken")] * 6)
    publisher.close()
    for _ in range(2):  # a restart does not eat its way through
        with pytest.raises(PoisonError, match="in a row"):
            IndexingProcess(limited, threading.Event()).serve()
    assert lag(limited) >= 6
    assert not dead_letters(limited)
    with indexing(limited.model_copy(update={"poison_limit": 6})):
        wait_indexed(limited)
    assert len(dead_letters(limited)) == 6


def test_many_replies_to_a_case_that_is_not_there_do_not_stop_the_stage(settings: Settings) -> None:
    limited = settings.model_copy(update={"poison_limit": 5})
    set_up(limited)
    keyring = keyring_of(limited)
    publish_cases(limited, [reply_added(1, nr, keyring=keyring) for nr in range(1, 9)])
    publish_cases(limited, [case_opened(2, keyring=keyring)])
    with indexing(limited):
        wait_indexed(limited)
    assert reasons(dead_letters(limited)) == ["blocked"] * 8
