"""Files on a host name of their own: nothing else is there, and files are nowhere else (`ADUAN_FILES_URL`)."""

from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from portal.problems import problem

FILES: Final = "/berkas/"
_EVERYWHERE: Final = "/healthz"


class OwnHost:
    """Answers 404 where host name and path do not belong together. Does nothing while no host name is set."""

    def __init__(self, app: ASGIApp, files_url: str) -> None:
        self._app = app
        self._host = urlsplit(files_url).hostname if files_url else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or self._host is None or self._belongs(Request(scope)):
            await self._app(scope, receive, send)
            return
        status = HTTPStatus.NOT_FOUND
        body = problem(status, "there is nothing of that name on this host")
        answer = JSONResponse(body, status, {"Cache-Control": "no-store"}, "application/problem+json")
        await answer(scope, receive, send)

    def _belongs(self, request: Request) -> bool:
        path = request.url.path
        return path == _EVERYWHERE or (request.url.hostname == self._host) == path.startswith(FILES)
