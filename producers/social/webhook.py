"""`/webhooks/meta`: 200 only after every complaint in the delivery is acknowledged; Meta sends it again otherwise."""

import asyncio
import hmac
from http import HTTPStatus
from typing import Final

import structlog
from prometheus_client import Counter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from producers.doorway import address, doorway_of
from producers.problems import ProblemError
from producers.social.meta import is_signed, read_delivery
from schemas.errors import InvalidError, UnreadableError

MAX_BYTES: Final = 2_000_000
_IGNORED = Counter("aduan_webhook_ignored", "Parts of webhooks that are no complaint, by kind.", ["kind"])
_log = structlog.get_logger(__name__)


async def get_meta(request: Request) -> Response:
    """The challenge that Meta sends when a page subscribes; 403 for a wrong verify token."""
    wanted = doorway_of(request).settings.meta_verify_token.get_secret_value()
    given = request.query_params.get("hub.verify_token", "")
    challenge = request.query_params.get("hub.challenge", "")
    right = hmac.compare_digest(wanted.encode(), given.encode("utf-8", "replace"))
    if not (wanted and right and request.query_params.get("hub.mode") == "subscribe" and challenge.isalnum()):
        raise ProblemError(HTTPStatus.FORBIDDEN, "the verify token is wrong, or this is no subscription")
    return PlainTextResponse(challenge)


async def post_meta(request: Request) -> Response:
    """200: all kept. 401: forged. 400: signed, but no JSON. 503: send it again."""
    doorway = doorway_of(request)
    doorway.limits.webhook(address(request))
    raw = await doorway.bodies.read(request, MAX_BYTES)
    secret = doorway.settings.meta_app_secret.get_secret_value()
    if not is_signed(secret, raw, request.headers.get("x-hub-signature-256")):
        raise ProblemError(HTTPStatus.UNAUTHORIZED, "the signature is missing or wrong")
    try:
        delivery = read_delivery(raw)
    except UnreadableError:
        raise ProblemError(HTTPStatus.BAD_REQUEST, "the body is signed but is not a JSON object") from None
    for kind, count in delivery.ignored.items():
        _IGNORED.labels(kind).inc(count)
    outcomes = await asyncio.gather(*map(doorway.submit, delivery.submissions), return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, InvalidError):
            # A redelivery would be refused for ever: the first one won, and Meta is told that all is well.
            _log.warning("webhook_refused", reason=outcome.reason.value)
        elif isinstance(outcome, BaseException):
            raise outcome
    return PlainTextResponse("EVENT_RECEIVED")
