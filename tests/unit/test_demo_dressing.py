"""The demo shows some samples as WhatsApp and Telegram deliver them: the same words, and as many complaints."""

import json
from collections import Counter
from pathlib import Path

from ops.demo.dressing import dressed
from producers.social.meta import read_delivery
from producers.social.said import Delivery
from producers.social.telegram import read_update
from tests.social_payloads import social_settings

SAMPLES = Path(__file__).parents[2] / "samples" / "social.jsonl"


def read(platform: str, body: dict[str, object]) -> Delivery:
    raw = json.dumps(body).encode()
    return read_update(social_settings(), raw) if platform == "telegram" else read_delivery(raw)


def test_every_sample_says_the_same_in_whatever_clothes() -> None:
    platforms: Counter[str] = Counter()
    for line in SAMPLES.read_text(encoding="utf-8").splitlines():
        sample = json.loads(line)
        platform, body = dressed(sample["sample"], sample["body"])
        platforms[platform] += 1
        before = read_delivery(json.dumps(sample["body"]).encode()).submissions
        assert [one.text for one in read(platform, body).submissions] == [one.text for one in before]
    assert min(platforms["whatsapp"], platforms["telegram"]) > 10
