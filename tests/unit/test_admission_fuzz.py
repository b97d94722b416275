"""Whatever stands on complaints.submitted is admissible or has a reason; reading it never raises."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from producers.admission_reading import Admissible, Turned, is_genuine, read_submission, submitter_of
from schemas.errors import Reason
from tests.admitting import body, headers_of

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=300),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=20), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from([*body(), "reporter", "attachments", "sent_at", "in_reply_to", "kind", "kategori", "provinsi"])
HEADERS = st.lists(st.tuples(st.sampled_from([name for name, _ in headers_of()]), st.none() | st.binary(max_size=30)))


def has_a_verdict(read: Admissible | Turned) -> bool:
    return isinstance(read, Admissible) or (read.reason is not Reason.BUG and read.submitter == "contoh")


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(FIELDS, VALUES, max_size=4))
def test_any_values_in_any_fields_get_a_verdict(changes: dict[str, Any]) -> None:
    value = json.dumps(body() | changes).encode("utf-8", "surrogatepass")
    assert has_a_verdict(read_submission("contoh", b"k", value, headers_of()))


@settings(max_examples=300, deadline=None)
@given(st.none() | st.binary(), st.none() | st.binary(), HEADERS)
def test_any_bytes_and_headers_get_a_verdict(
    key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes | None]]
) -> None:
    submitter_of(headers, "contoh".__eq__)
    is_genuine(value, headers, "0" * 64, required=True)
    assert has_a_verdict(read_submission("contoh", key, value, headers))
    assert has_a_verdict(read_submission("contoh", b"k", value, headers_of()))


@settings(max_examples=200, deadline=None)
@given(st.text(min_size=1, max_size=300), st.text(max_size=300))
def test_any_words_are_taken_unless_they_are_blank(text: str, sender: str) -> None:
    read = read_submission("contoh", b"k", json.dumps(body(text=text, sender=sender)).encode(), headers_of())
    is_blank = not "".join(" " if character < " " or character == "\x7f" else character for character in text).strip()
    assert isinstance(read, Turned if is_blank else Admissible)
