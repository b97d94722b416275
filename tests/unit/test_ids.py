"""Ids are deterministic, keyed and unambiguous."""

from uuid import UUID

from hypothesis import assume, given
from hypothesis import strategies as st

from aduan import ids

SECRET = b"0" * 64
NAMES = {"channel": "email", "account": "pengaduan@aduan.example", "sender": "siti@contoh.id", "external_id": "<1@x>"}


def test_the_same_cause_gives_the_same_complaint_id() -> None:
    assert ids.complaint_id(SECRET, **NAMES) == ids.complaint_id(SECRET, **NAMES)


def test_another_installation_gives_another_complaint_id() -> None:
    assert ids.complaint_id(SECRET, **NAMES) != ids.complaint_id(b"1" * 64, **NAMES)


def test_a_complaint_id_is_a_uuid_of_version_8() -> None:
    assert UUID(ids.complaint_id(SECRET, **NAMES)).version == 8


@given(st.lists(st.text(), min_size=4, max_size=4), st.lists(st.text(), min_size=4, max_size=4))
def test_fields_never_run_into_each_other(first: list[str], second: list[str]) -> None:
    assume(first != second)
    names = ("channel", "account", "sender", "external_id")
    one = ids.complaint_id(SECRET, **dict(zip(names, first, strict=True)))
    assert one != ids.complaint_id(SECRET, **dict(zip(names, second, strict=True)))


def test_an_event_id_depends_on_cause_type_and_level() -> None:
    variants = {
        ids.event_id("a", "CaseEscalated", 1),
        ids.event_id("a", "CaseEscalated", 2),
        ids.event_id("a", "CaseOpened", 1),
        ids.event_id("b", "CaseEscalated", 1),
    }
    assert len(variants) == 4
    assert all(len(variant) == 32 for variant in variants)


def test_a_receipt_secret_is_stable_and_easy_to_type() -> None:
    complaint = ids.complaint_id(SECRET, **NAMES)
    secret = ids.receipt_secret(SECRET, complaint)
    assert secret == ids.receipt_secret(SECRET, complaint)
    assert [len(part) for part in secret.split("-")] == [4, 4, 4, 4]


def test_a_body_digest_says_nothing_without_the_secret() -> None:
    assert ids.body_digest(SECRET, "toilet rusak") != ids.body_digest(b"1" * 64, "toilet rusak")
