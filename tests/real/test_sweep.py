"""The sweep on a real index and log: it finds what the event path missed, what nobody took and what is late."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from elasticsearch import Elasticsearch, helpers

from aduan.connections.publisher import Publisher
from aduan.settings import Settings
from aduan.units import LAST_RESORT, load_units
from consumers.announcer import Announcer
from consumers.index import read_alias
from consumers.mailer import smtp_hand_over
from consumers.outbox import Outbox
from consumers.sweep import Hint, Sweep
from schemas.events import CaseEscalated, EscalationCause, Routing
from tests.case_log import events_on_log
from tests.factories import (
    NOW,
    case_acknowledged,
    case_escalated,
    case_opened,
    case_reclassified,
    case_resolved,
    classification,
    complaint_id,
)
from tests.indexed_cases import case_of, index_cases

UNIT = "dinas-1101"
CHAIN = [contact.code for contact in load_units().chain(UNIT)]
URGENT = classification(prioritas="darurat", kerahasiaan="rahasia")
SATURDAY = timedelta(days=4)
"""NOW is a Tuesday, ten in the morning in Jakarta."""


@pytest.fixture
def sweep(topics: Settings) -> Iterator[Sweep]:
    publisher = Publisher(topics, "tests")
    outbox = Outbox(smtp_hand_over(topics))
    announcer = Announcer(topics, publisher=publisher, outbox=outbox, units=load_units())
    made = Sweep(topics, announcer=announcer, units=load_units())
    made.partitions = range(topics.partitions)
    yield made
    made.close()
    outbox.close()
    publisher.close()


def opened(n: int, *, due: timedelta = timedelta(days=10), **changes: Any) -> Any:
    return case_opened(n, occurred_at=NOW, routing=Routing(unit=UNIT, due_at=NOW + due), **changes)


def escalations(settings: Settings) -> dict[str, CaseEscalated]:
    found = events_on_log(settings, CaseEscalated)
    assert len({event.complaint_id for event in found}) == len(found), "more than one for a case"
    return {event.complaint_id: event for event in found if isinstance(event, CaseEscalated)}


def test_it_finds_urgent_cases_that_were_missed_or_that_nobody_took(
    topics: Settings, search: Elasticsearch, sweep: Sweep
) -> None:
    missed = case_of([opened(1, classification=URGENT)])
    untaken = case_of([opened(2, classification=URGENT), case_escalated(2, 1, occurred_at=NOW)])
    left_alone = [
        case_of([opened(3, classification=URGENT), case_escalated(3, 1), case_acknowledged(3)]),
        case_of([opened(4, classification=URGENT), case_resolved(4)]),
        case_of([opened(5, classification=URGENT, automated=True)]),
        case_of([opened(6)]),
        case_of([opened(7, classification=URGENT), case_escalated(7, 1, occurred_at=NOW + timedelta(minutes=10))]),
    ]
    index_cases(topics, search, [missed, untaken, *left_alone])
    assert sweep.once(NOW + timedelta(minutes=20)) == 2
    found = escalations(topics)
    first, second = found.pop(missed.complaint_id), found.pop(untaken.complaint_id)
    assert found == {}
    assert (first.level, first.cause, first.contact) == (1, EscalationCause.MISSED, CHAIN[0])
    assert (second.level, second.cause, second.contact) == (2, EscalationCause.UNACKNOWLEDGED, CHAIN[1])


def test_late_cases_are_escalated_in_working_time_and_urgent_ones_at_any(
    topics: Settings, search: Elasticsearch, sweep: Sweep
) -> None:
    late = case_of([opened(1, due=timedelta(hours=1))])
    urgent = case_of(
        [opened(2, due=timedelta(hours=1), classification=URGENT), case_escalated(2, 1), case_acknowledged(2)]
    )
    index_cases(topics, search, [late, urgent])
    assert sweep.once(NOW + SATURDAY) == 1
    assert escalations(topics).keys() == {urgent.complaint_id}
    assert sweep.once(NOW + SATURDAY + timedelta(days=2)) == 1
    assert escalations(topics)[late.complaint_id].cause is EscalationCause.OVERDUE


def test_a_second_sweep_before_the_index_has_caught_up_says_nothing_twice(
    topics: Settings, search: Elasticsearch, sweep: Sweep
) -> None:
    index_cases(topics, search, [case_of([opened(1, classification=URGENT)])])
    assert sweep.once(NOW + timedelta(minutes=2)) == 1
    assert sweep.once(NOW + timedelta(minutes=3)) == 0
    assert len(escalations(topics)) == 1


def test_it_goes_through_more_cases_than_a_page_holds(topics: Settings, search: Elasticsearch, sweep: Sweep) -> None:
    index_cases(topics, search, [])
    cases = (case_of([opened(n, due=timedelta(minutes=1), classification=classification(n))]) for n in range(1_201))
    helpers.bulk(
        search,
        (
            {"_index": read_alias(topics), "_id": case.complaint_id, **case.model_dump(mode="json", exclude_none=True)}
            for case in cases
        ),
        refresh=True,
    )
    assert sweep.once(NOW + timedelta(minutes=5)) == 1_201
    assert len(escalations(topics)) == 1_201


def test_it_looks_after_the_cases_of_its_own_partitions_only(
    topics: Settings, search: Elasticsearch, sweep: Sweep
) -> None:
    index_cases(topics, search, [case_of([opened(1, classification=URGENT)], partition=3)])
    sweep.partitions = [0, 1, 2]
    assert sweep.once(NOW + timedelta(minutes=20)) == 0
    sweep.partitions = [3]
    assert sweep.once(NOW + timedelta(minutes=20)) == 1


def test_a_case_that_staff_made_urgent_is_escalated_once_the_index_knows(
    topics: Settings, search: Elasticsearch, sweep: Sweep
) -> None:
    calm = opened(1)
    index_cases(topics, search, [case_of([calm])])
    sweep.look_soon(Hint(calm.complaint_id, partition=0, offset=1, cause="c" * 16))
    assert sweep.follow_hints(NOW) == 0
    index_cases(topics, search, [case_of([calm, case_reclassified(1, prioritas="darurat")])])
    assert sweep.follow_hints(NOW) == 1
    assert sweep.follow_hints(NOW) == 0
    (event,) = escalations(topics).values()
    assert (event.level, event.cause) == (1, EscalationCause.URGENT)


def test_words_of_danger_whose_case_is_not_open_after_a_minute_reach_the_last_resort(
    topics: Settings, search: Elasticsearch, sweep: Sweep
) -> None:
    index_cases(topics, search, [])
    sweep.look_soon(Hint(complaint_id(1), partition=0, offset=1, cause="c" * 16, tries=59))
    assert [sweep.follow_hints(NOW) for _ in range(3)] == [0, 1, 0]
    (event,) = escalations(topics).values()
    assert (event.unit, event.cause) == (LAST_RESORT, EscalationCause.MISSED)


def test_a_report_against_a_superior_climbs_past_it(topics: Settings, search: Elasticsearch, sweep: Sweep) -> None:
    accusing = URGENT.model_copy(update={"accused": ("bpmp",)})
    index_cases(topics, search, [case_of([opened(1, classification=accusing)])])
    assert sweep.once(NOW + timedelta(minutes=20)) == 1
    (event,) = escalations(topics).values()
    assert not [code for code in (event.contact, *event.then) if code.startswith("bpmp")]


def test_late_cases_wait_for_a_slow_mail_server_and_urgent_ones_do_not(
    topics: Settings, search: Elasticsearch, sweep: Sweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    urgent = case_of([opened(1, classification=URGENT)])
    late = case_of([opened(2, due=timedelta(minutes=1))])
    index_cases(topics, search, [urgent, late])
    now = NOW + timedelta(minutes=20)
    with monkeypatch.context() as slow:
        slow.setattr("consumers.sweep._MAILS_ENOUGH", 0)
        assert sweep.once(now) == 1
        assert escalations(topics).keys() == {complaint_id(1)}
    assert sweep.once(now) == 1
    assert escalations(topics).keys() == {complaint_id(1), complaint_id(2)}
