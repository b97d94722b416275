"""The webhooks of all platforms: 200 only after every complaint in the call is acknowledged; else it is sent again."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Final

import structlog
from prometheus_client import Counter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from producers.door import utc_now
from producers.doorway import address, doorway_of
from producers.problems import ProblemError
from producers.social.adapters import Adapter, Webhook
from producers.social.loops import SocialLoops
from schemas.errors import BlockedError, InvalidError, UnreadableError

MAX_BYTES: Final = 3_200_000
"""Meta's batches end at 3 MB."""
IGNORED: Final = Counter("aduan_webhook_ignored", "Parts of webhooks and pages that are no complaint.", ["kind"])
Handler = Callable[[Request], Awaitable[Response]]
_log = structlog.get_logger(__name__)


def webhook_routes(adapters: Sequence[Adapter]) -> list[Route]:
    """The routes of all webhooks. One whose secret is not set is there too, and refuses every call."""
    routes = []
    for adapter in adapters:
        if adapter.webhook is None:
            continue
        routes.append(Route(adapter.webhook.path, _take(adapter.name, adapter.webhook), methods=["POST"]))
        if adapter.webhook.challenge is not None:
            routes.append(Route(adapter.webhook.path, _subscribe(adapter.webhook), methods=["GET"]))
    return routes


def _subscribe(webhook: Webhook) -> Handler:
    async def subscribe(request: Request) -> Response:
        """The challenge, as plain text; 403 for a wrong token."""
        found = webhook.challenge(doorway_of(request).settings, request.query_params) if webhook.challenge else None
        if found is None:
            raise ProblemError(HTTPStatus.FORBIDDEN, "the verify token is wrong, or this is no subscription")
        return PlainTextResponse(found)

    return subscribe


def _take(platform: str, webhook: Webhook) -> Handler:
    async def take(request: Request) -> Response:
        """200: all kept. 401: forged. 400: genuine, but no JSON. 503: send it again."""
        doorway = doorway_of(request)
        doorway.limits.webhook(address(request))
        raw = await doorway.bodies.read(request, MAX_BYTES)
        if not webhook.is_genuine(doorway.settings, request.headers, raw):
            raise ProblemError(HTTPStatus.UNAUTHORIZED, "the signature or secret is missing or wrong")
        try:
            delivery = webhook.read(doorway.settings, raw)
        except UnreadableError:
            raise ProblemError(HTTPStatus.BAD_REQUEST, "the body is genuine but is not a JSON object") from None
        for kind, count in delivery.ignored.items():
            IGNORED.labels(kind).inc(count)
        loops = SocialLoops(doorway.door.claims, doorway.settings.require_secret())
        judged = await doorway.run(loops.judge, delivery.submissions, utc_now()) if delivery.submissions else []
        outcomes = await asyncio.gather(*map(doorway.submit, judged), return_exceptions=True)
        settle(platform, [one for one in outcomes if isinstance(one, BaseException)])
        return PlainTextResponse("EVENT_RECEIVED")

    return take


def settle(platform: str, errors: Sequence[BaseException]) -> None:
    """Log what was refused and raise what is to come again.

    A redelivery of what is refused would be refused for ever (the first one won, or it is too large): the platform is
    told that all is well, and the other parts of the delivery stand. All of them come again when one could not be kept.
    """
    for error in errors:
        if isinstance(error, BlockedError):
            IGNORED.labels("unknown_deleted").inc()
        elif isinstance(error, InvalidError):
            _log.warning("webhook_refused", platform=platform, reason=error.reason.value)
    for error in errors:
        if not isinstance(error, InvalidError):
            raise error
