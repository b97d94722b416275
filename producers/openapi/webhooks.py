"""The webhooks in the OpenAPI document, in summary: what a platform sends is the platform's to describe."""

from collections.abc import Iterator
from typing import Any, Final

from producers.openapi.operation import JSON, Answer, Operation, header, query, refusals
from producers.social.adapters import Webhook
from producers.social.registry import ADAPTERS

_TEXT: Final = {"text/plain": str}
_PROOF: Final = {
    "meta": header("X-Hub-Signature-256", "sha256= and the HMAC of the raw body."),
    "telegram": header("X-Telegram-Bot-Api-Secret-Token", "The secret that was given to setWebhook."),
}
"""What shows that a call is genuine, by the adapter's name."""


def webhook_operations() -> list[Operation]:
    """Of every adapter that has a webhook."""
    return [one for adapter in ADAPTERS if adapter.webhook for one in _of(adapter.name, adapter.webhook)]


def _of(name: str, webhook: Webhook) -> Iterator[Operation]:
    yield Operation(
        "POST",
        webhook.path,
        f"deliver{name.capitalize()}",
        "Webhooks",
        f"A delivery of {name.capitalize()}; 200 once all of it is kept.",
        {200: Answer("All kept.", _TEXT)} | refusals(400, 401, 405, 408, 413, 429, 503),
        (_PROOF[name],) if name in _PROOF else (),
        {JSON: dict[str, Any]},
    )
    if webhook.challenge is not None:
        yield Operation(
            "GET",
            webhook.path,
            f"subscribe{name.capitalize()}",
            "Webhooks",
            f"The challenge of {name.capitalize()} when it subscribes.",
            {200: Answer("The challenge.", _TEXT)} | refusals(403, 405),
            tuple(
                query(f"hub.{part}", what)
                for part, what in (("mode", "subscribe"), ("verify_token", "Ours."), ("challenge", "Given back."))
            ),
        )
