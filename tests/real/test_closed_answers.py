"""Answers to closed cases on a real index and log: reopened in time, else a complaint with the words and the person."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from elasticsearch import Elasticsearch

from aduan.connections.publisher import Publisher
from aduan.keyring import Keyring
from aduan.privacy import Purpose, unseal_model
from aduan.settings import Settings
from consumers import vault
from consumers.closed_answers import ClosedAnswers
from consumers.index import reporters_index
from schemas.codec import decode
from schemas.content import Content, Reporter
from schemas.documents import CaseDocument
from schemas.events import (
    CaseContinued,
    CaseOpened,
    CaseReclassified,
    CaseReopened,
    ComplaintReceived,
    ReplyAdded,
    ReporterReplied,
)
from schemas.topics import Lane
from tests.case_log import events_on_log, read_topic
from tests.factories import case_opened, case_resolved, content, reply_added, reporter
from tests.indexed_cases import case_of, index_cases

NOW = datetime.now(UTC)


class Kept:
    """A closed case with an answer, in the index and the vault, as the indexer leaves them."""

    def __init__(self, settings: Settings, n: int, *answered: timedelta, text: str = "belum selesai juga") -> None:
        keyring = Keyring(settings.data_dir / "keyring")
        closed = NOW - timedelta(days=10)
        opening = case_opened(n, keyring=keyring, received_at=closed - timedelta(days=9))
        replies = [
            reply_added(n, nr, keyring=keyring, received_at=closed + after, text=text)
            for nr, after in enumerate(answered, 1)
        ]
        self.case: CaseDocument = case_of([opening, case_resolved(n, occurred_at=closed), *replies])
        self.originals = {
            one_id: vault.original(keyring, event)
            for event in (opening, *replies)
            if isinstance(event, CaseOpened | ReplyAdded) and (one_id := vault.original_id(event)) is not None
        }

    def index(self, settings: Settings, client: Elasticsearch) -> None:
        index_cases(settings, client, [self.case])
        for one_id, document in self.originals.items():
            body = document.model_dump(mode="json", exclude_none=True)
            client.index(index=reporters_index(settings), id=one_id, document=body)


@pytest.fixture
def answers(topics: Settings) -> Iterator[ClosedAnswers]:
    publisher = Publisher(topics, "tests")
    yield ClosedAnswers(topics, publisher=publisher, keyring=Keyring(topics.data_dir / "keyring"))
    publisher.close()


def test_an_answer_in_time_reopens_its_case_and_a_late_one_goes_on_as_a_complaint_of_the_same_person(
    topics: Settings, search: Elasticsearch, answers: ClosedAnswers
) -> None:
    in_time = Kept(topics, 1, timedelta(hours=5))
    late = Kept(topics, 2, timedelta(days=5), timedelta(days=6))
    for kept in (in_time, late):
        kept.index(topics, search)
    search.indices.refresh(index=f"{topics.index('complaints')}-*")
    partitions = range(topics.partitions)
    assert answers.once(search, partitions, NOW) == 3
    (reopened,) = events_on_log(topics, CaseReopened)
    assert reopened.complaint_id == in_time.case.complaint_id
    told = events_on_log(topics, CaseContinued)
    assert {one.complaint_id for one in told} == {late.case.complaint_id}
    said = [
        decode(value, headers, (ComplaintReceived, ReporterReplied))
        for headers, value in read_topic(topics, topics.topics.received(Lane.ORDINARY))
    ]
    complaint, joined = sorted(said, key=lambda event: event.TYPE)
    assert isinstance(complaint, ComplaintReceived)
    assert joined.complaint_id == complaint.complaint_id
    assert complaint.origin.related == late.case.complaint_id
    keyring = Keyring(topics.data_dir / "keyring")
    assert unseal_model(keyring, Purpose.CONTENT, complaint.complaint_id, complaint.sealed_content, Content) == content(
        2
    )
    assert complaint.sealed_reporter is not None
    assert unseal_model(
        keyring, Purpose.REPORTER, complaint.complaint_id, complaint.sealed_reporter, Reporter
    ) == reporter(2)


def test_a_sweep_that_comes_before_the_index_has_caught_up_says_the_same_again(
    topics: Settings, search: Elasticsearch, answers: ClosedAnswers
) -> None:
    for kept in (Kept(topics, 5, timedelta(hours=5)), Kept(topics, 6, timedelta(days=5))):
        kept.index(topics, search)
    search.indices.refresh(index=f"{topics.index('complaints')}-*")
    for _ in range(2):
        assert answers.once(search, range(topics.partitions), NOW) == 2
    assert len({one.event_id for kind in (CaseReopened, CaseContinued) for one in events_on_log(topics, kind)}) == 2
    said = [
        decode(value, headers, (ComplaintReceived,))
        for headers, value in read_topic(topics, topics.topics.received(Lane.ORDINARY))
    ]
    assert len(said) == 2
    assert len({(one.event_id, one.complaint_id, one.body_digest) for one in said}) == 1, "the second is a known one"


def test_an_answer_whose_original_is_not_kept_yet_waits_and_one_of_an_erased_person_goes_nowhere(
    topics: Settings, search: Elasticsearch, answers: ClosedAnswers
) -> None:
    late, erased = Kept(topics, 3, timedelta(days=5)), Kept(topics, 4, timedelta(days=5))
    late.originals.clear()
    marker = vault.marker(erased.case.complaint_id, NOW, NOW)
    erased.originals = dict.fromkeys(erased.originals, marker)
    for kept in (late, erased):
        kept.index(topics, search)
    search.indices.refresh(index=f"{topics.index('complaints')}-*")
    soon = late.case.replies[0].received_at + timedelta(minutes=1)
    assert answers.once(search, range(topics.partitions), soon) == 0
    assert answers.once(search, range(topics.partitions), soon + timedelta(hours=2)) == 1
    (told,) = events_on_log(topics, CaseContinued)
    assert told.complaint_id == late.case.complaint_id


def test_who_was_erased_and_writes_again_later_is_heard_as_nobody_that_is_known(
    topics: Settings, search: Elasticsearch, answers: ClosedAnswers
) -> None:
    kept = Kept(topics, 7, timedelta(days=5))
    before = kept.case.replies[0].received_at - timedelta(days=1)
    kept.originals[kept.case.complaint_id] = vault.marker(kept.case.complaint_id, before, before)
    kept.index(topics, search)
    search.indices.refresh(index=f"{topics.index('complaints')}-*")
    assert answers.once(search, range(topics.partitions), NOW) == 1
    ((headers, value),) = read_topic(topics, topics.topics.received(Lane.ORDINARY))
    complaint = decode(value, headers, (ComplaintReceived,))
    assert complaint.sealed_reporter is None


def test_cases_that_must_wait_hold_up_none_behind_them(
    topics: Settings, search: Elasticsearch, answers: ClosedAnswers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("consumers.closed_answers._PAGE", 1)
    monkeypatch.setattr("consumers.closed_answers._PAGES", 1)
    keyless, late = Kept(topics, 8, timedelta(days=5)), Kept(topics, 9, timedelta(days=6))
    for one_id, original in keyless.originals.items():
        keyless.originals[one_id] = original.model_copy(update={"sealed_content": "s1.2099-01.AAAA"})
    for kept in (keyless, late):
        kept.index(topics, search)
    search.indices.refresh(index=f"{topics.index('complaints')}-*")
    assert [answers.once(search, range(topics.partitions), NOW) for _ in range(2)] == [0, 1]
    (told,) = events_on_log(topics, CaseContinued)
    assert told.complaint_id == late.case.complaint_id


def test_danger_that_only_wider_word_lists_know_is_said_by_the_sweep_and_once_by_one_process(
    topics: Settings, search: Elasticsearch, answers: ClosedAnswers
) -> None:
    kept = Kept(topics, 10, timedelta(days=5), text="tolong, anak saya dipukuli gurunya sampai pingsan")
    kept.index(topics, search)
    search.indices.refresh(index=f"{topics.index('complaints')}-*")
    assert [answers.once(search, range(topics.partitions), NOW) for _ in range(2)] == [1, 0]
    (raised,) = events_on_log(topics, CaseReclassified)
    assert isinstance(raised, CaseReclassified)
    assert (raised.complaint_id, raised.prioritas, raised.reopens) == (kept.case.complaint_id, "darurat", True)
