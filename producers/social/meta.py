"""Meta's webhook for Facebook pages, Instagram and WhatsApp numbers. Pure: bytes in, submissions out.

Shapes: https://developers.facebook.com/docs/graph-api/webhooks/reference/page and …/instagram, and
https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages. Every message or
comment of somebody else is a submission with its own id; the rest is counted.
"""

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from typing import Final

from aduan.settings import Settings
from producers.social.adapters import Webhook
from producers.social.facebook import read_comment as read_facebook
from producers.social.instagram import read_comment as read_instagram
from producers.social.messaging import read_message
from producers.social.reading import Json, obj, objects, read_object, text
from producers.social.said import Delivery
from producers.social.whatsapp import read_change as read_whatsapp

_PLATFORMS: Final = {"page": "facebook", "instagram": "instagram", "whatsapp_business_account": "whatsapp"}


def is_signed(secret: str, raw: bytes, header: str | None) -> bool:
    """Whether `X-Hub-Signature-256` is the HMAC-SHA256 of the raw body; never, without a secret. Constant time."""
    if not secret or not header:
        return False
    expected = "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), header.strip().encode("utf-8", "replace"))


def challenge(settings: Settings, query: Mapping[str, str]) -> str | None:
    """What Meta wants to hear when it subscribes; None for a wrong verify token."""
    wanted = settings.meta_verify_token.get_secret_value()
    given, asked = query.get("hub.verify_token", ""), query.get("hub.challenge", "")
    right = hmac.compare_digest(wanted.encode(), given.encode("utf-8", "replace"))
    return asked if wanted and right and query.get("hub.mode") == "subscribe" and asked.isalnum() else None


def read_delivery(raw: bytes) -> Delivery:
    """The submissions in a body whose signature was right. UnreadableError when it is no JSON object."""
    body, delivery = read_object(raw), Delivery()
    platform = _PLATFORMS.get(text(body.get("object")))
    if platform is None:
        delivery.take("object")
        return delivery
    for entry in objects(body.get("entry")):
        _read_entry(delivery, platform, entry)
    return delivery


def _read_entry(delivery: Delivery, platform: str, entry: Json) -> None:
    own = text(entry.get("id"))
    for event in objects(entry.get("messaging")):
        delivery.take(read_message(platform, own, event))
    for change in _changes(entry):
        if platform == "whatsapp":
            read_whatsapp(delivery, change)
        elif "sender" in obj(change.get("value")):  # a message in a change's clothes, as the dashboard's test sends
            delivery.take(read_message(platform, own, obj(change.get("value"))))
        else:
            read = read_facebook if platform == "facebook" else read_instagram
            delivery.take(read(own, entry, change))


def _changes(entry: Json) -> Iterator[Json]:
    """Apps with Instagram's own login get one change a time, without the list."""
    yield from objects(entry.get("changes"))
    if "field" in entry:
        yield entry


META: Final = Webhook(
    path="/webhooks/meta",
    is_genuine=lambda settings, headers, raw: is_signed(
        settings.meta_app_secret.get_secret_value(), raw, headers.get("x-hub-signature-256")
    ),
    read=lambda _settings, raw: read_delivery(raw),
    challenge=challenge,
)
