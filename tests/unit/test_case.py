"""The fold of a case: each event's change, replays that change nothing, erasures that stay."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aduan.case import apply, fold
from schemas.documents import CaseDocument, Position
from schemas.errors import BlockedError, ConflictError, Reason
from schemas.events import CaseEvent, CaseOpened, ReplyAdded
from tests.factories import (
    NOW,
    case_acknowledged,
    case_escalated,
    case_events,
    case_opened,
    case_reclassified,
    case_resolved,
    case_transferred,
    complaint_id,
    placed,
    positions,
    reply_added,
    reporter_erased,
)

LIFE = placed([*case_events(1), reporter_erased(1, 8, drop_text=True)], start=10)


def folded(*events: CaseEvent) -> CaseDocument:
    case = fold(placed(events))
    assert case is not None
    return case


def test_an_opening_makes_an_open_case_with_its_classes_and_its_unit() -> None:
    case = folded(case_opened(1))
    assert (case.status, case.kategori, case.unit) == ("open", "korupsi", "dinas-32")
    assert case.complaint_id == complaint_id(1)
    assert [stored.event.event_id for stored in case.events] == [case_opened(1).event_id]
    assert [finding.rule for finding in case.findings] == ["words"]


def test_no_events_make_no_case() -> None:
    assert fold([]) is None


def test_a_document_holds_nothing_sealed() -> None:
    case = folded(case_opened(1), reply_added(1))
    opening, reply = (stored.event for stored in case.events)
    assert isinstance(opening, CaseOpened)
    assert isinstance(reply, ReplyAdded)
    assert (opening.sealed_content, opening.sealed_reporter, reply.sealed_content) == (None, None, None)
    assert b"s1." not in case.__pydantic_serializer__.to_json(case)


def test_an_event_before_its_opening_is_blocked() -> None:
    with pytest.raises(BlockedError) as caught:
        apply(None, case_resolved(1), positions(1)[0])
    assert caught.value.reason is Reason.BLOCKED


def test_a_second_opening_with_another_body_is_a_conflict_and_the_first_wins() -> None:
    first = folded(case_opened(1))
    with pytest.raises(ConflictError):
        apply(first, case_opened(2, complaint_id=complaint_id(1)), Position(epoch=1, partition=0, offset=9))


def test_the_same_opening_again_changes_nothing_wherever_it_stands() -> None:
    case = folded(case_opened(1))
    assert apply(case, case_opened(1), Position(epoch=2, partition=3, offset=99)) is case


def test_a_known_event_changes_nothing_though_it_stands_later_on_the_log() -> None:
    case = folded(case_opened(1), reply_added(1))
    assert apply(case, reply_added(1), Position(epoch=1, partition=0, offset=50)) is case


def test_an_older_position_changes_nothing_though_the_event_is_unknown() -> None:
    case = fold(placed([case_opened(1), reply_added(1)], start=10))
    assert case is not None
    assert apply(case, case_resolved(1), Position(epoch=1, partition=0, offset=10)) is case


def test_an_older_epoch_changes_nothing() -> None:
    case = apply(None, case_opened(1), Position(epoch=2, partition=0, offset=0))
    assert apply(case, case_resolved(1), Position(epoch=1, partition=0, offset=500)) is case


def test_a_newer_epoch_may_start_its_offsets_again() -> None:
    case = apply(None, case_opened(1), Position(epoch=1, partition=0, offset=700))
    assert apply(case, case_resolved(1), Position(epoch=2, partition=0, offset=3)).status == "resolved"


def test_a_correction_changes_only_the_fields_that_it_gives() -> None:
    before = folded(case_opened(1))
    after = folded(case_opened(1), case_reclassified(1, kategori="kekerasan", prioritas="tinggi"))
    assert (after.kategori, after.prioritas) == ("kekerasan", "tinggi")
    assert (after.jenis, after.provinsi, after.kerahasiaan) == (before.jenis, before.provinsi, before.kerahasiaan)


def test_a_transfer_hands_the_case_to_people_who_have_not_taken_it_yet() -> None:
    case = folded(case_opened(1), case_acknowledged(1), case_transferred(1, unit="bpmp-33"))
    assert (case.unit, case.status, case.transfers) == ("bpmp-33", "open", 1)
    assert (case.acknowledged_at, case.acknowledged_by) == (None, None)


def test_an_acknowledgement_by_the_unit_that_had_the_case_before_a_transfer_is_not_one_of_the_new_unit() -> None:
    moved = case_transferred(1, unit="bpmp-33")
    late = folded(case_opened(1), moved, case_acknowledged(1, unit="dinas-31"))
    assert (late.status, late.acknowledged_at) == ("open", None)
    taken = folded(case_opened(1), moved, case_acknowledged(1, unit="bpmp-33"))
    assert (taken.status, taken.acknowledged_by) == ("acknowledged", case_acknowledged(1).actor)


def test_an_acknowledgement_does_not_reopen_a_resolved_case() -> None:
    case = folded(case_opened(1), case_resolved(1), case_acknowledged(1, 2))
    assert case.status == "resolved"


def test_the_level_of_escalation_never_falls() -> None:
    case = folded(case_opened(1), case_escalated(1, level=3), case_escalated(1, level=2))
    assert case.escalation_level == 3


def test_every_event_moves_the_position_and_the_time_of_change() -> None:
    case = fold(placed([case_opened(1), case_resolved(1)], start=5))
    assert case is not None
    assert case.position.offset == 6
    assert case.updated_at == case_resolved(1).occurred_at


def test_an_erasure_keeps_the_text_unless_asked() -> None:
    case = folded(case_opened(1), reporter_erased(1))
    assert case.erased_at == reporter_erased(1).occurred_at
    assert case.text == case_opened(1).text


def test_an_erasure_with_the_text_leaves_none_of_it_anywhere_in_the_document() -> None:
    case = folded(
        case_opened(1, text="kata durian"),
        reply_added(1, text="tambahan durian"),
        reporter_erased(1, 2, drop_text=True),
    )
    assert b"durian" not in case.__pydantic_serializer__.to_json(case)
    assert len(case.replies) == 1


def test_a_reply_from_before_an_erasure_that_comes_late_brings_no_text_back() -> None:
    erased = reporter_erased(1, 5, drop_text=True)
    late = reply_added(1, 9, text="tambahan durian", received_at=erased.occurred_at - timedelta(minutes=1))
    case = folded(case_opened(1), erased, late)
    assert b"durian" not in case.__pydantic_serializer__.to_json(case)


def test_a_reply_after_an_erasure_is_new_and_is_kept() -> None:
    erased = reporter_erased(1, 5, drop_text=True)
    fresh = reply_added(1, 9, text="hal lain", received_at=erased.occurred_at + timedelta(minutes=1))
    assert folded(case_opened(1), erased, fresh).replies[-1].text == "hal lain"


def test_a_replay_of_the_opening_does_not_bring_erased_text_back() -> None:
    case = folded(case_opened(1), reporter_erased(1, drop_text=True))
    again = apply(case, case_opened(1), Position(epoch=1, partition=0, offset=99))
    assert again is case


def test_a_document_reads_back_as_it_was_written() -> None:
    case = fold(LIFE)
    assert case is not None
    assert CaseDocument.model_validate_json(case.__pydantic_serializer__.to_json(case, exclude_none=True)) == case


def test_times_are_those_of_the_events_not_of_the_clock() -> None:
    case = folded(case_opened(1))
    assert case.opened_at == NOW + timedelta(seconds=3)


@given(
    st.lists(st.integers(0, len(LIFE) - 1), max_size=20),
    st.lists(st.integers(0, len(LIFE) - 1), max_size=20),
)
@settings(max_examples=200, deadline=None)
def test_any_replay_in_between_folds_to_the_same_document(where: list[int], how_far_back: list[int]) -> None:
    """A consumer that is killed reads again from any earlier offset, as often as it likes."""
    replays = dict(zip(where, how_far_back, strict=False))
    sequence: list[tuple[CaseEvent, Position]] = []
    for place, one in enumerate(LIFE):
        sequence.append(one)
        if place in replays:
            sequence.extend(LIFE[min(replays[place], place) : place + 1])
    assert fold(sequence) == fold(LIFE)


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_events_published_twice_at_later_offsets_fold_to_the_same_content(data: st.DataObject) -> None:
    """A writer that retries appends the same event again: later position, same id."""
    events = [event for event, _ in LIFE]
    doubled = [copy for event in events for copy in [event] * data.draw(st.integers(1, 3))]
    case, once = fold(placed(doubled)), fold(placed(events))
    assert case is not None
    assert once is not None

    def content(of: CaseDocument) -> dict[str, object]:
        return of.model_dump(exclude={"position", "events"}) | {"ids": [one.event.event_id for one in of.events]}

    assert content(case) == content(once)


@given(st.integers(1, len(LIFE)), st.integers(0, len(LIFE)))
def test_a_document_goes_on_from_any_prefix(prefix: int, overlap: int) -> None:
    """What was folded before a restart and what is read after it, with any overlap."""
    case = fold(LIFE[:prefix])
    for event, position in LIFE[max(0, prefix - overlap) :]:
        case = apply(case, event, position)
    assert case == fold(LIFE)
