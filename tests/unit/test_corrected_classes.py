"""What staff read after a correction: from what to what, by which role and when; then the first reasons."""

from zoneinfo import ZoneInfo

from aduan.case import fold
from aduan.corrected_classes import Told, with_changes
from aduan.explanation import explain
from schemas.events import CaseEvent, CaseOpened
from tests.factories import case_opened, case_reclassified, case_transferred, classification, placed

OPENING = case_opened(1, classification=classification(1, kategori="pip", prioritas="normal", provinsi=None))
JAKARTA = ZoneInfo("Asia/Jakarta")


def explained(*events: CaseEvent) -> str:
    case = fold(placed((OPENING, *events)))
    assert case is not None
    opening = case.events[0].event
    assert isinstance(opening, CaseOpened)
    return with_changes(
        explain(opening.classification),
        opening.classification,
        map(Told.model_validate, [stored.event for stored in case.events]),
        JAKARTA,
    )


def test_a_case_that_nobody_corrected_is_explained_by_its_classifier_alone() -> None:
    assert explained(case_transferred(1)) == explain(OPENING.classification)


def test_a_correction_says_from_what_to_what_which_role_and_when_and_keeps_the_first_reasons() -> None:
    said = explained(case_reclassified(1, kategori="bos", provinsi="32", role="supervisor"))
    assert said == (
        "diubah oleh penyelia pada Selasa, 24 November 2026, 11.01 WIB: "
        "kategori dari Program Indonesia Pintar (PIP/KIP) menjadi Dana BOS/BOP & keuangan sekolah, "
        f"provinsi dari - menjadi Jawa Barat. Semula: {explain(OPENING.classification)}"
    )


def test_the_newest_correction_comes_first_and_one_that_changes_nothing_is_not_told() -> None:
    first, same = case_reclassified(1, 1, kategori="bos"), case_reclassified(1, 2, kategori="bos")
    last = case_reclassified(1, 3, kategori="ppdb", role="admin")
    said = explained(first, same, last)
    assert said.count("diubah oleh") == 2
    assert said.index("administrator") < said.index("petugas"), "an older event has no role"


def test_what_the_reporters_later_words_did_is_not_called_a_correction_by_staff() -> None:
    raised = case_reclassified(1, kategori=None, prioritas="darurat", actor="escalator")
    assert explained(raised).startswith("diubah oleh sistem (pelapor menulis tentang bahaya) pada ")


def test_a_priority_that_a_transfer_raised_is_told_as_well() -> None:
    assert "prioritas dari Normal menjadi Tinggi" in explained(case_transferred(1, prioritas="tinggi"))


def test_the_findings_keep_the_classifiers_reasons_and_add_who_changed_what() -> None:
    case = fold(placed((OPENING, case_reclassified(1, kategori="bos", role="supervisor"))))
    assert case is not None
    assert case.findings[:-1] == OPENING.classification.findings + OPENING.routing.findings
    last = case.findings[-1]
    assert (last.field, last.value, last.rule) == ("kategori", "bos", "corrected:supervisor")
