"""Dead letters: coordinates, reason, and an original that only the keyring opens."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from aduan.dead_letters import build_dead_letter, encode_dead_letter, open_original
from aduan.keyring import Keyring
from schemas.codec import decode
from schemas.errors import InvalidError, Reason
from schemas.events import NO_COMPLAINT, DeadLetter
from schemas.topics import MAX_DEAD_LETTER_BYTES, MAX_RAW_BYTES

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
COMPLAINT = "0f0e0d0c-0b0a-8908-8706-050403020100"


def dead_letter(
    keyring: Keyring,
    *,
    key: bytes | None = COMPLAINT.encode(),
    value: bytes | None = b"Budi Santoso, Jalan Merdeka",
    headers: list[tuple[str, bytes | None]] | None = None,
    offset: int = 42,
) -> DeadLetter:
    return build_dead_letter(
        reason=Reason.MALFORMED_JSON,
        group="aduan.classify.ordinary",
        topic="complaints.received",
        partition=3,
        offset=offset,
        key=key,
        value=value,
        headers=[("ce_type", b"id.aduan.ComplaintReceived")] if headers is None else headers,
        key_ring_key=keyring.current(NOW),
        now=NOW,
    )


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return Keyring(tmp_path / "keyring")


def test_the_original_comes_back_byte_for_byte(keyring: Keyring) -> None:
    headers: list[tuple[str, bytes | None]] = [("a", b"\xff\n"), ("b", None), ("c", b"")]
    letter = dead_letter(keyring, key=b"\xffk", value=b"\n\x00\xfe{", headers=headers)
    assert open_original(keyring, letter) == (b"\xffk", b"\n\x00\xfe{", headers)


def test_a_null_key_and_value_stay_null(keyring: Keyring) -> None:
    letter = dead_letter(keyring, key=None, value=None)
    assert letter.null_value
    assert letter.size == 0
    original = open_original(keyring, letter)
    assert original.key is None
    assert original.value is None


def test_the_record_is_keyed_by_its_coordinates_and_shows_no_word_of_the_original(keyring: Keyring) -> None:
    key, value, headers = encode_dead_letter(dead_letter(keyring), source="/streams/classify")
    assert key == b"complaints.received/3/42/aduan.classify.ordinary"
    assert b"Budi" not in value
    assert ("ce_reason", b"malformed_json") in headers
    assert decode(value, headers, (DeadLetter,)).reason == Reason.MALFORMED_JSON


def test_a_repeat_has_the_same_event_id_and_another_record_another(keyring: Keyring) -> None:
    assert dead_letter(keyring).event_id == dead_letter(keyring).event_id
    assert dead_letter(keyring).event_id != dead_letter(keyring, offset=43).event_id


@pytest.mark.parametrize("key", [None, b"", b"081234567890", b"\xff", COMPLAINT.upper().encode()])
def test_a_key_that_is_no_complaint_id_is_not_shown(keyring: Keyring, key: bytes | None) -> None:
    assert dead_letter(keyring, key=key).complaint_id == NO_COMPLAINT


def test_a_type_that_we_do_not_know_is_not_shown(keyring: Keyring) -> None:
    assert dead_letter(keyring, headers=[("ce_type", b"id.aduan.Budi")]).event_type is None
    assert dead_letter(keyring).event_type == "ComplaintReceived"


def test_the_largest_record_of_the_flow_fits_the_topic_of_dead_letters(keyring: Keyring) -> None:
    _, value, _ = encode_dead_letter(dead_letter(keyring, value=b"\xff" * MAX_RAW_BYTES), source="/streams/classify")
    assert len(value) < MAX_DEAD_LETTER_BYTES - 10_000


def test_an_original_sealed_for_other_coordinates_is_refused(keyring: Keyring) -> None:
    moved = dead_letter(keyring).model_copy(update={"offset": 43})
    with pytest.raises(InvalidError) as caught:
        open_original(keyring, moved)
    assert caught.value.reason is Reason.UNSEALABLE
