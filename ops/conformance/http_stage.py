"""The kit's stage for an adapter that speaks HTTP: the real intake, with weather before it."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ops.conformance.deliveries import Deliveries, Delivery
from ops.conformance.feed import mark_in
from ops.conformance.judging import judging_door
from ops.conformance.weather import Sky, Weather
from ops.engines.ports import LOOPBACK
from producers.web import create_app
from schemas.errors import UnavailableError

RETRY_AFTER: Final = 1
_START_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 0.02


@dataclass
class HttpStage:
    """What the phases need: a sky, an environment, and what arrived; `refused` counts what was refused on purpose."""

    sky: Sky
    deliveries: Deliveries
    environment: Mapping[str, str] = field(default_factory=dict)
    kind: str = "http"
    refuses: bool = True
    _refused_mark: str | None = None

    def refuse(self, mark: str) -> None:
        """Answer 422 to this message from now on."""
        self._refused_mark = mark

    def catch_up(self) -> None:
        """Nothing to wait for: what was answered was judged."""

    def is_refused(self, mark: str | None) -> bool:
        """Whether that was said of this message."""
        return mark is not None and mark == self._refused_mark


class Front:
    """Stands before the intake: the weather first, then the intake, whose word is noted."""

    def __init__(self, app: ASGIApp, stage: HttpStage) -> None:
        self._app = app
        self._stage = stage

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        body = await Request(scope, receive).body()
        weather = self._stage.sky.meet()
        if weather is Weather.AWAY:
            problem = {"type": "about:blank", "title": "Service Unavailable", "status": 503}
            away = JSONResponse(problem, status_code=503, headers={"Retry-After": str(RETRY_AFTER)})
            await away(scope, receive, send)
            return
        if weather is Weather.HOLDS:
            await self._wait(weather)
            return
        await self._through(scope, body, send, heard=weather is Weather.FAIR)

    async def _wait(self, weather: Weather) -> None:
        while self._stage.sky.weather is weather:  # noqa: ASYNC110 - changed by another thread
            await asyncio.sleep(_LOOK_SECONDS)

    async def _through(self, scope: Scope, body: bytes, send: Send, *, heard: bool) -> None:
        mark = _mark(body)
        if self._stage.is_refused(mark):
            self._stage.deliveries.add(Delivery(mark, _key(scope), reason="refused_on_purpose"))
            problem = {"type": "about:blank", "title": "Unprocessable Content", "status": 422}
            await JSONResponse(problem, status_code=422)(scope, _empty, send)
            return
        answered: list[Message] = []

        async def keep(message: Message) -> None:
            answered.append(message)

        await self._app(scope, _sends(body), keep)
        self._stage.deliveries.add(_delivery(mark, _key(scope), answered))
        if not heard:
            await self._wait(Weather.UNHEARD)
            return
        for message in answered:
            await send(message)


def _delivery(mark: str | None, key: str | None, answered: list[Message]) -> Delivery:
    status = answered[0]["status"]
    said = _json(b"".join(message.get("body", b"") for message in answered[1:]))
    if status == HTTPStatus.ACCEPTED:
        return Delivery(mark, key, complaint_id=said["complaint_id"])
    errors = said.get("errors", [])
    wrong = tuple(f"{one['field']}: {one['message']}" for one in errors) or (str(said.get("detail", "no JSON intake")),)
    conflict = any(one.get("code") == "conflict" for one in errors)
    return Delivery(mark, key, reason="conflict" if conflict else f"http_{status}", wrong=wrong)


def _key(scope: Scope) -> str | None:
    found = next((value for name, value in scope["headers"] if name == b"idempotency-key"), None)
    return found.decode("latin-1") if found is not None else None


def _mark(body: bytes) -> str | None:
    text = _json(body).get("text")
    return mark_in(text if isinstance(text, str) else body.decode("utf-8", "replace"))


def _json(body: bytes) -> dict[str, Any]:
    """A JSON object; empty for anything else."""
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _sends(body: bytes) -> Receive:
    messages = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> Message:
        return next(messages, {"type": "http.disconnect"})

    return receive


async def _empty() -> Message:
    return {"type": "http.disconnect"}


@contextmanager
def http_stage(folder: Path) -> Iterator[HttpStage]:
    """The stage on a free loopback port while the block runs."""
    with judging_door(folder / "door") as (settings, door, tokens, token):
        stage = HttpStage(Sky(), Deliveries())
        app = Front(create_app(settings, door, tokens), stage)
        config = uvicorn.Config(app, host=LOOPBACK, port=0, log_config=None, lifespan="off", access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        deadline = time.monotonic() + _START_SECONDS
        while not server.started:
            if time.monotonic() > deadline:
                raise UnavailableError("the kit's intake did not start")
            time.sleep(_LOOK_SECONDS)
        port = server.servers[0].sockets[0].getsockname()[1]
        stage.environment = {"ADUAN_URL": f"http://{LOOPBACK}:{port}", "ADUAN_TOKEN": token}
        try:
            yield stage
        finally:
            stage.sky.change(Weather.FAIR)
            server.should_exit = True
            server.force_exit = True
            thread.join(10)
