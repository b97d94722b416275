"""Messages to a number of ours by WhatsApp's Cloud API, with answers, edits and deletions.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages. Files come as ids
that only our access token opens: they are named in the text and not fetched.
"""

from collections.abc import Callable
from typing import Final

from producers.social.reading import Json, file_line, lines, moment, number, obj, objects, text
from producers.social.said import Delivery, Said, heard
from producers.submission import Submission
from schemas.events import ReplyKind

_MEDIA: Final = ("image", "video", "audio", "document")
_IGNORED: Final = {"reaction", "sticker", "system", "unsupported", "unknown", "order", "request_welcome"}


def read_change(delivery: Delivery, change: Json) -> None:
    """All messages of a change; receipts of ours (`statuses`) and echoes are counted."""
    value, field = obj(change.get("value")), text(change.get("field"))
    if field != "messages":
        delivery.take("echo" if field == "smb_message_echoes" else "change")
        return
    for _status in objects(value.get("statuses")):
        delivery.take("status")
    contacts = {
        key: one for one in objects(value.get("contacts")) for key in (number(one.get("wa_id")), _scoped(one)) if key
    }
    own = number(obj(value.get("metadata")).get("phone_number_id"))
    for message in objects(value.get("messages")):
        delivery.take(_read_message(own, contacts, message))


def _read_message(own: str, contacts: dict[str, Json], message: Json) -> Submission | str:
    """`from` is the telephone number, which people with a username may hide; then the business-scoped id names them."""
    kind, sender = text(message.get("type")), number(message.get("from")) or text(message.get("from_user_id"))
    if kind in _IGNORED:
        return kind
    profile = obj(contacts.get(sender, {}).get("profile"))
    change, original, content = _changed(kind, message)
    answered = text(obj(content.get("context")).get("id"))
    return heard(
        Said(
            platform="whatsapp",
            account=own,
            sender=sender,
            id=original or text(message.get("id")),
            text="" if change is ReplyKind.DELETION else _words(content),
            kind=change,
            version=text(message.get("id"))[-32:] if change is ReplyKind.EDIT else "",
            answers=(answered,) if answered else (),
            name=text(profile.get("name")),
            handle=text(profile.get("username")),
            phone=f"+{sender}" if sender.isdecimal() else "",
            sent_at=moment(message.get("timestamp")),
        )
    )


def _changed(kind: str, message: Json) -> tuple[ReplyKind, str, Json]:
    """What a message does, to which one, and where its words stand."""
    if kind == "revoke":
        return ReplyKind.DELETION, text(obj(message.get("revoke")).get("original_message_id")), {}
    if kind == "edit":
        edit = obj(message.get("edit"))
        return ReplyKind.EDIT, text(edit.get("original_message_id")), obj(edit.get("message"))
    return ReplyKind.REPLY, "", message


def _words(content: Json) -> str:
    """What a message of any type says, in lines."""
    kind = text(content.get("type"))
    part = obj(content.get(kind))
    if kind in _MEDIA:
        named = f"{text(part.get('filename'))} whatsapp:{number(part.get('id'))}"
        return lines(text(part.get("caption")), file_line(kind, about=named))
    if kind == "contacts":
        return lines(*map(_contact, objects(content.get("contacts"))[:10]))
    return _READ.get(kind, _no_words)(part)


def _interactive(part: Json) -> str:
    chosen = obj(part.get(text(part.get("type"))))
    return lines(text(chosen.get("title")), text(chosen.get("description")), text(chosen.get("body")))


def _location(part: Json) -> str:
    named = ", ".join(one for one in (text(part.get("name")), text(part.get("address"))) if one)
    where = [part.get("latitude"), part.get("longitude")]
    point = ", ".join(str(one) for one in where if isinstance(one, int | float) and not isinstance(one, bool))
    return lines(f"[location] {named} ({point})" if named else f"[location] {point}")


def _contact(one: Json) -> str:
    phones = " ".join(text(phone.get("phone")) for phone in objects(one.get("phones"))[:3])
    return f"[contact] {text(obj(one.get('name')).get('formatted_name'))} {phones}".strip()


def _no_words(_part: Json) -> str:
    return ""


def _scoped(contact: Json) -> str:
    return text(contact.get("user_id"))


_READ: Final[dict[str, Callable[[Json], str]]] = {
    "text": lambda part: text(part.get("body")),
    "button": lambda part: text(part.get("text")),
    "interactive": _interactive,
    "location": _location,
}
