"""Dead letters looked at and replayed on real engines, by the commands that an operator types."""

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
from elasticsearch import Elasticsearch

from aduan.connections.publisher import Publisher, Record
from aduan.settings import Settings
from consumers.dead_letters import REPLAYED_FROM, Wanted, read_letters, replay
from consumers.index import generation
from schemas.codec import header
from schemas.errors import Reason
from schemas.events import Attachment, CaseOpened
from tests.case_log import dead_letters, publish_cases, read_topic
from tests.environment import environment_of
from tests.factories import case_events, case_opened, complaint_id, content, reporter
from tests.indexing import indexing, keyring_of, set_up, stored, wait_indexed


@pytest.fixture
def installation(settings: Settings) -> Settings:
    set_up(settings)
    return settings


@pytest.fixture
def publisher(installation: Settings) -> Iterator[Publisher]:
    made = Publisher(installation, "tests")
    yield made
    made.close()


def aduan(settings: Settings, *command: str, code: int = 0) -> str:
    """Run `aduan COMMAND …` and return its standard output."""
    done = subprocess.run(
        [sys.executable, "-m", "ops.cli", *command],
        env=environment_of(settings) | {"PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == code, done.stderr
    return done.stdout


def refused(n: int, settings: Settings) -> CaseOpened:
    """An opening that the mapping refuses: an attachment of 2^70 bytes."""
    huge = Attachment(blob_id="a" * 32, size=2**70, media_type="image/png")
    return case_opened(n, keyring=keyring_of(settings), attachments=(huge,))


def test_a_replayed_opening_takes_its_blocked_events_along_in_their_order(
    installation: Settings, publisher: Publisher, search: Elasticsearch
) -> None:
    """As when the mapping was corrected: here the opening is refused, and the index is made tolerant afterwards."""
    index = generation(installation, 1).index
    opening, *later = case_events(1, keyring=keyring_of(installation))
    publish_cases(installation, [refused(1, installation), *later])
    publish_cases(installation, case_events(2, keyring=keyring_of(installation)))
    keyring = keyring_of(installation)
    with indexing(installation):
        wait_indexed(installation)
        assert stored(search, index).keys() == {complaint_id(2)}
        assert sorted(one.reason for one in dead_letters(installation)) == ["blocked"] * 7 + ["refused_by_mapping"]
        publish_cases(installation, [opening])  # the corrected opening
        wait_indexed(installation)
        wanted = Wanted(reason=Reason.BLOCKED)
        dry = replay(installation, keyring, publisher, wanted, dry_run=True)
        assert (dry.published, dry.unsealable, dry.blocked_along) == (7, 0, 0)
        done = replay(installation, keyring, publisher, wanted, dry_run=False)
        assert done == dry
        wait_indexed(installation)
    document = stored(search, index)[complaint_id(1)].source
    assert [one["event"]["event_id"] for one in document["events"]] == [
        one.event_id for one in case_events(1, keyring=keyring_of(installation))
    ]


def test_choosing_the_opening_alone_chooses_its_blocked_events(installation: Settings, publisher: Publisher) -> None:
    _, *later = case_events(1, keyring=keyring_of(installation))
    _, *others = case_events(2, keyring=keyring_of(installation))
    publish_cases(installation, [refused(1, installation), *later, *others])
    with indexing(installation):
        wait_indexed(installation)
    opening = next(one for one in read_letters(installation) if one.reason == "refused_by_mapping")
    where = f"{opening.topic}/{opening.partition}/{opening.offset}"
    keyring = keyring_of(installation)
    done = replay(installation, keyring, publisher, Wanted(names=frozenset({where})), dry_run=False)
    assert (done.published, done.blocked_along) == (8, 7)
    records = read_topic(installation, installation.topics.cases)
    again = [value for headers, value in records if header(headers, REPLAYED_FROM)]
    kinds = [json.loads(value)["type"] for value in again]
    assert kinds == [CaseOpened.TYPE, *(one.TYPE for one in later)]
    assert {json.loads(value)["complaint_id"] for value in again} == {complaint_id(1)}


def test_a_replay_publishes_the_record_byte_for_byte_where_it_came_from(
    installation: Settings, publisher: Publisher
) -> None:
    broken = Record(installation.topics.cases, b"\x00odd", b"\xff\x00 broken", [("a", b"1"), ("a", b"2")], partition=2)
    publisher.publish([broken])
    with indexing(installation):
        wait_indexed(installation)
        done = replay(installation, keyring_of(installation), publisher, Wanted(), dry_run=False)
        wait_indexed(installation)
    assert done.published == 1
    records = read_topic(installation, installation.topics.cases)
    assert [value for _, value in records] == [broken.value] * 2
    assert records[1][0][:2] == broken.headers
    assert records[1][0][2][0] == REPLAYED_FROM
    assert sorted((one.partition, one.offset) for one in dead_letters(installation)) == [(2, 0), (2, 1)]


def test_a_replay_that_is_repeated_changes_nothing_more(
    installation: Settings, publisher: Publisher, search: Elasticsearch
) -> None:
    keyring = keyring_of(installation)
    opening, *later = case_events(1, keyring=keyring)
    publish_cases(installation, [*later, opening])
    with indexing(installation):
        wait_indexed(installation)
        replay(installation, keyring, publisher, Wanted(), dry_run=False)
        wait_indexed(installation)
        before = stored(search, generation(installation, 1).index)
        replay(installation, keyring, publisher, Wanted(), dry_run=False)
        wait_indexed(installation)
    assert stored(search, generation(installation, 1).index) == before
    assert len(before[complaint_id(1)].source["events"]) == 8


def test_the_commands_list_show_and_replay_without_showing_what_is_sealed(installation: Settings) -> None:
    publish_cases(installation, [refused(1, installation), *case_events(2)[1:3]])
    with indexing(installation):
        wait_indexed(installation)
    listed = [json.loads(line) for line in aduan(installation, "dead-letters", "list", "--json").splitlines()]
    assert sorted(row["reason"] for row in listed) == ["blocked", "blocked", "refused_by_mapping"]
    chosen = next(row for row in listed if row["reason"] == "refused_by_mapping")
    shown = aduan(installation, "dead-letters", "show", chosen["original"])
    text = case_opened(1).text
    assert chosen["id"] in shown
    assert "refused_by_mapping" in aduan(installation, "dead-letters", "list")
    assert text not in shown
    assert "s1." not in shown
    assert text in aduan(installation, "dead-letters", "show", chosen["id"], "--open")
    assert "1 published again" in aduan(installation, "dead-letters", "replay", chosen["id"])
    assert "2 would be published" in aduan(installation, "dead-letters", "replay", "--reason", "blocked", "--dry-run")
    aduan(installation, "dead-letters", "replay", code=1)
    aduan(installation, "dead-letters", "show", "no such thing", code=1)


def test_what_a_dead_letter_shows_names_no_person(installation: Settings) -> None:
    publish_cases(installation, [refused(1, installation)])
    with indexing(installation):
        wait_indexed(installation)
    said = aduan(installation, "dead-letters", "list", "--json") + str(list(read_letters(installation)))
    plain = [reporter(1).name, reporter(1).email, reporter(1).phone, content(1).text]
    assert not [value for value in plain if value is not None and value in said]
