"""Telegram's updates: what people tell our bot is a complaint, in private or in a group; the rest is counted."""

import json

import pytest

from aduan.settings import load_settings
from producers.social.telegram import is_ours, read_update
from producers.submission import Submission, Thread
from schemas.content import ReplyPath, Reporter
from schemas.events import ReplyKind
from tests.social_payloads import raw, social_settings


def said(name: str) -> Submission:
    """The one submission in an update."""
    [found] = read_update(social_settings(), raw("telegram", name)).submissions
    return found


def thread(name: str) -> Thread:
    found = said(name).thread
    assert found is not None
    return found


def test_a_private_message_is_a_complaint_of_its_author_who_can_be_answered() -> None:
    found = said("text")
    assert (found.account, found.sender, found.external_id) == ("telegram:4711", "700000001", "700000001/1361")
    assert found.reporter == Reporter(
        name="Sari Contoh",
        handle="sari_contoh",
        external_id="telegram:700000001",
        reply=ReplyPath(via="telegram", account="4711", to="700000001", ref="700000001/1361"),
    )
    assert not found.origin.public


def test_a_message_in_a_group_is_public_and_is_answered_there() -> None:
    found = said("group")
    assert found.origin.public
    assert found.reporter is not None
    assert found.reporter.reply == ReplyPath(
        via="telegram", account="4711", to="700000001", ref="public:-1001234567890/1370"
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("command", "dana BOS tidak jelas"),
        ("album_1", "Atap kelas ambruk\n[photo]"),
        ("document", "[document] surat.pdf"),
        ("location", "[location] -7.2278, 107.9087"),
    ],
)
def test_captions_files_and_places_are_kept_in_words(name: str, text: str) -> None:
    assert said(name).text == text


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("start", "command"),
        ("sticker", "empty"),
        ("joined", "empty"),
        ("from_us", "own"),
        ("forwarded_channel_post", "own"),
        ("channel_post", "channel_post"),
        ("callback_query", "callback_query"),
        ("blocked", "my_chat_member"),
    ],
)
def test_what_is_no_complaint_is_counted_by_kind(name: str, kind: str) -> None:
    found = read_update(social_settings(), raw("telegram", name))
    assert (found.submissions, found.ignored) == ([], {kind: 1})


def test_an_answer_and_an_edit_name_the_message_that_they_belong_to() -> None:
    assert thread("answer").refs[0] == "telegram:700000001/1361"
    assert (thread("edited").kind, thread("edited").refs) == (ReplyKind.EDIT, ("telegram:700000001/1361",))
    assert said("edited").external_id == "700000001/1361#edit:1764043290"


def test_an_answer_to_our_acknowledgement_quotes_its_tracking_number() -> None:
    assert thread("answer_to_us").tracking == "ADN-0000-0000-0000-0"
    someone = json.loads(raw("telegram", "answer_to_us"))
    someone["message"]["reply_to_message"]["from"] = {"id": 5, "is_bot": False, "first_name": "Budi"}
    [found] = read_update(social_settings(), json.dumps(someone).encode()).submissions
    assert found.thread is not None
    assert found.thread.tracking == ""


def test_the_pictures_of_one_album_belong_together() -> None:
    assert set(thread("album_2").refs) & set(thread("album_1").own) == {"telegram:700000001/album:13500000000000001"}


def test_the_secret_is_compared_whole_and_without_one_nobody_may_call() -> None:
    assert is_ours("rahasia", "rahasia")
    for secret, given in (("rahasia", "rahasi"), ("rahasia", "Rahasia"), ("rahasia", ""), ("", ""), ("rahasia", "é")):
        assert not is_ours(secret, given)


def test_without_the_bots_token_messages_are_taken_all_the_same() -> None:
    assert read_update(load_settings(), raw("telegram", "text")).submissions[0].account == "telegram:bot"
