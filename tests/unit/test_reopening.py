"""An answer to a closed case: in time it opens the case again, later it becomes a complaint that names it."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from aduan.case import fold
from aduan.escalation import CaseState, raised_by
from aduan.reopening import Decided, Onward, Sealing, complaint_of, continued, decide
from schemas.documents import CaseDocument
from schemas.events import (
    Attachment,
    CaseEvent,
    Classification,
    ComplaintReceived,
    Origin,
    ReplyAdded,
    ReplyKind,
    ReporterReplied,
)
from tests.factories import (
    NO_SEAL,
    SECRET,
    case_escalated,
    case_opened,
    case_reclassified,
    case_resolved,
    classification,
    placed,
    reply_added,
    reporter_erased,
)

WINDOW = timedelta(hours=72)
CLOSED = case_resolved(1).occurred_at
SEALED = Sealing(NO_SEAL, NO_SEAL)


def case_of(*events: CaseEvent) -> CaseDocument:
    case = fold(placed((case_opened(1), *events)))
    assert case is not None
    return case


def classed_case(classes: Classification, *events: CaseEvent, public: bool = False) -> CaseDocument:
    case = fold(placed((case_opened(1, classification=classes, origin=Origin(public=public)), *events)))
    assert case is not None
    return case


def answer(nr: int, after: timedelta, **changes: Any) -> ReplyAdded:
    """An ordinary answer, so long after the closing."""
    at = CLOSED + after
    return reply_added(1, nr, received_at=at, occurred_at=at, text="belum ada perbaikan di sekolah kami", **changes)


def decided(case: CaseDocument, now: datetime = CLOSED + timedelta(days=30)) -> Decided:
    return decide(case, window=WINDOW, oldest=timedelta(days=90), secret=SECRET, now=now)


def test_an_answer_within_72_hours_of_the_resolution_opens_the_case_again_with_a_new_deadline() -> None:
    last = answer(3, WINDOW)
    case = case_of(case_escalated(1, 1), case_resolved(1), last)
    reopened = decided(case).reopened
    assert reopened is not None
    assert reopened.due_at > last.received_at
    again = case_of(case_escalated(1, 1), case_resolved(1), last, reopened)
    assert (again.status, again.resolved_at, again.outcome, again.due_at) == ("open", None, None, reopened.due_at)
    assert (again.acknowledged_at, again.after_closing) == (None, ())
    assert CaseState.model_validate(again).climbed == 0, "the unit's contacts are told from the first one on"


def test_the_window_counts_from_the_resolution_not_from_the_last_comment() -> None:
    early, late = answer(3, timedelta(hours=71)), answer(4, timedelta(hours=73))
    assert decided(case_of(case_resolved(1), late)).reopened is None
    seen = case_of(case_resolved(1), early)
    reopened = decided(seen).reopened
    assert reopened is not None
    assert decided(case_of(case_resolved(1), early, late)).reopened == reopened.model_copy(
        update={"replies": (early.event_id, late.event_id)}
    )


def test_a_late_answer_becomes_a_complaint_that_names_its_case_and_a_further_one_joins_it() -> None:
    first, second = answer(3, timedelta(days=4)), answer(4, timedelta(days=5))
    case = case_of(case_resolved(1), first, second)
    onward = decided(case).onward
    assert [one.joins for one in onward] == [False, True]
    complaint, joined = (complaint_of(one, case, SEALED, secret=SECRET) for one in onward)
    assert isinstance(complaint, ComplaintReceived)
    assert complaint.complaint_id != case.complaint_id
    assert (complaint.origin.related, complaint.received_at) == (case.complaint_id, first.received_at)
    assert isinstance(joined, ReporterReplied)
    assert joined.complaint_id == complaint.complaint_id
    told = [continued(one, case, CLOSED) for one in onward]
    after = case_of(case_resolved(1), first, second, *told)
    assert (after.status, after.after_closing, after.continued_as) == ("resolved", (), complaint.complaint_id)


@pytest.mark.parametrize(
    "classes",
    [
        classification(1, kerahasiaan="rahasia"),
        classification(1, kerahasiaan="anonim"),
        classification(1, kerahasiaan="tertutup"),
        classification(1, accused=("sekolah",)),
    ],
)
def test_a_case_that_is_kept_from_somebody_is_opened_again_however_late_so_that_its_fence_and_unit_hold(
    classes: Classification,
) -> None:
    last = answer(3, timedelta(days=80))
    case = classed_case(classes, case_resolved(1), last)
    found = decided(case)
    assert found.reopened is not None
    assert found.onward == ()
    again = classed_case(classes, case_resolved(1), last, found.reopened)
    assert (again.status, again.unit, again.kerahasiaan) == ("open", case.unit, case.kerahasiaan)


@pytest.mark.parametrize(("kept", "claimed"), [("rahasia", "rahasia"), ("anonim", "anonim"), ("publik", None)])
def test_the_complaint_that_an_answer_becomes_is_kept_as_its_case_was_and_nothing_is_made_public_by_it(
    kept: str, claimed: str | None
) -> None:
    late = answer(3, timedelta(days=4))
    case = classed_case(classification(1, kerahasiaan=kept), case_resolved(1), late, public=True)
    complaint = complaint_of(Onward(late, case.complaint_id, joins=False), case, SEALED, secret=SECRET)
    assert isinstance(complaint, ComplaintReceived)
    assert complaint.claimed.kerahasiaan == claimed
    assert (complaint.claimed.provinsi, complaint.claimed.kabupaten) == (case.provinsi, case.kabupaten)
    assert complaint.origin.public is (kept == "publik")


def test_an_answer_after_a_late_one_was_acted_on_joins_what_that_became() -> None:
    first, second = answer(3, timedelta(days=4)), answer(4, timedelta(days=9))
    (onward,) = decided(case := case_of(case_resolved(1), first)).onward
    told = continued(onward, case, CLOSED)
    (further,) = decided(case_of(case_resolved(1), first, told, second)).onward
    assert (further.reply.event_id, further.joins) == (second.event_id, True)
    assert further.complaint_id == onward.complaint_id


def test_what_was_decided_twice_is_the_same_events() -> None:
    case = case_of(case_resolved(1), answer(3, timedelta(hours=1)))
    first, second = decided(case).reopened, decided(case, CLOSED + timedelta(days=2)).reopened
    assert first is not None
    assert second is not None
    assert first.event_id == second.event_id


def test_words_that_the_unit_has_read_before_it_closed_the_case_open_nothing() -> None:
    assert decided(case_of(answer(3, timedelta(minutes=-5)), case_resolved(1))) == Decided()


def test_words_that_came_before_the_closing_but_were_indexed_after_it_were_read_by_nobody() -> None:
    assert decided(case_of(case_resolved(1), answer(3, timedelta(minutes=-5)))).reopened is not None


def test_thanks_alone_open_nothing_unless_a_file_came_with_them() -> None:
    thanks = answer(3, timedelta(hours=1)).model_copy(update={"text": "Terima kasih banyak, Bu"})
    assert decided(case_of(case_resolved(1), thanks)) == Decided()
    file = Attachment(blob_id="a" * 32, size=1, media_type="image/png")
    assert decided(case_of(case_resolved(1), thanks.model_copy(update={"attachments": (file,)}))).reopened is not None


def test_machines_deletions_and_answers_to_open_cases_open_nothing() -> None:
    machine = answer(3, timedelta(hours=1), automated=True)
    deleted = answer(4, timedelta(hours=1), kind=ReplyKind.DELETION)
    assert decided(case_of(case_resolved(1), machine, deleted)) == Decided()
    assert decided(case_of(answer(3, timedelta(hours=1)))) == Decided()


def in_danger(after: timedelta) -> ReplyAdded:
    return answer(3, after).model_copy(update={"text": "tolong, anak saya dipukuli gurunya sampai pingsan"})


def test_danger_is_left_to_the_escalator_first_which_opens_the_case_however_old_it_is() -> None:
    danger = in_danger(timedelta(days=40))
    soon = danger.received_at + timedelta(minutes=1)
    assert decided(case_of(case_resolved(1), danger), soon) == Decided()
    raised = case_reclassified(1, 9, prioritas="darurat", reopens=True)
    assert case_of(case_resolved(1), danger, raised).after_closing == ()


def test_danger_that_the_escalator_did_not_know_as_such_then_opens_the_case_however_long_ago_it_was_written() -> None:
    danger = in_danger(timedelta(days=40))
    (raised,) = decided(case_of(case_resolved(1), danger), CLOSED + timedelta(days=1000)).raised
    assert raised == raised_by(danger, CLOSED + timedelta(days=1000)), "the escalator's own event: twice is as once"
    again = case_of(case_resolved(1), danger, raised)
    assert (again.status, again.prioritas, again.after_closing) == ("open", "darurat", ())


def test_an_answer_whose_danger_the_case_has_had_already_opens_it_like_any_other() -> None:
    danger = in_danger(timedelta(hours=2))
    raised = raised_by(danger, CLOSED)
    assert raised is not None
    case = case_of(case_resolved(1), danger, raised.model_copy(update={"reopens": False}))
    assert (case.status, decided(case).raised) == ("resolved", ())
    assert decided(case).reopened is not None


def test_answers_of_years_ago_that_a_rebuilt_index_finds_do_nothing() -> None:
    long_ago = answer(3, timedelta(hours=2))
    case = case_of(case_resolved(1), long_ago)
    assert decided(case, long_ago.received_at + timedelta(days=90)).reopened is not None
    assert decided(case, long_ago.received_at + timedelta(days=90, seconds=1)) == Decided()


def test_the_deadline_of_a_case_that_is_opened_late_counts_from_then() -> None:
    case = case_of(case_resolved(1), late := answer(3, timedelta(hours=2)))
    soon, later = (decided(case, late.received_at + after).reopened for after in (timedelta(0), timedelta(days=60)))
    assert soon is not None
    assert later is not None
    assert later.due_at >= soon.due_at + timedelta(days=50)


def test_a_reopening_that_another_event_overtook_changes_nothing() -> None:
    late = answer(3, timedelta(hours=1))
    reopened = decided(case_of(case_resolved(1), late)).reopened
    assert reopened is not None
    raised = case_reclassified(1, 9, prioritas="darurat", reopens=True)
    closed_again = case_resolved(1, 10)
    assert case_of(case_resolved(1), late, raised, closed_again, reopened).status == "resolved"


def test_the_answers_of_a_person_who_asked_to_be_forgotten_go_nowhere() -> None:
    erased = reporter_erased(1, 9, occurred_at=CLOSED + timedelta(days=5))
    assert decided(case_of(case_resolved(1), answer(3, timedelta(days=4)), erased)) == Decided()
    assert decided(case_of(case_resolved(1), erased, answer(3, timedelta(days=4)))) == Decided()
