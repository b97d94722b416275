"""Answers of our Telegram bot: https://core.telegram.org/bots/api#sendmessage."""

from http import HTTPStatus
from typing import Any, Final

from aduan.connections.addresses import guarded
from aduan.reply_paths import answered, is_public, names_post
from aduan.settings import Settings
from consumers.replies.calls import Call, fitting, refused, verdict
from schemas.content import ReplyPath
from schemas.errors import RefusedError, UnavailableError

_LONGEST: Final = 4_096


def telegram_call(settings: Settings, path: ReplyPath, text: str, _key: str) -> Call:
    """The request; the message that is answered is CHAT/MESSAGE. RefusedError without a token."""
    token = settings.telegram_token.get_secret_value()
    if not token:
        raise refused("no token is set for our bot (ADUAN_TELEGRAM_TOKEN)")
    chat, _, message = answered(path).rpartition("/")
    body: dict[str, Any] = {
        "chat_id": _number(chat) if is_public(path) else _number(path.to),
        "text": fitting(text, _LONGEST),
        "link_preview_options": {"is_disabled": True},
    }
    if message.isdecimal() and (is_public(path) or not names_post(path)):
        # What was deleted meanwhile is answered all the same, without a quote.
        body["reply_parameters"] = {"message_id": int(message), "allow_sending_without_reply": True}
    return Call(f"{guarded(settings.telegram_url, 'ADUAN_TELEGRAM_URL')}/bot{token}/sendMessage", body, {})


def telegram_verdict(platform: str, status: int, _body: object) -> RefusedError | UnavailableError | None:
    """As `verdict`; 404 is a wrong token, which is part of the address."""
    return verdict(platform, HTTPStatus.UNAUTHORIZED if status == HTTPStatus.NOT_FOUND else status)


def _number(chat: str) -> int | str:
    return int(chat) if chat.removeprefix("-").isdecimal() else chat
