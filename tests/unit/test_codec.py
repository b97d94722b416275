"""Records and events: what is written can be read, and what can't be read says why without quoting it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codec import decode, encode, header
from schemas.errors import Reason, UnreadableError
from schemas.events import CaseAcknowledged, CaseEscalated, CaseOpened, Event

ACKNOWLEDGED = CaseAcknowledged(
    event_id="0" * 32,
    complaint_id="6f1f2f9e-31a1-8c53-9d3c-0a4f6b3f9d11",
    occurred_at=datetime(2026, 11, 24, 3, 0, tzinfo=UTC),
    actor="petugas-ult",
)
EXPECTED: tuple[type[Event], ...] = (CaseOpened, CaseAcknowledged)


def test_an_event_comes_back_as_it_was() -> None:
    key, value, headers = encode(ACKNOWLEDGED, source="/portal")
    assert key == ACKNOWLEDGED.complaint_id.encode()
    assert decode(value, headers, EXPECTED) == ACKNOWLEDGED


def test_the_headers_are_those_of_cloudevents() -> None:
    _, _, headers = encode(ACKNOWLEDGED, source="/portal", extra=[("prioritas", "darurat")])
    assert dict(headers) == {
        "ce_specversion": b"1.0",
        "ce_id": b"0" * 32,
        "ce_type": b"id.aduan.CaseAcknowledged",
        "ce_source": b"/portal",
        "ce_time": b"2026-11-24T03:00:00Z",
        "ce_dataschema": b"urn:aduan:schema:CaseAcknowledged:1",
        "content-type": b"application/json",
        "ce_prioritas": b"darurat",
    }
    assert header(headers, "ce_prioritas") == b"darurat"


def test_a_record_without_headers_is_read_by_its_body() -> None:
    _, value, _ = encode(ACKNOWLEDGED, source="/portal")
    assert decode(value, [], EXPECTED) == ACKNOWLEDGED


def test_a_field_that_a_newer_writer_adds_is_ignored() -> None:
    _, value, headers = encode(ACKNOWLEDGED, source="/portal")
    assert decode(value[:-1] + b',"mood":"calm"}', headers, EXPECTED) == ACKNOWLEDGED


@pytest.mark.parametrize(
    ("value", "headers", "reason"),
    [
        (None, [], Reason.NULL_VALUE),
        (b"{not json", [], Reason.MALFORMED_JSON),
        (b"{not json", [("ce_type", b"id.aduan.CaseAcknowledged")], Reason.MALFORMED_JSON),
        (b"\xff\xfe{}", [], Reason.WRONG_ENCODING),
        (
            b'{"type":"CaseAcknowledged","actor":"\xff"}',
            [("ce_type", b"id.aduan.CaseAcknowledged")],
            Reason.WRONG_ENCODING,
        ),
        (b'{"type":"CaseDanced"}', [], Reason.UNKNOWN_EVENT),
        (b"{}", [("ce_type", b"id.aduan.CaseDanced")], Reason.UNKNOWN_EVENT),
        (b"[1,2]", [], Reason.UNKNOWN_EVENT),
        (b'{"type":"CaseAcknowledged"}', [], Reason.INVALID_EVENT),
    ],
)
def test_bytes_that_are_no_event_have_a_reason(
    value: bytes | None, headers: list[tuple[str, bytes]], reason: Reason
) -> None:
    with pytest.raises(UnreadableError) as caught:
        decode(value, headers, EXPECTED)
    assert caught.value.reason is reason


def test_an_event_of_another_topic_is_unknown_here() -> None:
    _, value, headers = encode(ACKNOWLEDGED, source="/portal")
    with pytest.raises(UnreadableError) as caught:
        decode(value, headers, (CaseEscalated,))
    assert caught.value.reason is Reason.UNKNOWN_EVENT


def test_an_error_names_the_field_and_not_its_value() -> None:
    value = b'{"type":"CaseAcknowledged","event_id":"siti@contoh.id","complaint_id":"x","occurred_at":"y","actor":"z"}'
    with pytest.raises(UnreadableError, match="event_id") as caught:
        decode(value, [], EXPECTED)
    assert "siti" not in str(caught.value)


@given(st.binary(max_size=300))
def test_any_bytes_are_an_event_or_unreadable(value: bytes) -> None:
    with pytest.raises(UnreadableError):
        decode(value, [], EXPECTED)


def test_a_moment_that_is_not_utc_is_refused() -> None:
    _, value, _ = encode(ACKNOWLEDGED, source="/portal")
    with pytest.raises(UnreadableError, match="occurred_at"):
        decode(value.replace(b"03:00:00Z", b"03:00:00+07:00"), [], EXPECTED)
