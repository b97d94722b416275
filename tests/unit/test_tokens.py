"""API tokens: found, refused, revoked while a process runs, and never kept as they are."""

import os
import stat
from pathlib import Path

import pytest

from aduan.tokens import Caller, Role, Tokens, bearer
from schemas.errors import SettingsError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sub" / "tokens.json"


def test_a_new_token_is_found_with_its_role_and_unit(path: Path) -> None:
    token = Tokens(path).new("ult-jakarta", Role.STAFF, "bpmp_31")
    assert Tokens(path).find(token) == Caller("ult-jakarta", Role.STAFF, "bpmp_31")
    assert token.startswith("aduan_")
    assert len(token) > 45


def test_a_token_may_have_a_limit_of_its_own_and_a_wrong_one_is_refused(path: Path) -> None:
    token = Tokens(path).new("city-app", Role.ADAPTER, rate="100/minute")
    assert Tokens(path).find(token) == Caller("city-app", Role.ADAPTER, rate="100/minute")
    for rate in ("often", "0/minute", "1/week", "-1/second"):
        with pytest.raises(SettingsError, match="token rate: like 100/minute"):
            Tokens(path).new("other", Role.ADAPTER, rate=rate)


@pytest.mark.parametrize("wrong", [None, "", "aduan_", "aduan_nothing", "ké\ud800"])
def test_anything_else_is_nobody(path: Path, wrong: str | None) -> None:
    Tokens(path).new("somebody", Role.ADMIN)
    assert Tokens(path).find(wrong) is None


def test_the_file_holds_no_token_and_only_its_owner_reads_it(path: Path) -> None:
    token = Tokens(path).new("adapter-1", Role.ADAPTER)
    assert token.encode() not in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_running_process_sees_new_and_revoked_tokens(path: Path) -> None:
    running = Tokens(path)
    assert running.find("aduan_x") is None
    token = Tokens(path).new("late", Role.ADAPTER)
    assert running.find(token) == Caller("late", Role.ADAPTER)
    Tokens(path).revoke("late")
    assert running.find(token) is None


def test_a_deleted_file_lets_nobody_in(path: Path) -> None:
    running = Tokens(path)
    token = running.new("gone", Role.ADMIN)
    assert running.find(token) is not None
    path.unlink()
    assert running.find(token) is None


def test_a_damaged_file_lets_nobody_in_and_is_named(path: Path) -> None:
    running = Tokens(path)
    token = running.new("kept", Role.ADMIN)
    path.write_text('[{"name": "kept", "role": "king"}]')
    os.utime(path, ns=(1, 1))
    with pytest.raises(SettingsError, match=r"tokens\.json"):
        running.find(token)


def test_a_name_is_used_once_and_only_a_known_one_is_revoked(path: Path) -> None:
    tokens = Tokens(path)
    tokens.new("a", Role.STAFF)
    with pytest.raises(SettingsError, match="exists"):
        tokens.new("a", Role.ADMIN)
    with pytest.raises(SettingsError, match="no token named b"):
        tokens.revoke("b")
    with pytest.raises(SettingsError, match="unit"):
        tokens.new("c", Role.STAFF, "No Such Unit")
    assert [row.name for row in tokens.rows()] == ["a"]


@pytest.mark.parametrize(
    ("header", "token"),
    [("Bearer abc", "abc"), ("bearer  abc ", "abc"), ("Basic abc", None), ("Bearer", None), (None, None)],
)
def test_the_bearer_token_of_a_request(header: str | None, token: str | None) -> None:
    assert bearer(header) == token
