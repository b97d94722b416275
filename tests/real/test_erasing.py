"""A person is forgotten in every case that their late answers went on to, on a real index and log."""

from typing import Any

import pytest
from elasticsearch import Elasticsearch

from aduan.acronyms import load_acronyms
from aduan.connections.publisher import Publisher
from aduan.ids import event_id
from aduan.settings import Settings
from aduan.tokens import Caller, Role
from portal.erasing import erase_everywhere
from portal.problems import ProblemError
from portal.search import Searcher
from schemas.events import CaseContinued, ReporterErased
from tests.case_log import events_on_log
from tests.factories import NOW, case_opened, case_resolved, complaint_id
from tests.indexed_cases import case_of, index_cases


def continued(n: int, onto: int) -> CaseContinued:
    """The event of case n that its answer became case `onto`."""
    return CaseContinued(
        event_id=event_id(complaint_id(n), "continued", onto),
        complaint_id=complaint_id(n),
        occurred_at=NOW,
        actor="reporter",
        reply=event_id(complaint_id(n), "continued", onto),
        continued_as=complaint_id(onto),
    )


def test_an_erasure_follows_the_persons_words_to_every_complaint_they_became_also_one_that_is_not_open_yet(
    topics: Settings, search: Elasticsearch
) -> None:
    first = case_of([case_opened(1), case_resolved(1), continued(1, 2), continued(1, 3)])
    second = case_of([case_opened(2), case_resolved(2), continued(2, 4), continued(2, 1)])
    index_cases(topics, search, [first, second, case_of([case_opened(3)]), case_of([case_opened(5)])])
    publisher = Publisher(topics, "tests")
    searcher = Searcher(topics, search, load_acronyms())
    asked: dict[str, Any] = {"reference": first.tracking_number, "body": {"drop_text": True}, "now": NOW}
    with pytest.raises(ProblemError):
        erase_everywhere(searcher, publisher, caller=Caller("x", Role.INSPECTOR), **asked)
    said = [erase_everywhere(searcher, publisher, caller=Caller("x", Role.ADMIN), **asked) for _ in range(2)]
    publisher.close()
    assert said[0] == said[1], "a retry says the same"
    assert [one.complaint_id for one in said[0]] == [complaint_id(n) for n in (1, 2, 3, 4)]
    on_log = events_on_log(topics, ReporterErased)
    assert {one.event_id for one in on_log} == {one.event_id for one in said[0]}
    assert all(isinstance(one, ReporterErased) and one.drop_text for one in on_log)
