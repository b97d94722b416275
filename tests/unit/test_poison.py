"""When a run of invalid messages stops a stage."""

from hypothesis import given
from hypothesis import strategies as st

from consumers.poison import Run, find_run

BAD, GOOD, SAYS_NOTHING = True, False, None


def test_no_invalid_message_is_no_run() -> None:
    assert find_run([GOOD] * 5, 0, 2) == Run(None, 0)


def test_a_run_as_long_as_the_limit_goes_on() -> None:
    assert find_run([GOOD, BAD, BAD, GOOD], 0, 2) == Run(None, 0)


def test_a_longer_run_stops_at_its_first_message() -> None:
    assert find_run([GOOD, BAD, BAD, BAD, GOOD], 0, 2) == Run(1, 3)


def test_a_run_goes_on_over_batches() -> None:
    first = find_run([GOOD, BAD, BAD], 0, 3)
    assert first == Run(None, 2)
    assert find_run([BAD, BAD], first.carried, 3).stops_at == 0


def test_a_valid_message_ends_a_run() -> None:
    assert find_run([GOOD, BAD], 3, 3) == Run(None, 1)


def test_a_message_that_says_nothing_neither_lengthens_a_run_nor_ends_it() -> None:
    assert find_run([SAYS_NOTHING] * 9, 0, 2) == Run(None, 0)
    assert find_run([GOOD, BAD, SAYS_NOTHING, BAD, SAYS_NOTHING, BAD], 0, 2) == Run(1, 3)


@given(st.lists(st.booleans(), max_size=60), st.integers(1, 10), st.integers(1, 7))
def test_where_batches_are_cut_decides_nothing_but_how_much_is_held_back(
    invalid: list[bool], limit: int, size: int
) -> None:
    whole = find_run(invalid, 0, limit).stops_at is not None
    carried, stopped = 0, False
    for start in range(0, len(invalid), size):
        run = find_run(invalid[start : start + size], carried, limit)
        carried, stopped = run.carried, stopped or run.stops_at is not None
        if stopped:
            break
    assert stopped == whole
