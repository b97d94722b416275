"""Sends one answer by the channel that its complaint came by. A new platform is one module and one line of `WAYS`."""

import logging
from collections.abc import Callable
from typing import Final, NamedTuple

import httpx
import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from aduan.connections.addresses import guarded
from aduan.settings import Settings
from consumers.mailer import HandOver
from consumers.replies.calls import Call, refused, verdict
from consumers.replies.mastodon import mastodon_call
from consumers.replies.meta import meta_call, meta_verdict
from consumers.replies.receipts import id_of_answer
from consumers.replies.telegram import telegram_call, telegram_verdict
from consumers.replies.x import x_call
from schemas.content import ReplyPath
from schemas.errors import RefusedError, UnavailableError

_MOST_READ: Final = 100_000
"""Bytes of an error that are read; more than Meta's codes need."""


class Way(NamedTuple):
    """How one platform is written to: the request, what its answer means, and the settings without which it is off."""

    call: Callable[[Settings, ReplyPath, str, str], Call]
    verdict: Callable[[str, int, object], RefusedError | UnavailableError | None]
    needs: tuple[str, ...]
    url: str
    """The setting with its address."""


WAYS: Final[dict[str, Way]] = {
    "facebook": Way(meta_call, meta_verdict, ("meta_tokens",), "meta_url"),
    "instagram": Way(meta_call, meta_verdict, ("meta_tokens",), "meta_url"),
    "whatsapp": Way(meta_call, meta_verdict, ("meta_tokens",), "meta_url"),
    "telegram": Way(telegram_call, telegram_verdict, ("telegram_token",), "telegram_url"),
    "mastodon": Way(mastodon_call, verdict, ("mastodon_url", "mastodon_token"), "mastodon_url"),
    "x": Way(x_call, verdict, ("x_api_key", "x_api_secret", "x_access_token", "x_access_secret"), "x_url"),
}
"""By `ReplyPath.via`."""


class Reply(BaseModel):
    """One answer as an outbox holds it. `key` is its case's id, by which Mastodon knows a retry."""

    model_config = ConfigDict(frozen=True)

    path: ReplyPath
    text: str
    key: str


def open_ways(settings: Settings) -> tuple[str, ...]:
    """The platforms that have what they need. SettingsError when an address of theirs would show a token to others."""
    found = tuple(via for via, way in WAYS.items() if all(_is_set(settings, name) for name in way.needs))
    for via in found:
        guarded(getattr(settings, WAYS[via].url), f"ADUAN_{WAYS[via].url.upper()}")
    return found


def social_hand_over(settings: Settings, on_taken: Callable[[Reply, str], None] | None = None) -> HandOver:
    """Hand answers (`Reply` as JSON) to their platforms. For one thread: an outbox's.

    `on_taken` hears each answer that was taken and the id that its platform gave it ("" for none); it must not raise.

    RefusedError(REPLY_REFUSED): the platform will never take this one. UnavailableError: retry; AddressUnavailableError
    where only this person can't be written to now. Neither is logged here, and neither quotes the platform.
    """
    sender = Sender(settings)

    def hand_over(raw: bytes) -> None:
        try:
            reply = Reply.model_validate_json(raw)
        except ValidationError:
            raise refused("this is no answer to a post or message") from None
        identifier = sender.send(reply.path, reply.text, key=reply.key)
        if on_taken is not None:
            on_taken(reply, identifier)

    return hand_over


class Sender:
    """Sends answers over kept connections, each within `social_timeout` seconds. Thread-safe, as httpx's client is."""

    def __init__(self, settings: Settings) -> None:
        # At INFO httpx logs every address, and Telegram's holds the bot's token.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        self._settings = settings
        self._client = httpx.Client(timeout=settings.social_timeout, follow_redirects=False)

    def send(self, path: ReplyPath, text: str, *, key: str) -> str:
        """The id that the platform gave to the answer once it took it; otherwise raise as `social_hand_over` says."""
        way = WAYS.get(path.via)
        if way is None:
            raise refused("there is no way to answer on this platform")
        call = way.call(self._settings, path, text, key)
        try:
            with self._client.stream("POST", call.url, json=call.json, headers=dict(call.headers)) as response:
                status, body = response.status_code, _json(response)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise UnavailableError(f"{path.via} does not answer ({type(error).__name__})") from None
        if (no := way.verdict(path.via, status, body)) is not None:
            raise no
        return id_of_answer(path.via, body)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _json(response: httpx.Response) -> object:
    raw = b""
    for chunk in response.iter_bytes():
        raw += chunk
        if len(raw) > _MOST_READ:
            return None
    try:
        return orjson.loads(raw)
    except ValueError:
        return None


def _is_set(settings: Settings, name: str) -> bool:
    value = getattr(settings, name)
    return bool(value.get_secret_value() if hasattr(value, "get_secret_value") else value)
