"""Meta's webhooks: messages of people are complaints, everything else is counted, forgeries are noticed."""

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producers.social.meta import is_signed, read_delivery
from producers.social.said import Delivery
from producers.submission import Thread
from schemas.content import ReplyPath, Reporter
from schemas.errors import UnreadableError
from schemas.events import Channel, ReplyKind

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


def reporter(via: str = "facebook", *, to: str, ref: str, **person: str) -> Reporter:
    path = ReplyPath(via=via, account=PAGE, to=to, ref=ref)
    return Reporter(external_id=f"{via}:{to}", reply=path, **person)


def test_a_message_is_a_complaint_of_its_sender() -> None:
    [found] = message(message={"mid": "m1", "text": "pip blm cair"}).submissions
    assert (found.channel, found.account, found.sender) == (Channel.SOCIAL, f"facebook:{PAGE}", "7")
    assert (found.external_id, found.text) == ("m1", "pip blm cair")
    assert found.reporter == reporter(to="7", ref="m1")
    assert not found.origin.public
    assert found.sent_at is not None
    assert found.sent_at.year == 2025


def test_a_comment_is_a_complaint_with_its_author() -> None:
    [found] = comment().submissions
    assert (found.external_id, found.text) == ("c1", "halo")
    assert found.reporter == reporter(to="7", ref="public:c1", name="Sari")
    assert found.origin.public


def test_an_instagram_comment_is_a_complaint_with_its_handle() -> None:
    value = {"id": "i1", "text": "halo", "from": {"id": "9", "username": "sari.contoh"}, "media": {"id": "m"}}
    [found] = delivery("instagram", changes=[{"field": "comments", "value": value}]).submissions
    assert (found.account, found.external_id) == (f"instagram:{PAGE}", "i1")
    assert found.reporter == reporter("instagram", to="9", ref="public:i1", handle="sari.contoh")


def test_a_picture_without_words_is_not_lost() -> None:
    picture = {"type": "image", "payload": {"url": "https://cdn.example/1.jpg"}}
    [found] = message(message={"mid": "m1", "attachments": [picture]}).submissions
    assert found.text == "[image] https://cdn.example/1.jpg"


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        (message(message={"mid": "m", "text": "x", "is_echo": True}), "echo"),
        (message(message={"mid": "m", "text": "x"}, sender={"id": PAGE}), "echo"),
        (message(delivery={"mids": ["m"]}), "delivery"),
        (message(read={"mid": "m"}), "read"),
        (message(reaction={"mid": "m", "emoji": "x"}), "reaction"),
        (comment(item="reaction"), "reaction"),
        (comment(verb="hide"), "hidden"),
        (message(message={"mid": "m"}), "empty"),
        (comment(**{"from": {"id": PAGE}}), "own"),
        (delivery(changes=[{"field": "ratings", "value": {}}]), "change"),
        (delivery("instagram", changes=[{"field": "mentions", "value": {"media_id": "1"}}]), "mention"),
        (delivery("user"), "object"),
    ],
)
def test_what_is_no_complaint_is_counted_by_kind(found: Delivery, kind: str) -> None:
    assert not found.submissions
    assert found.ignored == {kind: 1}


def thread(found: Delivery) -> Thread:
    [submission] = found.submissions
    assert submission.thread is not None
    return submission.thread


def test_an_edited_message_or_comment_names_the_one_that_it_replaces() -> None:
    edited = message(message_edit={"mid": "m1", "text": "yang benar", "num_edit": 2})
    assert (thread(edited).kind, thread(edited).refs) == (ReplyKind.EDIT, ("facebook:m1",))
    assert (edited.submissions[0].external_id, edited.submissions[0].text) == ("m1#edit:2", "yang benar")
    edited = comment(verb="edited", message="yang benar")
    assert (thread(edited).kind, thread(edited).refs) == (ReplyKind.EDIT, ("facebook:c1",))
    assert edited.submissions[0].external_id.startswith("c1#edit:")


def test_what_was_taken_back_is_a_deletion_without_words() -> None:
    for gone, own in (
        (message(message={"mid": "m1", "is_deleted": True, "text": "hapus"}), "m1"),
        (comment(verb="remove", message="hapus"), "c1"),
    ):
        assert (thread(gone).kind, thread(gone).refs) == (ReplyKind.DELETION, (f"facebook:{own}",))
        assert (gone.submissions[0].external_id, gone.submissions[0].text) == (f"{own}#deleted", "")


def test_an_answer_names_what_it_answers_the_nearest_last() -> None:
    assert thread(message(message={"mid": "m2", "text": "lagi", "reply_to": {"mid": "m1"}})).refs == (
        "facebook:m1",
        "facebook:m2",
    )
    assert thread(comment(post_id="p1", parent_id="c0")).refs == ("facebook:p1", "facebook:c0", "facebook:c1")


def test_a_mention_of_the_page_elsewhere_is_a_complaint() -> None:
    value = {"item": "post", "verb": "add", "post_id": "8_9", "sender_id": "8", "sender_name": "Budi", "message": "min"}
    [found] = delivery(changes=[{"field": "mention", "value": value}]).submissions
    assert (found.sender, found.external_id, found.origin.public) == ("8", "8_9", True)


def test_changes_in_the_other_clothes_that_meta_gives_them_are_read_too() -> None:
    value = {"sender": {"id": "7"}, "timestamp": "1527459824", "message": {"mid": "m1", "text": "halo"}}
    assert delivery(changes=[{"field": "messages", "value": value}]).submissions[0].sender == "7"
    found = delivery("instagram", field="comments", value={"id": "i1", "text": "halo", "from": {"id": "9"}})
    assert found.submissions[0].external_id == "i1"


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
        if sample["sample"] == "S007":
            assert [one.thread and one.thread.kind for one in found.submissions] == [ReplyKind.DELETION]
    assert none == {"S021", "S038", "S053", "S067", "S078"}
