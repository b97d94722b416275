"""Direct messages to a Facebook page or Instagram account: new, edited, taken back.

https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events
"""

from collections.abc import Iterator
from typing import Final

from producers.social.reading import Json, file_line, lines, moment, number, obj, objects, text
from producers.social.said import Said, heard
from producers.submission import Submission
from schemas.events import ReplyKind

_NO_MESSAGE: Final = ("delivery", "read", "reaction", "postback", "optin", "referral", "account_linking", "handover")
_MOST_FILES: Final = 10


def read_message(platform: str, own: str, event: Json) -> Submission | str:
    """A direct message, its edit or its deletion; or why it is none: an echo of ours, a receipt, a reaction."""
    sender = number(obj(event.get("sender")).get("id"))
    sent_at = moment(event.get("timestamp"), 1000)
    if edit := obj(event.get("message_edit")):
        if sender == own:
            return "echo"
        return heard(
            Said(
                platform=platform,
                account=own,
                sender=sender,
                id=text(edit.get("mid")),
                text=text(edit.get("text")),
                kind=ReplyKind.EDIT,
                version=number(edit.get("num_edit")),
                sent_at=sent_at,
            )
        )
    message = obj(event.get("message"))
    if not message:
        return next((kind for kind in _NO_MESSAGE if kind in event), "messaging")
    if message.get("is_echo") or sender == own:
        return "echo"
    deleted = bool(message.get("is_deleted"))
    answered = text(obj(message.get("reply_to")).get("mid"))
    return heard(
        Said(
            platform=platform,
            account=own,
            sender=sender,
            id=text(message.get("mid")),
            text="" if deleted else lines(text(message.get("text")), *_links(message.get("attachments"))),
            kind=ReplyKind.DELETION if deleted else ReplyKind.REPLY,
            answers=(answered,) if answered else (),
            sent_at=sent_at,
        )
    )


def _links(attachments: object) -> Iterator[str]:
    """Where pictures and films lie."""
    for one in objects(attachments)[:_MOST_FILES]:
        yield file_line(text(one.get("type")), text(obj(one.get("payload")).get("url")))
