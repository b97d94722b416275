"""The commit line: offsets follow effects, in order, whatever the order in which effects become durable."""

from hypothesis import given
from hypothesis import strategies as st

from consumers.commit_line import CommitLine

HERE = ("complaints.cases", 0)
THERE = ("complaints.cases", 1)


def test_what_needs_no_effect_is_committed_as_far_as_it_was_read() -> None:
    line = CommitLine()
    line.read(HERE, 100)
    assert line.ends() == {HERE: 100}


def test_nothing_is_committed_past_a_record_whose_effect_is_awaited() -> None:
    line = CommitLine()
    line.await_effect(HERE, 40)
    line.read(HERE, 100)
    line.read(THERE, 7)
    assert line.ends() == {HERE: 40, THERE: 7}


def test_the_line_moves_on_when_the_oldest_effect_is_durable() -> None:
    line = CommitLine()
    line.await_effect(HERE, 40)
    line.await_effect(HERE, 60)
    line.read(HERE, 100)
    line.effect_done(HERE, 60)
    assert line.ends() == {HERE: 40}
    line.effect_done(HERE, 40)
    assert line.ends() == {HERE: 100}


def test_the_same_line_is_not_committed_twice() -> None:
    line = CommitLine()
    line.read(HERE, 100)
    line.committed(line.ends())
    assert line.ends() == {}


def test_after_a_new_assignment_nothing_of_the_old_one_is_awaited_or_committed() -> None:
    line = CommitLine()
    line.await_effect(HERE, 40)
    line.read(HERE, 100)
    line.clear()
    line.effect_done(HERE, 40)
    assert line.ends() == {}
    assert line.waiting == 0


@given(st.permutations(range(12)), st.integers(0, 12))
def test_whatever_the_order_all_before_the_line_is_done(order: list[int], done: int) -> None:
    line = CommitLine()
    for offset in range(12):
        line.await_effect(HERE, offset)
    line.read(HERE, 12)
    for offset in order[:done]:
        line.effect_done(HERE, offset)
    end = line.ends()[HERE]
    assert set(range(end)) <= set(order[:done])
    assert end == 12 or end not in order[:done]
