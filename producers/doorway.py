"""What all handlers of the HTTP intake share: the door behind threads, who calls and how often, keys and types."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus
from typing import Final, ParamSpec, TypeVar

from starlette.requests import Request

from aduan.counter_session import MAY_ENTER
from aduan.settings import Settings
from aduan.tokens import Caller, Role, Tokens, bearer
from producers.bodies import Bodies
from producers.door import Door, Receipt
from producers.gathering import Gathering
from producers.limits import Limits
from producers.problems import ProblemError, unavailable
from producers.submission import FieldError, Submission
from schemas.topics import MAX_TEXT_BYTES

SOURCE: Final = "/producers/web"
PUBLIC: Final = "web"
"""Account of complaints that come without a token."""
AT_ONCE: Final = 64
"""Pieces of work in the door's threads at once; four times as many wait for a place, the rest is told 503."""
MAX_KEY: Final = 255
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
        self.tokens = tokens
        self.secret = settings.require_secret()
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

    def holder(self, token: str | None) -> Caller | None:
        """Who holds that token, uncounted; None for nobody."""
        return self.tokens.find(token)

    def caller(self, request: Request) -> Caller | None:
        """Who calls, counted against their limit; None without a token. A wrong token is a 401."""
        authorization = request.headers.get("authorization")
        if authorization is None:
            self.limits.public(address(request))
            return None
        caller = self.tokens.find(bearer(authorization))
        if caller is None:
            self.limits.public(address(request))
            raise ProblemError(
                HTTPStatus.UNAUTHORIZED, "the token is not valid", headers={"WWW-Authenticate": "Bearer"}
            )
        if caller.role is Role.ADAPTER:
            self.limits.adapter(caller)
        elif caller.role in MAY_ENTER:
            self.limits.clerk(caller)
        else:
            self.limits.public(address(request))
        return caller


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


def refuse_parameters(request: Request) -> None:
    """ProblemError(400) that names a parameter of the query, for a path that takes none: it would do nothing."""
    for name in request.query_params:
        unknown = FieldError(name[:60], "unknown_parameter", "is not known; this path takes no parameters")
        raise ProblemError(HTTPStatus.BAD_REQUEST, "a parameter is wrong", unknown)


def require_type(request: Request, *types: str) -> str:
    """The media type of the body; ProblemError(415) when it is none of these."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in types:
        raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"the body must be {' or '.join(types)}")
    return given


def address(request: Request) -> str:
    """The client's address, as uvicorn knows it (it trusts only `ADUAN_INTAKE_PROXIES`)."""
    return request.client.host if request.client else "unknown"
