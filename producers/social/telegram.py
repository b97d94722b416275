"""Messages to our Telegram bot, in private or in a group: https://core.telegram.org/bots/api#update.

All that a platform with a webhook needs: who may call, and what an update says. Telegram tells a bot of edits, never of
deletions.
"""

import hmac
from typing import Final

from aduan.settings import Settings
from producers.social.adapters import Webhook
from producers.social.reading import Json, file_line, lines, moment, number, obj, read_object, text
from producers.social.said import Delivery, Said, heard
from producers.submission import Submission
from schemas.events import ReplyKind

_FILES: Final = ("photo", "video", "video_note", "voice", "audio", "document", "animation")
_NO_MESSAGE: Final = ("channel_post", "edited_channel_post", "callback_query", "my_chat_member", "message_reaction")


def read_update(settings: Settings, raw: bytes) -> Delivery:
    """The submission in an update whose secret was right. UnreadableError when it is no JSON object."""
    update, delivery = read_object(raw), Delivery()
    bot = settings.telegram_token.get_secret_value().partition(":")[0] or "bot"
    kind = ReplyKind.REPLY if "message" in update else ReplyKind.EDIT
    message = obj(update.get("message")) or obj(update.get("edited_message"))
    delivery.take(
        _read(bot, message, kind) if message else next((one for one in _NO_MESSAGE if one in update), "update")
    )
    return delivery


def _read(bot: str, message: Json, kind: ReplyKind) -> Submission | str:
    author = obj(message.get("sender_chat")) or obj(message.get("from"))
    sender, chat = number(author.get("id")), obj(message.get("chat"))
    where, public = number(chat.get("id")), text(chat.get("type")) != "private"
    if sender == bot or message.get("is_automatic_forward"):
        return "own"
    words = _words(message)
    if words is None:
        return "command"
    answered, album = obj(message.get("reply_to_message")), text(message.get("media_group_id"))
    return heard(
        Said(
            platform="telegram",
            account=bot,
            sender=sender,
            id=f"{where}/{number(message.get('message_id'))}",
            text=words,
            kind=kind,
            version=number(message.get("edit_date")),
            answers=(f"{where}/{number(answered.get('message_id'))}",) if answered else (),
            group=f"{where}/album:{album}" if album else "",
            quoted=text(answered.get("text")) if number(obj(answered.get("from")).get("id")) == bot else "",
            public=public,
            name=" ".join(part for part in (text(author.get("first_name")), text(author.get("last_name"))) if part)
            or text(author.get("title")),
            handle=text(author.get("username")),
            sent_at=moment(message.get("date")),
            automated=author.get("is_bot") is True,
        )
    )


def _words(message: Json) -> str | None:
    """Text or caption, and a line for each file or place, which we don't fetch; None for a bare command: /start."""
    said = text(message.get("text")) or text(message.get("caption"))
    if said.startswith("/"):  # "/lapor@aduan_bot PIP belum cair"
        said = said.partition(" ")[2].strip()
        if not said:
            return None
    files = [file_line(kind, about=text(obj(message.get(kind)).get("file_name"))) for kind in _FILES if kind in message]
    place = obj(message.get("location"))
    point = [str(place[key]) for key in ("latitude", "longitude") if isinstance(place.get(key), float)]
    return lines(said, *files, f"[location] {', '.join(point)}" if point else "")


TELEGRAM: Final = Webhook(
    path="/webhooks/telegram",
    is_genuine=lambda settings, headers, _raw: is_ours(
        settings.telegram_secret.get_secret_value(), headers.get("x-telegram-bot-api-secret-token", "")
    ),
    read=read_update,
)


def is_ours(secret: str, given: str) -> bool:
    """Whether the call holds the secret that we set with the webhook; never, without one. Constant time."""
    return bool(secret) and hmac.compare_digest(secret.encode(), given.encode("utf-8", "replace"))
