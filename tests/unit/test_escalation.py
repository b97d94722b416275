"""Escalation: who must look at a case now, and why. Each rule with the moment before and the moment of it."""

from datetime import timedelta
from typing import Any

import pytest

from aduan.case import fold
from aduan.escalation import CaseState, Pace, became_urgent, decide, next_contact, opening_escalation, raised_by
from schemas.events import CaseEscalated, EscalationCause, ReplyKind
from tests.factories import (
    NOW,
    case_acknowledged,
    case_escalated,
    case_opened,
    case_resolved,
    case_transferred,
    classification,
    placed,
    reply_added,
)

CHAIN = ("petugas-31", "kepala-31", "itjen")
PACE = Pace()
URGENT = classification(prioritas="darurat")


def state(*later: Any, **changes: Any) -> CaseState:
    """A case that was opened at NOW, after these events, with its deadline ten days on."""
    opened = case_opened(occurred_at=NOW, **changes)
    case = fold(placed([opened, *later]))
    return CaseState.model_validate(case)


def decided(case: CaseState, after: timedelta, *, at_work: bool = True) -> CaseEscalated | None:
    return decide(case, NOW + after, chain=CHAIN, at_work=at_work, pace=PACE)


def test_a_case_that_opens_as_urgent_is_escalated_to_the_first_contact() -> None:
    event = opening_escalation(case_opened(classification=URGENT), chain=CHAIN, now=NOW)
    assert event is not None
    assert (event.level, event.cause, event.contact) == (1, EscalationCause.URGENT, "petugas-31")


def test_a_case_that_is_not_urgent_is_not_escalated_when_it_opens() -> None:
    assert opening_escalation(case_opened(), chain=CHAIN, now=NOW) is None


def test_an_auto_reply_is_never_escalated() -> None:
    assert opening_escalation(case_opened(classification=URGENT, automated=True), chain=CHAIN, now=NOW) is None
    assert decided(state(classification=URGENT, automated=True), timedelta(days=90)) is None


def test_the_same_level_has_the_same_event_id_whenever_it_is_decided() -> None:
    by_event = opening_escalation(case_opened(classification=URGENT), chain=CHAIN, now=NOW)
    by_sweep = decided(state(classification=URGENT), timedelta(hours=1))
    assert by_event is not None
    assert by_sweep is not None
    assert by_event.event_id == by_sweep.event_id


def test_an_urgent_case_that_was_never_escalated_is_found_as_missed() -> None:
    case = state(classification=URGENT)
    assert decided(case, PACE.missed - timedelta(seconds=1)) is None
    event = decided(case, PACE.missed)
    assert event is not None
    assert (event.level, event.cause) == (1, EscalationCause.MISSED)


def test_an_urgent_case_that_nobody_took_for_fifteen_minutes_climbs_to_the_next_contact() -> None:
    case = state(case_escalated(occurred_at=NOW + timedelta(seconds=5)), classification=URGENT)
    assert decided(case, timedelta(minutes=15, seconds=4)) is None
    event = decided(case, timedelta(minutes=15, seconds=5), at_work=False)
    assert event is not None
    assert (event.level, event.cause, event.contact) == (2, EscalationCause.UNACKNOWLEDGED, "kepala-31")


def test_an_urgent_case_that_somebody_took_does_not_climb() -> None:
    taken = case_acknowledged(occurred_at=NOW + timedelta(minutes=1))
    assert decided(state(case_escalated(), taken, classification=URGENT), timedelta(hours=5)) is None


def test_after_the_last_contact_a_case_stays_where_it_is() -> None:
    case = state(case_escalated(level=3), classification=URGENT)
    assert decided(case, timedelta(days=2)) is None


def test_a_case_past_its_deadline_is_escalated_in_working_time_only() -> None:
    case = state()
    late = case.due_at - NOW
    assert decided(case, late - timedelta(seconds=1)) is None
    assert decided(case, late, at_work=False) is None
    event = decided(case, late)
    assert event is not None
    assert (event.level, event.cause, event.due_at) == (1, EscalationCause.OVERDUE, case.due_at)


def test_an_urgent_case_past_its_deadline_does_not_wait_for_working_time() -> None:
    case = state(case_escalated(), case_acknowledged(), classification=URGENT)
    event = decided(case, case.due_at - NOW, at_work=False)
    assert event is not None
    assert (event.level, event.cause) == (2, EscalationCause.OVERDUE)


def test_an_overdue_case_climbs_once_a_day() -> None:
    late = state().due_at - NOW
    case = state(case_escalated(occurred_at=NOW + late))
    assert decided(case, late + PACE.overdue - timedelta(seconds=1)) is None
    event = decided(case, late + PACE.overdue)
    assert event is not None
    assert event.level == 2


@pytest.mark.parametrize("prioritas", ["normal", "darurat"])
def test_a_resolved_case_is_left_alone(prioritas: str) -> None:
    case = state(case_resolved(), classification=classification(prioritas=prioritas))
    assert decided(case, timedelta(days=365)) is None


def test_a_case_that_staff_made_urgent_reaches_the_next_level_at_once() -> None:
    case = state(case_escalated(level=1), classification=URGENT)
    event = became_urgent(case, cause="x", chain=("petugas-32", "kepala-32"), now=NOW)
    assert event is not None
    assert (event.level, event.cause, event.contact) == (2, EscalationCause.URGENT, "petugas-32")
    assert became_urgent(state(), cause="x", chain=CHAIN, now=NOW) is None


def test_a_refused_address_passes_the_case_to_the_next_contact_with_the_same_cause() -> None:
    refused = case_escalated(level=1, cause=EscalationCause.OVERDUE, then=("kepala-31", "itjen"))
    event = next_contact(refused, now=NOW)
    assert event is not None
    assert (event.level, event.cause, event.contact) == (2, EscalationCause.OVERDUE, "kepala-31")
    assert event.then == ("itjen",)
    assert next_contact(case_escalated(level=3), now=NOW) is None


def test_after_a_transfer_the_contacts_of_the_new_unit_are_told_from_the_first_one_on() -> None:
    moved = case_transferred(unit="dinas-32")
    case = state(case_escalated(level=2), moved, classification=URGENT)
    event = decided(case, timedelta(days=1))
    assert event is not None
    assert (event.level, event.contact) == (3, "petugas-31")
    again = state(case_escalated(level=2), moved, case_escalated(level=3, unit="dinas-32"), classification=URGENT)
    event = decided(again, timedelta(days=1))
    assert event is not None
    assert (event.level, event.contact) == (4, "kepala-31")


def test_a_level_of_the_former_unit_that_a_transfer_overtook_skips_nobody_of_the_new_one() -> None:
    late = case_escalated(level=1, unit="dinas-31")
    event = decided(state(case_transferred(unit="dinas-32"), late, classification=URGENT), timedelta(days=1))
    assert event is not None
    assert (event.level, event.contact) == (2, "petugas-31")


def test_a_case_that_climbed_through_many_units_still_reaches_the_contacts_of_the_next_one() -> None:
    case = state(case_escalated(level=9), case_transferred(unit="dinas-32"), classification=URGENT)
    event = decided(case, timedelta(days=1))
    assert event is not None
    assert (event.level, event.contact) == (10, "petugas-31")


DANGER = "Tolong, anak saya dipukuli dan diancam akan dibunuh oleh gurunya"


@pytest.mark.parametrize("before", [(), (case_acknowledged(),), (case_resolved(),)], ids=["open", "taken", "resolved"])
def test_words_of_danger_that_come_later_make_the_case_urgent_and_open_and_somebody_is_told(before: Any) -> None:
    reply = reply_added(text=DANGER)
    raised = raised_by(reply, NOW)
    assert raised is not None
    case = state(*before, reply, raised)
    assert (case.status, case.is_urgent, case.acknowledged_at) == ("open", True, None)
    event = became_urgent(case, cause=raised.event_id, chain=CHAIN, now=NOW)
    assert event is not None
    assert (event.cause, event.contact) == (EscalationCause.URGENT, "petugas-31")
    missed = decided(case, timedelta(minutes=2))  # the process died before it told anybody: the sweep does
    assert missed is not None
    assert missed.contact == "petugas-31"


def test_words_of_danger_in_an_answer_to_what_looked_like_a_machines_mail_reach_a_person() -> None:
    raised = raised_by(reply_added(text=DANGER), NOW)
    assert raised is not None
    case = state(raised, automated=True)
    assert became_urgent(case, cause=raised.event_id, chain=CHAIN, now=NOW) is not None


def test_words_of_danger_are_told_to_the_first_contact_also_after_all_were_told_before() -> None:
    raised = raised_by(reply_added(text=DANGER), NOW)
    assert raised is not None
    case = state(case_escalated(level=99), case_resolved(), raised, classification=URGENT)
    event = became_urgent(case, cause=raised.event_id, chain=CHAIN, now=NOW)
    assert event is not None
    assert (event.level, event.contact) == (99, "petugas-31")
    assert event.event_id != case_escalated(level=99).event_id
    twice = became_urgent(case, cause=raised.event_id, chain=CHAIN, now=NOW + timedelta(hours=1))
    assert twice is not None
    assert twice.event_id == event.event_id


def test_an_ordinary_reply_and_a_deletion_raise_nothing() -> None:
    assert raised_by(reply_added(text="Terima kasih, ini kuitansinya"), NOW) is None
    assert raised_by(reply_added(text=DANGER, kind=ReplyKind.DELETION), NOW) is None
    first, again = (
        raised_by(reply_added(text=DANGER), NOW),
        raised_by(reply_added(text=DANGER), NOW + timedelta(days=1)),
    )
    assert first is not None
    assert again is not None
    assert first.event_id == again.event_id


def test_a_machine_that_quotes_words_of_danger_alarms_nobody() -> None:
    reply = reply_added(1, text="Saya sedang cuti. > anak saya dipukul gurunya sampai berdarah", automated=True)
    assert raised_by(reply, NOW) is None
    assert raised_by(reply.model_copy(update={"automated": False}), NOW) is not None
