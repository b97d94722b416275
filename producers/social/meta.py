"""Meta's webhooks (Facebook pages, Instagram) as submissions. Pure: bytes in, submissions out.

Shapes: https://developers.facebook.com/docs/graph-api/webhooks/reference/page (feed, messages) and …/instagram
(comments, messages). Every message or comment of somebody else is a complaint with its own id; the rest is counted.
"""

import hashlib
import hmac
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from pydantic_core import from_json

from producers.submission import Submission
from schemas.content import Reporter
from schemas.errors import Reason, UnreadableError
from schemas.events import Channel

SOURCE: Final = "/producers/social/meta"
OBJECTS: Final = {"page": "facebook", "instagram": "instagram"}
_POSTS: Final = {"comment", "post", "status", "photo", "video", "share"}
_LONGEST_ID: Final = 500
Json = Mapping[str, Any]


@dataclass(slots=True)
class Delivery:
    """One webhook call: its complaints, and how many of what kind were no complaint."""

    submissions: list[Submission] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)


def is_signed(secret: str, raw: bytes, header: str | None) -> bool:
    """Whether `X-Hub-Signature-256` is the HMAC-SHA256 of the raw body; never, without a secret. Constant time."""
    if not secret or not header:
        return False
    expected = "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), header.strip().encode("utf-8", "replace"))


def read_delivery(raw: bytes) -> Delivery:
    """The complaints in a body whose signature was right. UnreadableError when it is no JSON object."""
    try:
        body = from_json(raw, allow_inf_nan=False)
    except ValueError:
        raise UnreadableError(Reason.MALFORMED_JSON, "the webhook's body is not JSON") from None
    if not isinstance(body, dict):
        raise UnreadableError(Reason.MALFORMED_JSON, "the webhook's body is not a JSON object")
    delivery = Delivery()
    platform = OBJECTS.get(body.get("object", "")) if isinstance(body.get("object"), str) else None
    if platform is None:
        delivery.ignored["object"] += 1
        return delivery
    for entry in _objects(body.get("entry")):
        own = _text(entry.get("id"))
        for message in _objects(entry.get("messaging")):
            _take(delivery, _read_message(platform, own, message))
        for change in _objects(entry.get("changes")):
            _take(delivery, _read_change(platform, own, entry, change))
    return delivery


def _take(delivery: Delivery, found: Submission | str) -> None:
    if isinstance(found, str):
        delivery.ignored[found] += 1
    else:
        delivery.submissions.append(found)


def _read_message(platform: str, own: str, event: Json) -> Submission | str:
    """A direct message, or why it is none: an echo of ours, a receipt, a reaction, an edit."""
    message = _object(event.get("message"))
    if not message:
        known = ("delivery", "read", "reaction", "postback", "message_edit", "optin", "referral")
        return next((kind for kind in known if kind in event), "messaging")
    sender = _text(_object(event.get("sender")).get("id"))
    if message.get("is_echo") or sender == own:
        return "echo"
    if message.get("is_deleted"):
        return "deleted"
    links = _links(message.get("attachments"))
    text = "\n".join(part for part in (_text(message.get("text")), *links) if part)
    return _submission(
        platform, own, sender, _text(message.get("mid")), text, sent_at=_moment(event.get("timestamp"), 1000)
    )


def _read_change(platform: str, own: str, entry: Json, change: Json) -> Submission | str:
    """A comment or visitor's post, or why it is none: a reaction, an edit or removal, our own."""
    value, kind = _object(change.get("value")), _text(change.get("field"))
    author = _object(value.get("from"))
    sender = _text(author.get("id"))
    if platform == "facebook":
        item, verb = _text(value.get("item")), _text(value.get("verb"))
        if kind != "feed" or item not in _POSTS:
            return item if kind == "feed" and item in {"reaction", "like"} else "change"
        if verb != "add":
            return "removed" if verb in {"remove", "delete", "hide"} else "edited"
        found = _text(value.get("comment_id")) or _text(value.get("post_id"))
        text, sent = _text(value.get("message")), _moment(value.get("created_time"), 1)
    else:
        if kind not in {"comments", "live_comments"}:
            return "change"
        found, text, sent = _text(value.get("id")), _text(value.get("text")), _moment(entry.get("time"), 1)
    if sender == own:
        return "own"
    return _submission(
        platform,
        own,
        sender,
        found,
        text,
        sent_at=sent,
        name=_text(author.get("name")) or None,
        handle=_text(author.get("username")) or None,
    )


def _submission(
    platform: str,
    own: str,
    sender: str,
    found: str,
    text: str,
    *,
    sent_at: datetime | None,
    name: str | None = None,
    handle: str | None = None,
) -> Submission:
    if not 0 < len(found) <= _LONGEST_ID:  # never lost for want of an id: what it says and when is its id then
        said = f"{found}\0{text}\0{sent_at.isoformat() if sent_at else ''}"
        found = "digest:" + hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()
    return Submission(
        channel=Channel.SOCIAL,
        account=f"{platform}:{own}"[:200],
        source=SOURCE,
        sender=sender,
        external_id=found,
        text=text,
        reporter=Reporter(name=name, handle=handle, external_id=f"{platform}:{sender}") if sender else None,
        sent_at=sent_at,
    )


def _links(attachments: object) -> Iterator[str]:
    """Where a picture or film lies, as a line of text: we do not fetch what a stranger names."""
    for one in _objects(attachments)[:10]:
        url = _text(_object(one.get("payload")).get("url"))
        yield f"[{_text(one.get('type')) or 'file'}] {url}".rstrip()


def _moment(value: object, per_second: int) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value / per_second, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> Sequence[Json]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
