"""The HTTP intake: JSON complaints and replies, the form, webhooks. Says 202 only with a receipt in hand."""

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus
from typing import Final, ParamSpec, TypeVar

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aduan.regions import provinces, regencies
from aduan.settings import Settings
from aduan.taxonomy import taxonomy
from aduan.tokens import Caller, Role, Tokens, bearer
from producers.bodies import SMALL, Bodies
from producers.door import Door, Receipt
from producers.gathering import Gathering
from producers.limits import Limits
from producers.problems import HANDLED, ProblemError, answer_problem, unavailable
from producers.submission import FieldError, Submission, WebComplaint, WebReply, read_body
from schemas.events import Channel
from schemas.topics import MAX_TEXT_BYTES

SOURCE: Final = "/producers/web"
PUBLIC: Final = "web"
"""Account of complaints that come without a token."""
AT_ONCE: Final = 64
"""Submissions in the door's threads at once; as many wait for a place, the rest is told 503."""
MAX_KEY: Final = 255
JSON_TYPES: Final = ("application/json",)
_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'"),
)
P = ParamSpec("P")
T = TypeVar("T")


class Doorway:
    """What every handler of the intake shares: the door in threads, tokens, limits, bodies."""

    def __init__(self, settings: Settings, door: Door, tokens: Tokens) -> None:
        self.settings = settings
        self.door = door
        self.limits = Limits(settings)
        self.bodies = Bodies(settings.intake_body_seconds)
        self.body_bytes = settings.attachments_bytes * 4 // 3 + 6 * MAX_TEXT_BYTES
        self._tokens = tokens
        self._gathering = Gathering(door, settings.publish_timeout)
        self._places = asyncio.Semaphore(AT_ONCE)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="door")
        self._waiting = 0

    async def submit(self, submission: Submission) -> Receipt:
        """The receipt, as `Door.submit`. Files take a thread of their own: writing them must not hold up the others."""
        if submission.files:
            return await self.run(self.door.submit, submission)
        return await self._gathering.submit(submission)

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do the door's work in a thread. When Kafka hangs, callers hear 503 within seconds, they don't pile up."""
        if self._waiting >= AT_ONCE * 4:
            raise unavailable()
        self._waiting += 1
        try:
            async with asyncio.timeout(self.settings.publish_timeout):
                await self._places.acquire()
        except TimeoutError:
            raise unavailable() from None
        finally:
            self._waiting -= 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, partial(work, *args, **kwargs))
        finally:
            self._places.release()

    def caller(self, request: Request) -> Caller | None:
        """Who calls, counted against their limit; None without a token. A wrong token is a 401."""
        authorization = request.headers.get("authorization")
        if authorization is None:
            self.limits.public(address(request))
            return None
        caller = self._tokens.find(bearer(authorization))
        if caller is None:
            self.limits.public(address(request))
            raise ProblemError(
                HTTPStatus.UNAUTHORIZED, "the token is not valid", headers={"WWW-Authenticate": "Bearer"}
            )
        if caller.role is Role.ADAPTER:
            self.limits.adapter(caller.name)
        else:
            self.limits.public(address(request))
        return caller


def create_app(settings: Settings, door: Door, tokens: Tokens) -> Starlette:
    """The intake as an ASGI application; makes no connection itself."""
    app = Starlette(
        routes=[
            Route("/api/v1/complaints", post_complaint, methods=["POST"]),
            Route("/api/v1/complaints/{complaint_id:uuid}/replies", post_reply, methods=["POST"]),
            Route("/api/v1/codes", get_codes, methods=["GET"]),
            Route("/healthz", get_health, methods=["GET"]),
        ],
        middleware=[Middleware(SecurityHeaders)],
        exception_handlers=dict.fromkeys(HANDLED, answer_problem),
    )
    app.state.doorway = Doorway(settings, door, tokens)
    return app


async def post_complaint(request: Request) -> Response:
    """202 with a receipt; the same key and body again gets the same receipt."""
    doorway = doorway_of(request)
    caller = doorway.caller(request)
    external_id = idempotency_key(request) or secrets.token_urlsafe(24)
    require_type(request, *JSON_TYPES)
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
    return accepted(receipt)


async def post_reply(request: Request) -> Response:
    """202 when the holder of the receipt has added something."""
    doorway = doorway_of(request)
    doorway.caller(request)
    key = idempotency_key(request)
    require_type(request, *JSON_TYPES)
    raw = await doorway.bodies.read(request, 6 * MAX_TEXT_BYTES)
    body = read_body(WebReply, raw)
    complaint_id = str(request.path_params["complaint_id"])
    return accepted(await doorway.run(doorway.door.reply, complaint_id, body.secret, body.text, key))


async def get_codes(_request: Request) -> Response:
    """The codes that a complaint may carry, with their labels."""
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


def accepted(receipt: Receipt) -> Response:
    """The yes."""
    return JSONResponse(
        {
            "complaint_id": receipt.complaint_id,
            "tracking_number": receipt.tracking_number,
            "secret": receipt.secret,
            "received_at": receipt.received_at.isoformat().replace("+00:00", "Z"),
            "links": {"replies": f"/api/v1/complaints/{receipt.complaint_id}/replies"},
        },
        status_code=HTTPStatus.ACCEPTED,
    )


def doorway_of(request: Request) -> Doorway:
    """What the handlers share."""
    doorway: Doorway = request.app.state.doorway
    return doorway


def idempotency_key(request: Request) -> str | None:
    """The header Idempotency-Key, or None; ProblemError(422) when it isn't 1 to 255 visible characters."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not (0 < len(key) <= MAX_KEY and key.isascii() and key.isprintable() and " " not in key):
        wrong = FieldError("Idempotency-Key", "format", "must be 1 to 255 visible ASCII characters")
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "a header is wrong", wrong)
    return key


def require_type(request: Request, *types: str) -> str:
    """The media type of the body; ProblemError(415) when it is none of these."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in types:
        raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"the body must be {' or '.join(types)}")
    return given


def address(request: Request) -> str:
    """The client's address, as uvicorn knows it (it trusts only `ADUAN_INTAKE_PROXIES`)."""
    return request.client.host if request.client else "unknown"


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
