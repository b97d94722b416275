"""10,000 spoiled payloads of all platforms: each is read, counted or refused as unreadable. None is a crash."""

import json
import random
from collections import Counter
from collections.abc import Callable

from aduan.reply_paths import is_public
from producers.social.mastodon import read_notification
from producers.social.meta import read_delivery
from producers.social.reading import objects
from producers.social.said import Delivery
from producers.social.telegram import read_update
from producers.social.x import page_of
from producers.submission import Submission
from schemas.errors import UnreadableError
from schemas.events import Channel
from tests.social_payloads import payloads, social_settings
from tests.social_spoiling import broken, originals, spoiled

COUNT = 10_000
SETTINGS = social_settings()
OURS = payloads("mastodon")["own"]


def mastodon_page(raw: bytes) -> Delivery:
    """A notification in the way that the poller reads it."""
    delivery = Delivery()
    for found in objects([json.loads(raw)]):
        delivery.take(read_notification(OURS, found))
    return delivery


def x_page(raw: bytes) -> Delivery:
    """A page in the way that the poller reads it."""
    return page_of("2244994945", list(objects([json.loads(raw)]))).delivery


READERS: dict[str, Callable[[bytes], Delivery]] = {
    "meta": read_delivery,
    "whatsapp": read_delivery,
    "telegram": lambda raw: read_update(SETTINGS, raw),
    "mastodon": mastodon_page,
    "x": x_page,
}


def test_no_spoiled_payload_of_any_platform_is_a_crash() -> None:
    chance, outcomes = random.Random(4), Counter[str]()
    bodies = originals()
    for number in range(COUNT):
        platform, body = bodies[number % len(bodies)]
        for _ in range(chance.randrange(1, 4)):
            body = spoiled(chance, body)
        raw = json.dumps(body).encode()
        if platform not in {"mastodon", "x"} and chance.random() < 0.2:  # a webhook's bytes are a stranger's
            raw = broken(chance, raw)
        try:
            delivery = READERS[platform](raw)
        except UnreadableError:
            outcomes["unreadable"] += 1
            continue
        outcomes["complaint" if delivery.submissions else "ignored"] += 1
        for one in delivery.submissions:
            check(one)
        assert all(kind and len(kind) < 30 for kind in delivery.ignored)
    assert outcomes.total() == COUNT
    assert min(outcomes[kind] for kind in ("complaint", "ignored", "unreadable")) > 500, outcomes


def check(one: Submission) -> None:
    """What the door and the events rely on."""
    assert one.channel is Channel.SOCIAL
    assert 0 < len(one.external_id) <= 520
    assert len(one.account) <= 200
    assert len(one.source) <= 200
    assert one.body()
    assert one.thread is not None
    if one.reporter is not None and one.reporter.reply is not None:  # or a secret would stand under a public post
        assert is_public(one.reporter.reply) is one.origin.public
    for text in (one.text, one.title, one.external_id, one.sender):
        text.encode()
