"""Measures of classification, on small numbers that can be checked by hand."""

import pytest

from aduan.evaluation import measure, measure_urgency


def test_accuracy_macro_f1_and_recall() -> None:
    found = measure(["pip", "pip", "bos", "ppdb"], ["pip", "bos", "bos", "pip"])
    assert found.accuracy == 0.5
    assert found.recall == {"bos": 1.0, "pip": 0.5, "ppdb": 0.0}
    assert found.macro_f1 == pytest.approx((0.5 + 2 / 3 + 0.0) / 3)


def test_nothing_measured_is_zero_and_unequal_lengths_are_refused() -> None:
    assert measure([], []).accuracy == 0.0
    with pytest.raises(ValueError, match="same length"):
        measure(["pip"], [])


def test_urgency_counts_what_was_found_and_what_was_a_false_alarm() -> None:
    found = measure_urgency([True, True, False, False, False], [True, False, True, False, False])
    assert (found.labelled, found.found, found.others, found.false_alarms) == (2, 1, 3, 1)
    assert found.recall == 0.5
    assert measure_urgency([], []).recall == 1.0
