"""Claims: the first body under a key has it, for 30 days; a file that is locked or broken is a no, not a crash."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from aduan.connections import database as database_module
from producers.claims import PURGED_AT_ONCE, Claim, Claims, Wanted
from schemas.errors import ConflictError, UnavailableError
from tests.doors import NOW


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "claims.sqlite"


@pytest.fixture
def claims(path: Path) -> Iterator[Claims]:
    made = Claims(path)
    yield made
    made.close()


def test_a_new_claim_is_pending_until_it_is_accepted(claims: Claims) -> None:
    assert claims.take([Wanted("k", "d", "seed")], NOW) == [Claim("k", NOW, accepted=False, seed="seed")]
    claims.accept(["k"])
    later = NOW + timedelta(hours=1)
    assert claims.take([Wanted("k", "d", "another seed")], later) == [Claim("k", NOW, accepted=True, seed=None)]


def test_a_pending_claim_keeps_its_first_seed(claims: Claims) -> None:
    claims.take([Wanted("k", "d", "first")], NOW)
    [again] = claims.take([Wanted("k", "d", "second")], NOW)
    assert isinstance(again, Claim)
    assert again.seed == "first"


@pytest.mark.parametrize("accepted", [False, True])
def test_another_body_under_a_claimed_key_is_a_conflict(claims: Claims, accepted: bool) -> None:
    claims.take([Wanted("k", "d")], NOW)
    if accepted:
        claims.accept(["k"])
    [refused] = claims.take([Wanted("k", "other")], NOW)
    assert isinstance(refused, ConflictError)


def test_within_one_call_the_first_body_wins(claims: Claims) -> None:
    kinds = [type(one) for one in claims.take([Wanted("k", "a"), Wanted("k", "b"), Wanted("k", "a")], NOW)]
    assert kinds == [Claim, ConflictError, Claim]


def test_claims_outlive_the_process(path: Path, claims: Claims) -> None:
    claims.take([Wanted("k", "d")], NOW)
    claims.accept(["k"])
    claims.close()
    other = Claims(path)
    [found] = other.take([Wanted("k", "d")], NOW)
    other.close()
    assert isinstance(found, Claim)
    assert found.accepted


def test_threads_and_processes_that_share_the_file_agree_on_one_winner(path: Path) -> None:
    doors = [Claims(path) for _ in range(4)]

    def race(number: int) -> bool:
        [outcome] = doors[number % 4].take([Wanted("k", str(number))], NOW)
        return isinstance(outcome, Claim)

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(race, range(64))) == 1
    for door in doors:
        door.close()


def test_expired_claims_go_in_batches_and_younger_ones_stay(claims: Claims) -> None:
    old = NOW - timedelta(days=31)
    claims.take([Wanted(f"old-{number}", "d") for number in range(PURGED_AT_ONCE + 5)], old)
    claims.take([Wanted("young", "d")], NOW - timedelta(days=29))
    assert claims.purge(NOW) == PURGED_AT_ONCE
    assert claims.purge(NOW) == 5
    assert claims.purge(NOW) == 0
    assert isinstance(claims.take([Wanted("young", "other")], NOW)[0], ConflictError)


def test_a_file_that_another_process_holds_is_unavailable_and_then_goes_on(
    path: Path, claims: Claims, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "BUSY_SECONDS", 0.2)
    claims.take([Wanted("k", "d")], NOW)
    claims.close()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(UnavailableError):
        claims.take([Wanted("k2", "d")], NOW)
    holder.execute("ROLLBACK")
    holder.close()
    assert isinstance(claims.take([Wanted("k2", "d")], NOW)[0], Claim)


def test_a_full_disk_is_unavailable_and_leaves_no_half_claim(claims: Claims) -> None:
    claims.take([Wanted("k", "d")], NOW)
    connection = claims._open()
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(UnavailableError, match="can't be written"):
        claims.take([Wanted(f"{number}" * 50, "d" * 500) for number in range(2_000)], NOW)
    assert isinstance(claims.take([Wanted("0" * 50, "other")], NOW)[0], Claim)


def test_a_damaged_file_is_unavailable(path: Path) -> None:
    path.write_bytes(b"not a database" * 1_000)
    claims = Claims(path)
    with pytest.raises(UnavailableError):
        claims.take([Wanted("k", "d")], NOW)


def test_the_file_is_named_in_no_error_by_what_it_holds(path: Path) -> None:
    path.mkdir()
    with pytest.raises(UnavailableError) as refused:
        Claims(path).take([Wanted("secret-key", "d")], NOW)
    assert "secret-key" not in str(refused.value)
