"""Meta's webhooks: messages of people are complaints, everything else is counted, forgeries are noticed."""

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producers.social.meta import Delivery, is_signed, read_delivery
from schemas.content import Reporter
from schemas.errors import UnreadableError
from schemas.events import Channel

SAMPLES = Path(__file__).parents[2] / "samples" / "social.jsonl"
PAGE = "100200300400500"


def delivery(kind: str = "page", **entry: Any) -> Delivery:
    body = {"object": kind, "entry": [{"id": PAGE, "time": 1748917469} | entry]}
    return read_delivery(json.dumps(body).encode())


def message(**event: Any) -> Delivery:
    return delivery(messaging=[{"sender": {"id": "7"}, "recipient": {"id": PAGE}, "timestamp": 1755568977311} | event])


def comment(**value: Any) -> Delivery:
    base = {
        "item": "comment",
        "verb": "add",
        "comment_id": "c1",
        "from": {"id": "7", "name": "Sari"},
        "message": "halo",
    }
    return delivery(changes=[{"field": "feed", "value": base | {"created_time": 1748917468} | value}])


def test_a_message_is_a_complaint_of_its_sender() -> None:
    [found] = message(message={"mid": "m1", "text": "pip blm cair"}).submissions
    assert (found.channel, found.account, found.sender) == (Channel.SOCIAL, f"facebook:{PAGE}", "7")
    assert (found.external_id, found.text) == ("m1", "pip blm cair")
    assert found.reporter == Reporter(external_id="facebook:7")
    assert found.sent_at is not None
    assert found.sent_at.year == 2025


def test_a_comment_is_a_complaint_with_its_author() -> None:
    [found] = comment().submissions
    assert (found.external_id, found.text) == ("c1", "halo")
    assert found.reporter == Reporter(name="Sari", external_id="facebook:7")


def test_an_instagram_comment_is_a_complaint_with_its_handle() -> None:
    value = {"id": "i1", "text": "halo", "from": {"id": "9", "username": "sari.contoh"}, "media": {"id": "m"}}
    [found] = delivery("instagram", changes=[{"field": "comments", "value": value}]).submissions
    assert (found.account, found.external_id) == (f"instagram:{PAGE}", "i1")
    assert found.reporter == Reporter(handle="sari.contoh", external_id="instagram:9")


def test_a_picture_without_words_is_not_lost() -> None:
    picture = {"type": "image", "payload": {"url": "https://cdn.example/1.jpg"}}
    [found] = message(message={"mid": "m1", "attachments": [picture]}).submissions
    assert found.text == "[image] https://cdn.example/1.jpg"


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        (message(message={"mid": "m", "text": "x", "is_echo": True}), "echo"),
        (message(message={"mid": "m", "text": "x"}, sender={"id": PAGE}), "echo"),
        (message(message={"mid": "m", "is_deleted": True}), "deleted"),
        (message(delivery={"mids": ["m"]}), "delivery"),
        (message(read={"mid": "m"}), "read"),
        (message(reaction={"mid": "m", "emoji": "x"}), "reaction"),
        (message(message_edit={"mid": "m", "text": "y"}), "message_edit"),
        (comment(item="reaction"), "reaction"),
        (comment(verb="edited"), "edited"),
        (comment(verb="remove"), "removed"),
        (comment(**{"from": {"id": PAGE}}), "own"),
        (delivery(changes=[{"field": "mention", "value": {}}]), "change"),
        (delivery("user"), "object"),
    ],
)
def test_what_is_no_complaint_is_counted_by_kind(found: Delivery, kind: str) -> None:
    assert not found.submissions
    assert found.ignored == {kind: 1}


def test_one_delivery_may_hold_many() -> None:
    events = [{"sender": {"id": str(n)}, "message": {"mid": f"m{n}", "text": "x"}} for n in range(5)]
    assert len(delivery(messaging=events).submissions) == 5


def test_a_message_without_an_id_gets_one_from_what_it_says() -> None:
    first, again = (message(message={"text": "x"}).submissions[0] for _ in range(2))
    assert first.external_id == again.external_id
    assert first.external_id.startswith("digest:")
    assert message(message={"text": "y"}).submissions[0].external_id != first.external_id


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"1", b"\xff", b'{"object": NaN}'])
def test_what_is_no_json_object_is_unreadable(raw: bytes) -> None:
    with pytest.raises(UnreadableError):
        read_delivery(raw)


NESTED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "from", "message", "sender", "mid", "text", "field", "value", "item", "verb", "timestamp"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(kind=st.sampled_from(["page", "instagram"]), messaging=NESTED, changes=NESTED)
def test_no_shape_of_json_makes_the_reader_raise(kind: str, messaging: Any, changes: Any) -> None:
    body = {"object": kind, "entry": [{"messaging": messaging, "changes": changes}, messaging]}
    read_delivery(json.dumps(body).encode())


def test_the_signature_is_over_the_raw_bytes() -> None:
    raw = b'{"object":"page"}'
    right = "sha256=" + hmac.new(b"app", raw, hashlib.sha256).hexdigest()
    assert is_signed("app", raw, right)
    for secret, body, header in (
        ("app", raw + b" ", right),
        ("other", raw, right),
        ("app", raw, right.upper()),
        ("app", raw, right[:-1]),
        ("app", raw, "é"),
        ("app", raw, None),
        ("", raw, "sha256=" + hmac.new(b"", raw, hashlib.sha256).hexdigest()),
    ):
        assert not is_signed(secret, body, header)


def test_of_the_samples_all_but_those_of_robots_and_our_own_are_complaints() -> None:
    none = set()
    for line in SAMPLES.read_text(encoding="utf-8").splitlines():
        sample = json.loads(line)
        found = read_delivery(json.dumps(sample["body"]).encode())
        if not found.submissions:
            none.add(sample["sample"])
            assert found.ignored.total() == 1
    assert none == {"S007", "S021", "S038", "S053", "S067", "S078"}
