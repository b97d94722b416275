"""Reading a request's body at the intake: a size limit while it streams, a time limit, and few large ones at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.types import Message

from producers.problems import ProblemError, unavailable

SMALL: Final = 256 * 1024
"""A body up to here needs no place among the large ones."""
LARGE_AT_ONCE: Final = 4


class Bodies:
    """Reads bodies; at most four large ones are in memory at once, whoever sends them."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._large = asyncio.Semaphore(LARGE_AT_ONCE)

    @asynccontextmanager
    async def place(self, request: Request) -> AsyncIterator[None]:
        """Hold a place while a body is in memory that is large or of unknown size. ProblemError(503): none is free."""
        declared = request.headers.get("content-length", "")
        if declared.isdigit() and int(declared) <= SMALL:
            yield
            return
        try:
            async with asyncio.timeout(self._seconds):
                await self._large.acquire()
        except TimeoutError:
            raise unavailable() from None
        try:
            yield
        finally:
            self._large.release()

    async def read(self, request: Request, most: int) -> bytes:
        """The body, at most `most` bytes. Raises ProblemError 413, or 408 when it doesn't arrive in time."""
        limited = self.limited(request, most)
        try:
            async with asyncio.timeout(self._seconds):
                return await limited.body()
        except TimeoutError:
            raise ProblemError(HTTPStatus.REQUEST_TIMEOUT, "the body did not arrive in time") from None

    def limited(self, request: Request, most: int) -> Request:
        """The request with a body that raises ProblemError(413) as soon as it is known to be larger than `most`."""
        declared = request.headers.get("content-length", "")
        if declared.isdigit() and int(declared) > most:
            raise _too_large(most)
        seen = 0

        async def receive() -> Message:
            nonlocal seen
            message = await request.receive()
            seen += len(message.get("body", b""))
            if seen > most:
                raise _too_large(most)
            return message

        return Request(request.scope, receive)


def _too_large(most: int) -> ProblemError:
    return ProblemError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body must be at most {most} bytes", headers={"Connection": "close"}
    )
