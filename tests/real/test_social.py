"""The signed webhook on a real broker, fed with the samples."""

import hashlib
import hmac
import json
from pathlib import Path

from pydantic import SecretStr

from aduan.settings import Settings
from schemas.events import Channel, ComplaintReceived
from tests.doors import received_on_kafka
from tests.processes import running
from tests.real.test_intake import connected
from tests.social_payloads import raw

SAMPLES = Path(__file__).parents[2] / "samples" / "social.jsonl"


def test_every_delivery_is_taken_once_though_its_platform_sends_it_three_times(topics: Settings) -> None:
    settings = topics.model_copy(update={"meta_app_secret": SecretStr("app"), "telegram_secret": SecretStr("rahasia")})
    deliveries = [json.dumps(json.loads(line)["body"]).encode() for line in SAMPLES.read_bytes().splitlines()]
    deliveries.append(raw("whatsapp", "text"))
    with running(settings, "intake"), connected(settings) as client:
        for body in deliveries * 3:
            signature = "sha256=" + hmac.new(b"app", body, hashlib.sha256).hexdigest()
            response = client.post("/webhooks/meta", content=body, headers={"x-hub-signature-256": signature})
            assert response.status_code == 200
        forged = client.post("/webhooks/meta", content=body, headers={"x-hub-signature-256": "sha256=00"})
        assert forged.status_code == 401
        for secret, status in (("rahasia", 200), ("rahasia", 200), ("guessed", 401)):
            given = {"x-telegram-bot-api-secret-token": secret}
            response = client.post("/webhooks/telegram", content=raw("telegram", "text"), headers=given)
            assert response.status_code == status
    events = received_on_kafka(settings)
    assert len(events) == len({event.complaint_id for event in events}) == 102
    assert {event.channel for event in events if isinstance(event, ComplaintReceived)} == {Channel.SOCIAL}
