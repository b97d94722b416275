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

SAMPLES = Path(__file__).parents[2] / "samples" / "social.jsonl"


def test_every_sample_delivery_is_taken_once_though_meta_sends_it_three_times(topics: Settings) -> None:
    settings = topics.model_copy(update={"meta_app_secret": SecretStr("app")})
    deliveries = [json.dumps(json.loads(line)["body"]).encode() for line in SAMPLES.read_bytes().splitlines()]
    with running(settings, "intake"), connected(settings) as client:
        for raw in deliveries * 3:
            signature = "sha256=" + hmac.new(b"app", raw, hashlib.sha256).hexdigest()
            response = client.post("/webhooks/meta", content=raw, headers={"x-hub-signature-256": signature})
            assert response.status_code == 200
        forged = client.post("/webhooks/meta", content=raw, headers={"x-hub-signature-256": "sha256=00"})
        assert forged.status_code == 401
    events = received_on_kafka(settings)
    assert len(events) == len({event.complaint_id for event in events}) == 100
    assert {event.channel for event in events if isinstance(event, ComplaintReceived)} == {Channel.SOCIAL}
