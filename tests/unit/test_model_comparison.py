"""A new model beside the one that serves: figures, changes, and when it may not serve."""

from aduan.evaluation import Urgency
from aduan.labelled_file import LabelledText
from aduan.model.opinion import judge
from aduan.model_comparison import DoorComparison, compare, compare_doors
from tests.models import judge_that_says


def rows() -> list[LabelledText]:
    texts = {"a": "pip", "b": "bos"}
    return [LabelledText(1, name, "", "", "", {"kategori": label}) for name, label in texts.items()]


def rows_of_words() -> list[LabelledText]:
    return [LabelledText(1, one.id, "", "kata sekolah", "kata sekolah", one.labels) for one in rows()]


def test_changes_are_told_by_id_with_both_answers_and_the_label() -> None:
    found = compare(rows_of_words(), judge_that_says("pip", "old"), judge_that_says("bos", "new"))
    assert (found.served_model, found.new_model, found.count) == ("old", "new", 2)
    assert (found.served["kategori"], found.new["kategori"]) == (0.5, 0.5)
    assert [(one.id, one.served, one.new, one.label) for one in found.changed if one.field == "kategori"] == [
        ("a", "pip", "bos", "pip"),
        ("b", "pip", "bos", "bos"),
    ]
    assert found.worse() == []


def test_a_model_that_is_worse_is_named_by_its_figures() -> None:
    found = compare(rows_of_words(), judge_that_says("pip"), judge_that_says("ppdb"))
    assert found.worse() == ["kategori 0.000 instead of 0.500"]


SUSPECTED = (
    "Murid kami kelas 5 sudah sepekan tidak mau masuk. Anaknya mengaku tiap istirahat celananya dipelorotkan oleh "
    "kakak kelas di belakang sekolah dan difoto"
)
"""Danger that no word of ours tells: `tests/unit/test_lanes.py`."""


def test_a_model_that_sends_less_danger_to_the_urgent_lane_is_not_for_the_doors() -> None:
    texts = {SUSPECTED: "darurat", "PIP anak saya belum cair": "normal"}
    labelled = [LabelledText(1, said[:3], "", said, said, {"prioritas": code}) for said, code in texts.items()]
    blind = judge_that_says("pip")
    assert not compare_doors(labelled, judge(), blind).may_serve
    assert compare_doors(labelled, blind, judge()).may_serve
    assert compare_doors(labelled, judge(), judge()).may_serve


def test_a_model_that_finds_as_much_with_many_more_needless_ones_is_not_for_the_doors() -> None:
    served = Urgency(labelled=50, found=45, others=1000, false_alarms=10)
    assert DoorComparison(served, Urgency(labelled=50, found=45, others=1000, false_alarms=30)).may_serve
    assert not DoorComparison(served, Urgency(labelled=50, found=45, others=1000, false_alarms=31)).may_serve
