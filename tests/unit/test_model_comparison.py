"""A new model beside the one that serves: figures, changes, and when it may not serve."""

from aduan.labelled_file import LabelledText
from aduan.model_comparison import compare
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
