"""Sealed values open only with their key, for their complaint and their purpose."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aduan.keyring import Keyring
from aduan.privacy import (
    Purpose,
    new_data_key,
    reseal,
    seal,
    seal_blob,
    seal_model,
    unseal,
    unseal_blob,
    unseal_model,
)
from schemas.content import Content, Reporter
from schemas.errors import InvalidError, Reason, SettingsError, UnavailableError

NOVEMBER = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
ID = "6f1f2f9e-31a1-8c53-9d3c-0a4f6b3f9d11"


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return Keyring(tmp_path / "keyring")


def test_what_is_sealed_opens_again(keyring: Keyring) -> None:
    sealed = seal(keyring.current(NOVEMBER), Purpose.CONTENT, ID, b"Ibu Siti 0812")
    assert sealed.startswith("s1.2026-11.")
    assert unseal(keyring, Purpose.CONTENT, ID, sealed) == b"Ibu Siti 0812"


def test_nothing_of_the_plain_value_shows(keyring: Keyring) -> None:
    sealed = seal_model(keyring.current(NOVEMBER), Purpose.REPORTER, ID, Reporter(name="Siti", phone="0812"))
    assert "Siti" not in sealed
    assert "0812" not in sealed


def test_a_value_moved_to_another_complaint_does_not_open(keyring: Keyring) -> None:
    sealed = seal(keyring.current(NOVEMBER), Purpose.CONTENT, ID, b"x")
    with pytest.raises(InvalidError) as caught:
        unseal(keyring, Purpose.CONTENT, ID.replace("6", "7"), sealed)
    assert caught.value.reason is Reason.UNSEALABLE


def test_a_value_moved_to_another_field_does_not_open(keyring: Keyring) -> None:
    sealed = seal(keyring.current(NOVEMBER), Purpose.CONTENT, ID, b"x")
    with pytest.raises(InvalidError):
        unseal(keyring, Purpose.REPORTER, ID, sealed)


@given(st.text(max_size=80))
def test_any_string_that_is_not_sealed_is_invalid_or_unavailable(text: str) -> None:
    keyring = Keyring(Path("/nowhere/keyring"))
    with pytest.raises((InvalidError, UnavailableError)):
        unseal(keyring, Purpose.CONTENT, ID, text)


def test_resealing_moves_a_value_to_the_vault(keyring: Keyring) -> None:
    sealed = seal_model(keyring.current(NOVEMBER), Purpose.CONTENT, ID, Content(text="rahasia"))
    kept = reseal(keyring, keyring.vault(), Purpose.CONTENT, ID, sealed)
    assert kept.startswith("s1.vault-1.")
    assert unseal_model(keyring, Purpose.CONTENT, ID, kept, Content).text == "rahasia"


def test_a_destroyed_key_makes_the_logs_noise_but_not_the_vault(keyring: Keyring) -> None:
    sealed = seal(keyring.current(NOVEMBER), Purpose.CONTENT, ID, b"x")
    kept = reseal(keyring, keyring.vault(), Purpose.CONTENT, ID, sealed)
    assert keyring.destroy_expired(datetime(2027, 3, 1, tzinfo=UTC), 90) == ["2026-11"]
    with pytest.raises(InvalidError) as caught:
        unseal(keyring, Purpose.CONTENT, ID, sealed)
    assert caught.value.reason is Reason.UNSEALABLE
    assert unseal(keyring, Purpose.CONTENT, ID, kept) == b"x"


def test_a_key_within_its_retention_is_not_destroyed(keyring: Keyring) -> None:
    keyring.current(NOVEMBER)
    assert keyring.destroy_expired(datetime(2027, 2, 28, tzinfo=UTC), 90) == []
    assert keyring.key_ids() == ["2026-11"]


def test_a_missing_key_is_unavailable_not_invalid(keyring: Keyring, tmp_path: Path) -> None:
    elsewhere = Keyring(tmp_path / "elsewhere")
    sealed = seal(elsewhere.current(NOVEMBER), Purpose.CONTENT, ID, b"x")
    with pytest.raises(UnavailableError):
        unseal(keyring, Purpose.CONTENT, ID, sealed)


def test_two_processes_that_make_the_months_key_agree(tmp_path: Path) -> None:
    first, second = Keyring(tmp_path), Keyring(tmp_path)
    sealed = seal(first.current(NOVEMBER), Purpose.CONTENT, ID, b"x")
    second.current(NOVEMBER)
    assert unseal(second, Purpose.CONTENT, ID, sealed) == b"x"


def test_a_key_file_is_readable_by_its_owner_only(keyring: Keyring, tmp_path: Path) -> None:
    keyring.current(NOVEMBER)
    assert (tmp_path / "keyring" / "2026-11.key").stat().st_mode & 0o077 == 0


def test_a_truncated_key_file_is_named(keyring: Keyring, tmp_path: Path) -> None:
    (tmp_path / "keyring").mkdir()
    (tmp_path / "keyring" / "2026-11.key").write_bytes(b"short")
    with pytest.raises(SettingsError, match=r"2026-11\.key must hold 32 bytes"):
        keyring.current(NOVEMBER)


def test_a_blob_opens_only_with_its_own_key_and_name() -> None:
    key = new_data_key()
    sealed = seal_blob(key, "ab" * 16, b"foto")
    assert unseal_blob(key, "ab" * 16, sealed) == b"foto"
    with pytest.raises(InvalidError):
        unseal_blob(new_data_key(), "ab" * 16, sealed)
    with pytest.raises(InvalidError):
        unseal_blob(key, "cd" * 16, sealed)
