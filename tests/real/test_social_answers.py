"""Answers by each platform's own API, on a loopback server; and what becomes of them when it says no."""

from collections.abc import Iterator

import orjson
import pytest
from starlette.responses import JSONResponse, Response

from aduan.reply_paths import under
from aduan.settings import Settings, load_settings
from consumers.mailer import AddressUnavailableError
from consumers.replies.sender import WAYS, open_ways, social_hand_over
from schemas.content import ReplyPath
from schemas.errors import AduanError, Reason, RefusedError, UnavailableError
from tests.platforms import Platforms, platforms

pytestmark = pytest.mark.real
TEXT = "Terima kasih, aduan Anda kami terima dengan nomor ADN-0000-0000-0000-0."
PATHS = {
    "facebook": ReplyPath(via="facebook", account="100", to="7", ref=under("100_9")),
    "instagram": ReplyPath(via="instagram", account="178", to="7", ref=under("179")),
    "whatsapp": ReplyPath(via="whatsapp", account="106", to="628110000001", ref="wamid.1"),
    "telegram": ReplyPath(via="telegram", account="4711", to="77", ref="77/5"),
    "mastodon": ReplyPath(via="mastodon", account="aduan", to="sari@contoh.example", ref=under("111")),
    "x": ReplyPath(via="x", account="224", to="9001", ref=under("18")),
}


@pytest.fixture
def served() -> Iterator[Platforms]:
    with platforms() as made:
        yield made


def settings(url: str) -> Settings:
    return load_settings(
        meta_url=url,
        meta_tokens="100=page,178=insta,106=phone",
        telegram_url=url,
        telegram_token="4711:bot",
        mastodon_url=url,
        mastodon_token="masto-token",
        x_url=url,
        x_api_key="k",
        x_api_secret="ks",
        x_access_token="a",
        x_access_secret="as",
    )


def payload(via: str) -> bytes:
    """As the notifier puts it into an outbox."""
    return orjson.dumps({"path": PATHS[via].model_dump(), "text": TEXT, "key": "case-1"})


def test_every_platform_takes_an_answer_where_the_complaint_was_made(served: Platforms) -> None:
    hand_over = social_hand_over(settings(served.url))
    assert open_ways(settings(served.url)) == tuple(WAYS) == tuple(PATHS)
    for via in WAYS:
        hand_over(payload(via))
    assert [path for path, _, _ in served.sent] == [
        "/100_9/comments",
        "/179/replies",
        "/106/messages",
        "/bot4711:bot/sendMessage",
        "/api/v1/statuses",
        "/2/tweets",
    ]
    assert all(TEXT in str(body) for _, _, body in served.sent)
    assert [headers["authorization"].split()[0] for _, headers, _ in served.sent if "authorization" in headers] == [
        *["Bearer"] * 4,
        "OAuth",
    ]


def test_a_retry_to_mastodon_is_no_second_status(served: Platforms) -> None:
    hand_over = social_hand_over(settings(served.url))
    for _ in range(3):
        hand_over(payload("mastodon"))
    assert len(served.sent) == 1


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (Response("{}", 429, {"retry-after": "1"}), UnavailableError),
        (Response("<html>", 502), UnavailableError),
        (Response("x" * 1_000_000, 500), UnavailableError),
        (JSONResponse({"error": {"code": 190, "message": "token of 628110000001"}}, 400), UnavailableError),
        (JSONResponse({"error": {"code": 131056}}, 400), AddressUnavailableError),
        (JSONResponse({"error": {"code": 131047, "message": "628110000001"}}, 400), RefusedError),
        (Response("", 302, {"location": "http://127.0.0.1:9/"}), RefusedError),
    ],
)
def test_an_answer_is_refused_for_good_or_sent_again_and_no_word_of_the_platform_is_repeated(
    served: Platforms, answer: Response, verdict: type[AduanError]
) -> None:
    served.instead.append(answer)
    hand_over = social_hand_over(settings(served.url))
    with pytest.raises(verdict) as error:
        hand_over(payload("whatsapp"))
    assert "628110000001" not in str(error.value)
    hand_over(payload("whatsapp"))
    assert len(served.sent) == 1


def test_a_platform_that_does_not_answer_is_unavailable_and_its_token_is_in_no_error() -> None:
    with pytest.raises(UnavailableError) as error:
        social_hand_over(settings("http://127.0.0.1:9"))(payload("telegram"))
    assert "4711" not in str(error.value)


@pytest.mark.parametrize("odd", [b"", b"{}", b"[]", payload("x").replace(b'"x"', b'"myspace"')])
def test_what_is_no_answer_is_refused(served: Platforms, odd: bytes) -> None:
    with pytest.raises(RefusedError) as error:
        social_hand_over(settings(served.url))(odd)
    assert error.value.reason is Reason.REPLY_REFUSED
