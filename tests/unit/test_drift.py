"""The stability index, on mixes that can be worked out by hand."""

import math

import pytest

from aduan.drift import drift, psi, verdict


def test_the_same_mix_has_not_moved() -> None:
    assert psi(drift({"pip": 10, "bos": 30}, {"pip": 100, "bos": 300})) == 0.0


def test_the_index_is_the_sum_over_classes_and_the_most_moved_stands_first() -> None:
    found = drift({"pip": 50, "bos": 50}, {"pip": 80, "bos": 20})
    assert [one.code for one in found] == ["bos", "pip"]
    assert psi(found) == pytest.approx(0.3 * math.log(1.6) - 0.3 * math.log(0.4))
    assert verdict(psi(found)) == "another mix: look at it"


def test_a_class_that_is_new_counts_and_does_not_divide_by_nothing() -> None:
    [new, _] = drift({"pip": 100}, {"pip": 90, "ppdb": 10})
    assert (new.code, new.before, new.now) == ("ppdb", 0.0, 0.1)


def test_without_cases_there_is_nothing_to_compare() -> None:
    assert drift({}, {"pip": 1}) == drift({"pip": 1}, {}) == []


@pytest.mark.parametrize(
    ("index", "said"), [(0.05, "stable"), (0.1, "moving: watch it"), (0.3, "another mix: look at it")]
)
def test_the_usual_reading(index: float, said: str) -> None:
    assert verdict(index) == said
