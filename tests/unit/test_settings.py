"""Settings are one table, each documented; a wrong one is named."""

from pathlib import Path

import pytest

from aduan.settings import Settings, load_settings
from schemas.errors import SettingsError
from schemas.topics import Lane

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_documented_with_its_default(name: str) -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if f"`ADUAN_{name.upper()}`" in line]
    assert len(rows) == 1, "run: make docs"
    assert str(Settings.model_fields[name].description) in rows[0]


def test_a_wrong_setting_is_named_with_what_it_must_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADUAN_PARTITIONS", "many")
    with pytest.raises(SettingsError, match=r"ADUAN_PARTITIONS: .*integer.*docs/settings\.md"):
        load_settings()


def test_a_missing_secret_says_how_to_make_one() -> None:
    with pytest.raises(SettingsError, match="token_hex"):
        load_settings(secret="short").require_secret()


def test_a_secret_never_shows() -> None:
    assert "s3cret" not in repr(load_settings(secret="s3cret" * 8))


def test_a_namespace_keeps_installations_apart() -> None:
    settings = load_settings(namespace="uji")
    assert settings.topics.received(Lane.URGENT) == "uji.complaints.received.urgent"
    assert settings.group("classify.urgent") == "uji.aduan.classify.urgent"
    assert settings.index("complaints") == "uji-aduan-complaints"
