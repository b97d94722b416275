"""The HTTP intake: JSON complaints and replies, the form, webhooks. Says 202 only with a receipt in hand."""

import secrets
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aduan.hotlines import hotlines
from aduan.regions import provinces, regencies
from aduan.settings import Settings
from aduan.taxonomy import taxonomy
from aduan.tokens import Tokens
from producers.answering import answer_error
from producers.bodies import SMALL
from producers.counter import counter_routes
from producers.door import Door, Receipt
from producers.doorway import PUBLIC, SOURCE, Doorway, doorway_of, idempotency_key, refuse_parameters, require_type
from producers.forms import get_form, get_root, post_form
from producers.open311.routes import open311_routes
from producers.problems import HANDLED
from producers.receipt_asking import receipt_routes
from producers.social.registry import ADAPTERS
from producers.social.webhook import webhook_routes
from producers.submission import Submission, WebComplaint, WebReply, read_body
from schemas.events import Channel, Claimed
from schemas.topics import MAX_TEXT_BYTES, Lane

JSON_TYPE: Final = "application/json"
_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'"),
)


def create_app(settings: Settings, door: Door, tokens: Tokens, *, extra: Sequence[BaseRoute] = ()) -> Starlette:
    """The intake as an ASGI application; makes no connection itself.

    `extra` are routes of the same origin that need what a producer may not import, such as the index
    (`portal.public.public_routes`); they share the exception handlers, the headers and `doorway_of`.
    """
    app = Starlette(
        routes=[
            Route("/api/v1/complaints", post_complaint, methods=["POST"]),
            Route("/api/v1/complaints/{complaint_id:uuid}/replies", post_reply, methods=["POST"]),
            Route("/api/v1/codes", get_codes, methods=["GET"]),
            Route("/", get_root, methods=["GET"]),
            Route("/lapor", get_form, methods=["GET"]),
            Route("/lapor", post_form, methods=["POST"]),
            *webhook_routes(ADAPTERS),
            Route("/healthz", get_health, methods=["GET"]),
            *open311_routes(),
            *counter_routes(),
            *receipt_routes(),
            *extra,
        ],
        middleware=[Middleware(SecurityHeaders)],
        exception_handlers=dict.fromkeys(HANDLED, answer_error),
    )
    app.state.doorway = Doorway(settings, door, tokens)
    return app


async def post_complaint(request: Request) -> Response:
    """202 with a receipt; the same key and body again gets the same receipt."""
    doorway = doorway_of(request)
    caller = doorway.caller(request)
    refuse_parameters(request)
    external_id = idempotency_key(request) or secrets.token_urlsafe(24)
    require_type(request, JSON_TYPE)
    async with doorway.bodies.place(request):
        raw = await doorway.bodies.read(request, doorway.body_bytes)

        def read() -> Submission:
            return read_body(WebComplaint, raw).submission(
                channel=Channel.WEB,
                account=caller.name if caller else PUBLIC,
                source=SOURCE,
                external_id=external_id,
            )

        submission = read() if len(raw) <= SMALL else await doorway.run(read)
        receipt = await doorway.submit(submission)
    return accepted(receipt, submission.claimed)


async def post_reply(request: Request) -> Response:
    """202 when the holder of the receipt has added something."""
    doorway = doorway_of(request)
    doorway.caller(request)
    refuse_parameters(request)
    key = idempotency_key(request)
    require_type(request, JSON_TYPE)
    raw = await doorway.bodies.read(request, 6 * MAX_TEXT_BYTES)
    body = read_body(WebReply, raw)
    complaint_id = str(request.path_params["complaint_id"])
    return accepted(await doorway.run(doorway.door.reply, complaint_id, body.secret, body.text, key))


async def get_codes(request: Request) -> Response:
    """The codes that a complaint may carry, with their labels."""
    refuse_parameters(request)
    classes = taxonomy()
    labels = {
        field: [{"code": code, "id": label.id, "en": label.en} for code, label in classes.of(field).items()]
        for field in ("kategori", "kerahasiaan")
    }
    regions = [
        {
            "code": one.code,
            "name": one.name,
            "kabupaten": [{"code": r.code, "name": r.name} for r in regencies(one.code)],
        }
        for one in provinces()
    ]
    return JSONResponse(labels | {"provinsi": regions})


async def get_health(_request: Request) -> Response:
    """200 while the process answers; Kafka's state shows in what the door says."""
    return JSONResponse({"ok": True})


def accepted(receipt: Receipt, claimed: Claimed | None = None) -> Response:
    """The yes; when it is urgent, with where help is at once, nearest to what was claimed of the place."""
    urgent = receipt.lane is Lane.URGENT
    near = hotlines(claimed.kabupaten, claimed.provinsi) if claimed else hotlines()
    return JSONResponse(
        {
            "complaint_id": receipt.complaint_id,
            "tracking_number": receipt.tracking_number,
            "secret": receipt.secret,
            "received_at": receipt.received_at.isoformat().replace("+00:00", "Z"),
            "urgent": urgent,
            "hotlines": [{"number": one.number, "id": one.id, "en": one.en} for one in near] if urgent else [],
            "links": {"replies": f"/api/v1/complaints/{receipt.complaint_id}/replies"},
        },
        status_code=HTTPStatus.ACCEPTED,
    )


class SecurityHeaders:
    """Adds the headers that every answer has, unless the handler set its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(row for row in _HEADERS if row[0] not in present)]
            await send(message)

        await self._app(scope, receive, send_with_headers)
