"""A loopback server that speaks as Mastodon, X, Meta and Telegram do, as far as our pollers and senders ask."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.serving import serving
from tests.social_payloads import payloads

X_PAGE = 25
"""Posts of a page; X gives up to 100."""


@dataclass
class Platforms:
    """What the platforms hold, what they were sent, and what they answer instead when told so."""

    toots: list[dict[str, Any]] = field(default_factory=list)
    posts: list[dict[str, Any]] = field(default_factory=list)
    sent: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)
    """Path, headers and body of every answer that was taken."""
    instead: list[Response] = field(default_factory=list)
    """Answers that come once each instead of the right one."""
    asked: list[str] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    above: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    url: str = ""

    def toot(self, number: int) -> None:
        """Somebody mentions us on Mastodon for the n-th time."""
        notification = payloads("mastodon")["notifications"]["mention"]
        notification |= {"id": str(1_000 + number)}
        notification["status"] |= {"id": str(5_000 + number), "content": f"<p>@aduan keluhan nomor {number}</p>"}
        self.toots.append(notification)

    def post(self, number: int) -> None:
        """Somebody mentions us on X for the n-th time."""
        post = payloads("x")["pages"][1]["data"][-1] | {"id": str(7_000 + number), "text": f"keluhan nomor {number}"}
        del post["note_tweet"]
        self.posts.append(post | {"edit_history_tweet_ids": [post["id"]]})

    async def own(self, _request: Request) -> Response:
        """`GET /api/v1/accounts/verify_credentials`."""
        return JSONResponse(payloads("mastodon")["own"])

    async def notifications(self, request: Request) -> Response:
        """`GET /api/v1/notifications`: those just after `min_id`, the newest of them first."""
        if self._odd(request):
            return self.instead.pop(0)
        assert request.headers["authorization"] == "Bearer masto-token"
        assert request.query_params.getlist("types[]") == ["mention", "update"]
        after, limit = int(request.query_params["min_id"]), int(request.query_params["limit"])
        found = [one for one in self.toots if int(one["id"]) > after][:limit]
        return JSONResponse(found[::-1])

    async def context(self, request: Request) -> Response:
        """`GET /api/v1/statuses/:id/context`: what stands above a post."""
        above = self.above.get(request.path_params["id"])
        return JSONResponse({"error": "Record not found"}, 404) if above is None else JSONResponse({"ancestors": above})

    async def mentions(self, request: Request) -> Response:
        """`GET /2/users/:id/mentions`: newest first, in pages."""
        if self._odd(request):
            return self.instead.pop(0)
        assert request.headers["authorization"] == "Bearer x-bearer"
        after, skipped = (
            int(request.query_params.get("since_id", "0")),
            int(request.query_params.get("pagination_token", "0")),
        )
        found = [one for one in self.posts if int(one["id"]) > after][::-1]
        page = found[skipped : skipped + X_PAGE]
        more = {"next_token": str(skipped + X_PAGE)} if skipped + X_PAGE < len(found) else {}
        users = payloads("x")["pages"][1]["includes"]["users"]
        return JSONResponse(
            {"data": page, "includes": {"users": users}, "meta": {"result_count": len(page)} | more}
            if page
            else payloads("x")["empty"]
        )

    async def take(self, request: Request) -> Response:
        """Any POST: an answer of ours. Mastodon's key makes a retry the same status."""
        if self._odd(request):
            return self.instead.pop(0)
        key = request.headers.get("idempotency-key")
        if key is None or key not in self.keys:
            self.sent.append((request.url.path, dict(request.headers), json.loads(await request.body())))
        self.keys.update([key] if key else [])
        return JSONResponse({"ok": True, "id": "1"})

    def _odd(self, request: Request) -> bool:
        self.asked.append(f"{request.url.path}?{request.url.query}")
        return bool(self.instead)


@contextmanager
def platforms() -> Iterator[Platforms]:
    """The platforms on a free loopback port while the block runs."""
    made = Platforms()
    app = Starlette(
        routes=[
            Route("/api/v1/accounts/verify_credentials", made.own),
            Route("/api/v1/notifications", made.notifications),
            Route("/api/v1/statuses/{id}/context", made.context),
            Route("/2/users/{id}/mentions", made.mentions),
            Route("/{path:path}", made.take, methods=["POST"]),
        ]
    )
    with serving(app) as client:
        made.url = str(client.base_url).rstrip("/")
        yield made
