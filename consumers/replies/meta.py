"""Answers on Facebook, Instagram and WhatsApp, all by Meta's Graph API.

https://developers.facebook.com/docs/messenger-platform/discovery/private-replies
https://developers.facebook.com/docs/graph-api/reference/object/comments
https://developers.facebook.com/docs/instagram-platform/private-replies
https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/text-messages
"""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote

from aduan.connections.addresses import guarded
from aduan.reply_paths import answered, is_public, names_post
from aduan.settings import Settings
from consumers.replies.calls import Call, Json, bearer, fitting, later, refused, verdict
from schemas.content import ReplyPath
from schemas.errors import RefusedError, UnavailableError

Body = tuple[str, Json]
"""Path below the Graph API's version, and what is posted there."""
_COMMENT: Final = {"facebook": 8_000, "instagram": 2_200}
_MESSAGE: Final = {"facebook": 2_000, "instagram": 1_000, "whatsapp": 4_096}
_TOKEN_CODES: Final = {102, 190}
"""An expired or withdrawn token, which Meta also answers with 400 (graph-api/guides/error-handling)."""
_BUSY_CODES: Final = {1, 2, 4, 17, 32, 341, 613, 80_006, 80_007, 130_429, 131_000, 131_016, 131_057, 133_016}
"""Too many calls or a passing fault, which Meta also answers with 400 or 403."""
_PAIR_CODES: Final = {131_056}
"""Too many messages to one person."""


def token_of(settings: Settings, account: str) -> str:
    """The access token of a page, Instagram account or WhatsApp number; "" when none is set.

    ADUAN_META_TOKENS is `ACCOUNT=TOKEN` by comma, or one token that serves all.
    """
    given = settings.meta_tokens.get_secret_value()
    if "=" not in given:
        return given.strip()
    pairs = (pair.partition("=") for pair in given.split(","))
    return next((token.strip() for name, _, token in pairs if name.strip() == account), "")


def meta_call(settings: Settings, path: ReplyPath, text: str, _key: str) -> Call:
    """The request. RefusedError when no token is set for this account."""
    token = token_of(settings, path.account)
    if not token:
        raise refused(f"no token is set for this {path.via} account (ADUAN_META_TOKENS)")
    where, body = _BODIES[path.via](path, text)
    return Call(f"{guarded(settings.meta_url, 'ADUAN_META_URL')}/{where}", body, bearer(token))


def _facebook(path: ReplyPath, text: str) -> Body:
    if is_public(path):
        return f"{quote(answered(path), safe='')}/comments", {"message": fitting(text, _COMMENT[path.via])}
    return f"{quote(path.account, safe='')}/messages", _message(path, text) | {"messaging_type": "RESPONSE"}


def _instagram(path: ReplyPath, text: str) -> Body:
    if is_public(path):
        return f"{quote(answered(path), safe='')}/replies", {"message": fitting(text, _COMMENT[path.via])}
    return "me/messages", _message(path, text)


def _message(path: ReplyPath, text: str) -> dict[str, Any]:
    """To whoever wrote to us, or as the one private reply that a post or comment may have within seven days."""
    recipient = {"comment_id": answered(path)} if names_post(path) else {"id": path.to}
    return {"recipient": recipient, "message": {"text": fitting(text, _MESSAGE[path.via])}}


def _whatsapp(path: ReplyPath, text: str) -> Body:
    """`to` is a telephone number; people who hide theirs have a business-scoped id (`ID.1349…`): `recipient`."""
    body: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to" if path.to.isdigit() else "recipient": path.to,
        "type": "text",
        "text": {"preview_url": False, "body": fitting(text, _MESSAGE[path.via])},
    }
    if path.ref:
        body["context"] = {"message_id": path.ref}
    return f"{quote(path.account, safe='')}/messages", body


_BODIES: Final[dict[str, Callable[[ReplyPath, str], Body]]] = {
    "facebook": _facebook,
    "instagram": _instagram,
    "whatsapp": _whatsapp,
}


def meta_verdict(platform: str, status: int, body: object) -> RefusedError | UnavailableError | None:
    """As `verdict`; Meta says in the body's `error.code` when a 4xx will pass."""
    error = body.get("error") if isinstance(body, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    if isinstance(error, dict) and isinstance(code, int) and not isinstance(code, bool):
        if code in _PAIR_CODES:
            return later(platform, code)
        if code in _TOKEN_CODES:
            return UnavailableError(f"{platform} does not take our token (code {code})")
        if code in _BUSY_CODES or error.get("is_transient") is True:
            return UnavailableError(f"{platform} takes no answer now (code {code})")
    return verdict(platform, status)
