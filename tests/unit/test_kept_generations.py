"""Words that are taken out of a kept generation's document, which catches up from the log when it is live again."""

from aduan.case import fold
from consumers.kept_generations import holds, without_words, words_dropped
from schemas.documents import CaseDocument
from tests.factories import case_events, case_resolved, placed, reply_added, reporter_erased

ERASED = reporter_erased(1, 9, drop_text=True)
BEFORE = placed(case_events(1))
AFTER = placed([reply_added(1, 8), ERASED, case_resolved(1, 10)], start=len(BEFORE))


def test_a_document_without_its_words_catches_up_to_what_the_whole_log_makes() -> None:
    kept = fold(BEFORE)
    assert kept is not None
    wordless = CaseDocument.model_validate(without_words(kept.model_dump(mode="json"), ERASED))
    assert (wordless.title, wordless.text, wordless.position) == ("", "", kept.position)
    assert not any(reply.text for reply in wordless.replies)
    events = [(stored.event, stored.position) for stored in wordless.events]
    assert fold([*events, *AFTER]) == fold([*BEFORE, *AFTER])


def test_fields_of_another_version_stay_as_they_are() -> None:
    kept = fold(BEFORE)
    assert kept is not None
    source = kept.model_dump(mode="json") | {"of_a_newer_version": 7}
    assert without_words(source, ERASED)["of_a_newer_version"] == 7


def test_only_an_erasure_that_drops_the_text_takes_words() -> None:
    assert words_dropped([case_resolved(1), reporter_erased(1)]) == {}
    erased = reporter_erased(2, drop_text=True)
    assert words_dropped([erased]) == {erased.complaint_id: erased}


def test_what_was_written_after_the_erasure_keeps_its_words() -> None:
    later = reply_added(1, 10)
    kept = fold(placed([*case_events(1), later]))
    assert kept is not None
    wordless = CaseDocument.model_validate(without_words(kept.model_dump(mode="json"), ERASED))
    assert [reply.text for reply in wordless.replies] == ["", "", later.text]
    assert wordless.events[-1].event.model_dump()["text"] == later.text


def test_a_document_whose_own_fold_has_seen_the_erasure_is_left_alone() -> None:
    before, after = fold(BEFORE), fold([*BEFORE, *AFTER])
    assert before is not None
    assert after is not None
    assert not holds(before.model_dump(mode="json"), ERASED)
    assert holds(after.model_dump(mode="json"), ERASED)
    another = reporter_erased(1, 11, drop_text=True)
    assert not holds(after.model_dump(mode="json"), another)
