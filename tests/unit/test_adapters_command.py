"""`aduan adapter list | suspend | resume`: who may submit, said and changed."""

from pathlib import Path

import pytest

from aduan.tokens import Role, Tokens
from ops.commands.adapters import list_adapters, resume, suspend
from schemas.errors import SettingsError


@pytest.fixture(autouse=True)
def _installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADUAN_DATA_DIR", str(tmp_path))
    tokens = Tokens(tmp_path / "tokens.json")
    tokens.new("contoh", Role.ADAPTER)
    tokens.new("lain", Role.ADAPTER)
    tokens.new("staf", Role.STAFF)


def listed(capsys: pytest.CaptureFixture[str]) -> list[str]:
    capsys.readouterr()
    list_adapters()
    return capsys.readouterr().out.splitlines()


def test_the_list_shows_adapters_by_what_they_write_and_nobody_else(capsys: pytest.CaptureFixture[str]) -> None:
    assert listed(capsys) == ["/adapters/contoh\tmay submit", "/adapters/lain\tmay submit"]


def test_a_suspended_one_says_since_when_and_why_until_it_is_resumed(capsys: pytest.CaptureFixture[str]) -> None:
    suspend("/adapters/contoh")
    first, second = listed(capsys)
    assert first.startswith("/adapters/contoh\tsuspended since 20")
    assert first.endswith("by an operator")
    assert second == "/adapters/lain\tmay submit"
    resume("contoh")
    assert listed(capsys)[0] == "/adapters/contoh\tmay submit"


def test_a_name_that_no_adapter_has_is_refused() -> None:
    with pytest.raises(SettingsError, match="no adapter staf"):
        suspend("staf")
    with pytest.raises(SettingsError, match="not suspended"):
        resume("contoh")
