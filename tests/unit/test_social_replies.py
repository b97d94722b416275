"""What each platform is sent when we answer, and what its answer means. Pure: nothing is sent here."""

from typing import Any

import pytest

from aduan.reply_paths import answered, is_public, privately, under
from aduan.settings import Settings, load_settings
from consumers.mailer import AddressUnavailableError
from consumers.replies.calls import Call, fitting, verdict
from consumers.replies.meta import meta_verdict, token_of
from consumers.replies.sender import WAYS, open_ways
from consumers.replies.telegram import telegram_verdict
from producers.social.mastodon import MastodonMentions
from schemas.content import ReplyPath
from schemas.errors import Reason, RefusedError, SettingsError, UnavailableError

PAGE = "100200300400500"
GRAPH = "https://graph.facebook.com/v26.0"
SECRETS = {
    "meta_tokens": f"{PAGE}=page-token,1784=insta-token,106540=phone-token",
    "telegram_token": "4711:bot-token",
    "mastodon_token": "masto-token",
    "x_api_key": "key",
    "x_api_secret": "key-secret",
    "x_access_token": "access",
    "x_access_secret": "access-secret",
}


def call(via: str, account: str = PAGE, to: str = "77", ref: str = "", text: str = "Terima kasih.") -> Call:
    settings = load_settings(**(SECRETS | {"mastodon_url": "https://sosial.example"}))
    return WAYS[via].call(settings, ReplyPath(via=via, account=account, to=to, ref=ref), text, "the-key")


def sent(made: Call) -> tuple[str, dict[str, Any]]:
    return made.url, dict(made.json)


def test_a_comment_is_answered_under_it_and_its_author_in_private() -> None:
    path = ReplyPath(via="facebook", account=PAGE, to="77", ref=under(f"{PAGE}_9"))
    assert (is_public(path), answered(path)) == (True, f"{PAGE}_9")
    assert sent(call("facebook", ref=path.ref)) == (f"{GRAPH}/{PAGE}_9/comments", {"message": "Terima kasih."})
    alone = privately(path)
    assert (is_public(alone), answered(alone)) == (False, f"{PAGE}_9")
    assert sent(call("facebook", ref=alone.ref)) == (
        f"{GRAPH}/{PAGE}/messages",
        {
            "messaging_type": "RESPONSE",
            "recipient": {"comment_id": f"{PAGE}_9"},
            "message": {"text": "Terima kasih."},
        },
    )


def test_a_message_to_the_page_is_answered_to_its_sender() -> None:
    made = call("facebook", ref="m_abc")
    assert sent(made)[1]["recipient"] == {"id": "77"}
    assert made.headers == {"Authorization": "Bearer page-token"}


def test_instagram_is_answered_under_a_comment_or_by_message() -> None:
    assert sent(call("instagram", account="1784", ref=under("179"))) == (
        f"{GRAPH}/179/replies",
        {"message": "Terima kasih."},
    )
    made = call("instagram", account="1784", ref="aWdf")
    assert sent(made) == (f"{GRAPH}/me/messages", {"recipient": {"id": "77"}, "message": {"text": "Terima kasih."}})
    assert made.headers == {"Authorization": "Bearer insta-token"}


def test_whatsapp_is_answered_from_the_number_that_was_written_to_with_a_quote() -> None:
    assert sent(call("whatsapp", account="106540", to="628110000001", ref="wamid.X")) == (
        f"{GRAPH}/106540/messages",
        {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": "628110000001",
            "type": "text",
            "text": {"preview_url": False, "body": "Terima kasih."},
            "context": {"message_id": "wamid.X"},
        },
    )
    hidden = sent(call("whatsapp", account="106540", to="ID.13491208655302741918"))[1]
    assert (hidden["recipient"], "to" in hidden) == ("ID.13491208655302741918", False)


def test_telegram_quotes_the_message_in_its_chat() -> None:
    url, body = sent(call("telegram", account="4711", to="77", ref="77/5"))
    assert url == "https://api.telegram.org/bot4711:bot-token/sendMessage"
    assert (body["chat_id"], body["reply_parameters"]["message_id"]) == (77, 5)
    _, body = sent(call("telegram", account="4711", to="77", ref=under("-1009/6")))
    assert (body["chat_id"], body["reply_parameters"]["message_id"]) == (-1009, 6)
    _, body = sent(call("telegram", account="4711", to="77", ref="private:-1009/6"))
    assert (body["chat_id"], "reply_parameters" in body) == (77, False)


def test_mastodon_is_answered_unlisted_under_a_post_and_directly_otherwise() -> None:
    made = call("mastodon", account="aduan@sosial.example", to="sari@contoh.example", ref=under("111"))
    assert sent(made) == (
        "https://sosial.example/api/v1/statuses",
        {"status": "@sari@contoh.example Terima kasih.", "visibility": "unlisted", "in_reply_to_id": "111"},
    )
    assert made.headers == {"Authorization": "Bearer masto-token", "Idempotency-Key": "the-key"}
    assert sent(call("mastodon", to="sari", ref="111"))[1]["visibility"] == "direct"


def test_x_is_answered_under_the_post_or_by_message_signed_by_oauth_1() -> None:
    made = call("x", account="1", ref=under("1346889436626259968"))
    assert sent(made) == (
        "https://api.x.com/2/tweets",
        {"text": "Terima kasih.", "reply": {"in_reply_to_tweet_id": "1346889436626259968"}},
    )
    assert made.headers["Authorization"].startswith("OAuth oauth_nonce=")
    assert 'oauth_signature_method="HMAC-SHA1"' in made.headers["Authorization"]
    assert sent(call("x", ref="private:13"))[0] == "https://api.x.com/2/dm_conversations/with/77/messages"


@pytest.mark.parametrize("via", WAYS)
def test_without_its_token_a_platform_refuses_and_is_not_among_the_open_ways(via: str) -> None:
    assert open_ways(load_settings(**(SECRETS | {"mastodon_url": "https://sosial.example"}))) == tuple(WAYS)
    assert open_ways(load_settings()) == ()
    with pytest.raises(RefusedError) as error:
        WAYS[via].call(load_settings(), ReplyPath(via=via, account="1", to="2"), "x", "k")
    assert error.value.reason is Reason.REPLY_REFUSED


@pytest.mark.parametrize("via", WAYS)
def test_a_call_shows_neither_token_nor_words(via: str) -> None:
    shown = repr(call(via, account="106540" if via == "whatsapp" else PAGE, text="rahasia sekali"))
    assert not any(word in shown for word in ("token", "access", "rahasia", "api"))


@pytest.mark.parametrize(
    "url", ["http://sosial.example", "ftp://sosial.example", "sosial.example", "https://", "http://127.0.0.1.example"]
)
def test_a_token_is_never_sent_in_the_clear_over_a_network(url: str) -> None:
    with pytest.raises(SettingsError, match="ADUAN_MASTODON_URL"):
        open_ways(load_settings(mastodon_url=url, mastodon_token="t"))
    with pytest.raises(SettingsError, match="ADUAN_MASTODON_URL"):
        MastodonMentions(load_settings(mastodon_url=url, mastodon_token="t"))


def test_one_token_serves_all_accounts_and_of_several_each_its_own() -> None:
    def settings(tokens: str) -> Settings:
        return load_settings(meta_tokens=tokens)

    assert token_of(settings("EAAG"), "1") == token_of(settings("EAAG"), "2") == "EAAG"
    assert token_of(settings("1=EAA1, 2=EAA2"), "2") == "EAA2"
    assert token_of(settings("1=EAA1"), "3") == ""


def test_a_long_answer_is_cut_at_a_word_to_what_the_platform_takes() -> None:
    text = "kata " * 100
    made = str(sent(call("x", ref=under("1"), text=text))[1]["text"])
    assert (len(made) <= 280, made[-5:]) == (True, "kata…")
    assert fitting("pendek", 280) == "pendek"
    assert len(fitting("x" * 500, 280)) == 280


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_a_platform_that_is_busy_is_asked_again(status: int) -> None:
    assert isinstance(verdict("x", status), UnavailableError)


@pytest.mark.parametrize("status", [400, 403, 404, 410, 422, 301])
def test_what_a_platform_refuses_is_not_sent_again(status: int) -> None:
    assert isinstance(verdict("x", status), RefusedError)


def test_answers_wait_for_a_token_that_expired() -> None:
    assert isinstance(verdict("mastodon", 401), UnavailableError)
    assert isinstance(telegram_verdict("telegram", 404, None), UnavailableError)
    assert isinstance(meta_verdict("facebook", 400, {"error": {"code": 190}}), UnavailableError)


def test_meta_says_in_the_body_when_a_refusal_will_pass() -> None:
    assert isinstance(meta_verdict("facebook", 403, {"error": {"code": 32}}), UnavailableError)
    assert isinstance(meta_verdict("facebook", 400, {"error": {"code": 7, "is_transient": True}}), UnavailableError)
    assert isinstance(meta_verdict("whatsapp", 400, {"error": {"code": 131_056}}), AddressUnavailableError)
    assert isinstance(meta_verdict("whatsapp", 400, {"error": {"code": 131_047}}), RefusedError)
    odds: tuple[object, ...] = (None, [], {"error": []}, {"error": {"code": True}}, {"error": {"code": "190"}})
    for odd in odds:
        assert isinstance(meta_verdict("facebook", 400, odd), RefusedError)
    assert meta_verdict("facebook", 200, {}) is None
