"""When an adapter is suspended: a run, or a share of its last submissions; a few mistakes are forgiven."""

from producers.sources import WINDOW, Conduct


def verdicts(conduct: Conduct, *valid: bool) -> list[str | None]:
    return [conduct.add(valid=one) for one in valid]


def test_a_run_longer_than_the_limit_suspends() -> None:
    conduct = Conduct(run=3, ratio=1)
    assert verdicts(conduct, False, False, False) == [None] * 3
    assert conduct.add(valid=False) == "run"


def test_one_valid_submission_ends_a_run() -> None:
    assert verdicts(Conduct(run=3, ratio=1), *([False, False, False, True] * 60)) == [None] * 240


def test_a_share_of_the_last_submissions_suspends_though_no_run_is_long() -> None:
    found = verdicts(Conduct(run=50, ratio=0.5), *([False, False, True] * WINDOW))
    assert found.index("ratio") == WINDOW - 1, "not before so many were seen"


def test_a_share_below_the_limit_goes_on_for_ever() -> None:
    assert set(verdicts(Conduct(run=50, ratio=0.5), *([False, True] * WINDOW * 5))) == {None}


def test_old_mistakes_are_forgotten() -> None:
    conduct = Conduct(run=500, ratio=0.5)
    found = verdicts(conduct, *([False] * 100 + [True] * WINDOW + [False] * 100))
    assert set(found) == {None}
    assert conduct.add(valid=False) == "ratio"
