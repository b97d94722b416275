"""What every webhook keeps to, whichever the platform: only genuine bytes, one complaint however often they come."""

import hashlib
import hmac
import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from aduan.tokens import Tokens
from aduan.tracking import tracking_number
from producers.social.adapters import Webhook
from producers.social.registry import ADAPTERS
from producers.web import create_app
from schemas.events import ReplyKind, ReporterReplied
from tests.doors import MemoryDoor, content_of, reporter_of
from tests.social_payloads import BOT_TOKEN, payloads, raw
from tests.social_spoiling import broken, originals, spoiled

WEBHOOKS: dict[str, Webhook] = {one.name: one.webhook for one in ADAPTERS if one.webhook is not None}
CASES = [("meta", "meta", "messenger"), ("meta", "whatsapp", "text"), ("telegram", "telegram", "text")]
REPLY, EDIT, DELETION = ReplyKind
SECRETS = {"meta_app_secret": "app", "telegram_secret": "rahasia", "telegram_token": BOT_TOKEN}


class Called:
    """The intake with a door in memory, as a platform calls it."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.door = MemoryDoor(folder, intake_rate_webhook="100000/second", **(SECRETS | settings))
        app = create_app(self.door.settings, self.door.door, Tokens(folder / "tokens.json"))
        transport = httpx.ASGITransport(app=app, client=("192.0.2.7", 1234))
        self.client = httpx.AsyncClient(transport=transport, base_url="http://intake")

    async def call(self, name: str, body: bytes, key: str = "") -> int:
        """Send a body as the platform does, or with another secret."""
        return (await self.client.post(WEBHOOKS[name].path, content=body, headers=headers(name, body, key))).status_code


def headers(name: str, body: bytes, key: str = "") -> dict[str, str]:
    if name == "telegram":
        return {"x-telegram-bot-api-secret-token": key or SECRETS["telegram_secret"]}
    secret = key or SECRETS["meta_app_secret"]
    return {"x-hub-signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


@pytest.fixture
def called(tmp_path: Path) -> Iterator[Called]:
    made = Called(tmp_path)
    yield made
    made.door.close()


@pytest.mark.parametrize(("name", "platform", "payload"), CASES)
class TestEveryWebhook:
    async def test_a_genuine_call_is_one_complaint_however_often_it_comes(
        self, called: Called, name: str, platform: str, payload: str
    ) -> None:
        assert [await called.call(name, raw(platform, payload)) for _ in range(3)] == [200] * 3
        assert len(called.door.publisher.events()) == 1

    async def test_a_forged_call_is_401_and_nothing_is_produced(
        self, called: Called, name: str, platform: str, payload: str
    ) -> None:
        body = raw(platform, payload)
        assert await called.call(name, body, key="guessed") == 401
        assert await called.call(name, b"{", key="guessed") == 401
        assert (await called.client.post(WEBHOOKS[name].path, content=body)).status_code == 401
        assert not called.door.publisher.events()

    async def test_without_a_secret_every_call_is_refused(
        self, tmp_path: Path, name: str, platform: str, payload: str
    ) -> None:
        closed = Called(tmp_path / "closed", meta_app_secret="", telegram_secret="")
        body = raw(platform, payload)
        for given in (headers(name, body), {"x-telegram-bot-api-secret-token": ""}, {}):
            answer = await closed.client.post(WEBHOOKS[name].path, content=body, headers=given)
            assert answer.status_code == 401
        closed.door.close()

    async def test_kafka_away_is_503_and_the_same_call_again_is_taken(
        self, called: Called, name: str, platform: str, payload: str
    ) -> None:
        called.door.publisher.away = True
        assert await called.call(name, raw(platform, payload)) == 503
        called.door.publisher.away = False
        assert await called.call(name, raw(platform, payload)) == 200
        assert len(called.door.publisher.events()) == 1

    async def test_what_is_no_json_is_400_and_what_is_no_complaint_200(
        self, called: Called, name: str, platform: str, payload: str
    ) -> None:
        assert platform in {"meta", "whatsapp", "telegram"}
        assert payload in payloads(platform)
        assert await called.call(name, b"[1]") == 400
        assert await called.call(name, b"{}") == 200
        assert not called.door.publisher.events()


@pytest.mark.parametrize("payload", ["text", "image"])
async def test_a_body_that_was_written_anew_on_its_way_is_401(called: Called, payload: str) -> None:
    body = raw("whatsapp", payload)
    signature = headers("meta", body)
    anew = json.dumps(json.loads(body), separators=(",", ":")).encode()
    assert json.loads(anew) == json.loads(body)
    assert (await called.client.post("/webhooks/meta", content=anew, headers=signature)).status_code == 401
    assert not called.door.publisher.events()


@pytest.mark.parametrize(
    ("name", "platform", "first", "later"),
    [
        ("meta", "whatsapp", "text", {"answer": REPLY, "edit": EDIT, "revoke": DELETION}),
        ("meta", "meta", "messenger", {"messenger_answer": REPLY, "messenger_edit": EDIT}),
        ("meta", "meta", "comment", {"comment_edited": EDIT, "comment_removed": DELETION}),
        ("meta", "meta", "instagram_message", {"instagram_unsend": DELETION}),
        ("telegram", "telegram", "text", {"answer": REPLY, "edited": EDIT}),
    ],
)
async def test_answers_edits_and_deletions_join_the_case_of_their_message(
    called: Called, name: str, platform: str, first: str, later: dict[str, ReplyKind]
) -> None:
    for payload in (first, *later):
        for _ in range(2):  # a redelivery changes nothing
            assert await called.call(name, raw(platform, payload)) == 200
    opened, *joined = called.door.publisher.events()
    assert [one.kind for one in joined if isinstance(one, ReporterReplied)] == list(later.values())
    assert {one.complaint_id for one in joined} == {opened.complaint_id}


@pytest.mark.parametrize(
    ("name", "platform", "payload"),
    [("meta", "whatsapp", "revoke"), ("meta", "meta", "comment_removed"), ("meta", "meta", "instagram_unsend")],
)
async def test_the_deletion_of_what_is_no_complaint_here_is_200_and_nothing_is_produced(
    called: Called, name: str, platform: str, payload: str
) -> None:
    assert await called.call(name, raw(platform, payload)) == 200
    assert not called.door.publisher.events()


async def test_an_edit_that_comes_before_its_message_is_one_case_with_it(called: Called) -> None:
    for payload in ("edit", "text"):
        assert await called.call("meta", raw("whatsapp", payload)) == 200
    assert len({one.complaint_id for one in called.door.publisher.events()}) == 1


async def test_the_pictures_of_one_album_are_one_complaint(called: Called) -> None:
    for payload in ("album_1", "album_2"):
        assert await called.call("telegram", raw("telegram", payload)) == 200
    assert len({one.complaint_id for one in called.door.publisher.events()}) == 1
    assert len(called.door.received()) == 1


async def test_an_answer_in_the_chat_to_our_acknowledgement_joins_the_case_that_it_names(called: Called) -> None:
    await called.call("telegram", raw("telegram", "text"))
    [event] = called.door.received()
    answer = payloads("telegram")["answer_to_us"]
    quoted = answer["message"]["reply_to_message"]
    quoted["text"] = f"Terima kasih.\n\nNomor pelacakan: {tracking_number(event.complaint_id)}\n"
    assert await called.call("telegram", json.dumps(answer).encode()) == 200
    _, joined = called.door.publisher.events()
    assert joined.complaint_id == event.complaint_id


async def test_a_message_and_its_edit_in_one_call_are_one_case(called: Called) -> None:
    body = payloads("whatsapp")["text"]
    body["entry"] += payloads("whatsapp")["edit"]["entry"]
    assert await called.call("meta", json.dumps(body).encode()) == 200
    assert len({one.complaint_id for one in called.door.publisher.events()}) == 1
    assert len(called.door.publisher.events()) == 2


async def test_one_part_of_a_call_that_can_not_be_taken_does_not_lose_the_others(called: Called) -> None:
    body = payloads("whatsapp")["several"]
    messages = body["entry"][0]["changes"][0]["value"]["messages"]
    messages[0]["text"]["body"] = "x" * 1_000_000
    messages.append(payloads("whatsapp")["revoke"]["entry"][0]["changes"][0]["value"]["messages"][0])
    assert await called.call("meta", json.dumps(body).encode()) == 200
    [event] = called.door.received()
    assert content_of(called.door.keyring, event).text == "ijazah ditahan sekolah karena SPP"


async def test_of_one_person_ten_messages_in_three_hours_are_answered_and_all_are_kept(called: Called) -> None:
    texts = ["pungutan", *["terima kasih atas pesan Anda"] * 10, "adik saya mau bunuh diri karena dipukuli guru"]
    for number, text in enumerate(texts):
        update = payloads("telegram")["text"]
        update["message"] |= {"message_id": number, "text": text}
        for _ in range(2):  # a redelivery is not counted
            assert await called.call("telegram", json.dumps(update).encode()) == 200
    events = called.door.received()
    assert len(events) == 12
    ways = [found.reply.via for one in events if (found := reporter_of(called.door.keyring, one)) and found.reply]
    assert ways == ["telegram"] * 10 + ["none"] * 2
    assert [one.automated for one in events] == [False] * 10 + [True, False]


async def test_spoiled_bodies_are_taken_or_refused_and_what_was_taken_is_an_event(called: Called) -> None:
    chance = random.Random(5)
    bodies = [(platform, body) for platform, body in originals() if platform not in {"mastodon", "x"}]
    answers = Counter[int]()
    for number in range(600):
        platform, body = bodies[number % len(bodies)]
        spoiled_body = json.dumps(spoiled(chance, spoiled(chance, body))).encode()
        if chance.random() < 0.1:
            spoiled_body = broken(chance, spoiled_body)
        answers[await called.call("telegram" if platform == "telegram" else "meta", spoiled_body)] += 1
    assert answers.keys() == {200, 400}
    assert len({event.event_id for event in called.door.publisher.events()}) > 40


async def test_a_thousand_messages_in_one_call_are_all_kept(called: Called) -> None:
    body = payloads("meta")["messenger"]
    [event] = body["entry"][0]["messaging"]
    body["entry"][0]["messaging"] = [
        event | {"sender": {"id": str(number)}, "message": {"mid": f"m_{number}", "text": "PIP belum cair"}}
        for number in range(1_000)
    ]
    assert await called.call("meta", json.dumps(body).encode()) == 200
    assert len({event.complaint_id for event in called.door.received()}) == 1_000


async def test_a_call_larger_than_any_platform_makes_is_refused(called: Called) -> None:
    assert await called.call("telegram", b'{"x": "' + b"x" * 4_000_000 + b'"}') == 413
