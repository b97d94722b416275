"""The index as the intake's origin reads it: in threads of its own, few at once, and a 503 when it is not there.

Nothing here may hold up a complaint: reads never run on the event loop, wait only seconds, and are refused when many
wait. The engine is asked for first when somebody reads, so the intake starts, and takes complaints, without it.
"""

import asyncio
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

import structlog
from elasticsearch import ApiError, Elasticsearch, TransportError

from aduan.settings import Settings
from consumers.index import read_alias, unavailable
from consumers.search_engine import search_client
from portal.fence import Fenced
from producers.problems import ProblemError
from schemas.errors import UnavailableError

AT_ONCE: Final = 4
WAITING: Final = 32
"""Reads under way and waiting together; one more is told 503."""
PATIENCE: Final = 4.0
"""Seconds after which a reader is told 503."""
_REQUEST_SECONDS: Final = 3.0
_RETRY_SECONDS: Final = "5"
_REST: Final = 1.0
"""Seconds in which nobody asks an engine that did not answer, so that not each reader finds out alone."""
_log = structlog.get_logger(__name__)
Source = Mapping[str, Any]
_NONE: Final[Mapping[str, int]] = MappingProxyType({})


class IndexReader:
    """Finds documents for pages of the public. Only a query inside a fence is taken (`portal.fence`)."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="index-reader")
        self._places = threading.BoundedSemaphore(WAITING)
        self._connecting = threading.Lock()
        self._client: Elasticsearch | None = None
        self._rests_until = 0.0

    async def find(
        self,
        query: Fenced,
        fields: Sequence[str],
        *,
        size: int = 1,
        sort: Sequence[Mapping[str, str]] = (),
        beginnings: Mapping[str, int] = _NONE,
    ) -> list[Source]:
        """The named fields of at most `size` documents; ProblemError(503) with Retry-After when they can't be read.

        `beginnings` are text fields of which about that many characters are enough: a thousand texts of 256 kB
        would be too much for this process, so the engine cuts them.
        """
        body = {"query": query, "_source": list(fields), "size": size, "track_total_hits": False}
        if sort:
            body["sort"] = list(sort)
        if beginnings:
            body["highlight"] = {"fields": {name: _beginning(most) for name, most in beginnings.items()}}
        if self._rests() or not self._places.acquire(blocking=False):
            raise _away()
        future = self._threads.submit(self._ask, body)
        future.add_done_callback(self._done)
        try:
            async with asyncio.timeout(PATIENCE):
                return await asyncio.wrap_future(future)
        except UnavailableError:
            raise _away() from None
        except TimeoutError:
            self._rest(f"no answer within {PATIENCE:g} s")
            raise _away() from None

    def close(self) -> None:
        """End the threads and the connection."""
        self._threads.shutdown(cancel_futures=True)
        if self._client is not None:
            self._client.close()

    def _done(self, _future: Future[list[Source]]) -> None:
        self._places.release()

    def _ask(self, body: Mapping[str, Any]) -> list[Source]:
        client = self._connected().options(request_timeout=_REQUEST_SECONDS)
        try:
            answer = client.search(index=read_alias(self._settings), body=dict(body)).body
        except TransportError as error:
            self._rest(type(error).__name__)
            raise unavailable(error) from None
        except ApiError as error:  # of this request alone: others are not held up by it
            _log.warning("index_refused", status=error.meta.status)
            raise unavailable(error) from None
        if answer["timed_out"] or answer["_shards"]["failed"]:
            _log.warning("index_answered_in_part")
            raise UnavailableError("the search engine answered in part only")
        return [hit["_source"] | _joined(hit.get("highlight", {})) for hit in answer["hits"]["hits"]]

    def _connected(self) -> Elasticsearch:
        """The client; made by the first read that finds the engine. Who waits for a failed attempt fails with it."""
        with self._connecting:
            if self._client is None:
                if self._rests():
                    raise UnavailableError("the search engine did not answer a moment ago")
                try:
                    self._client = search_client(self._settings)
                except UnavailableError as error:
                    self._rest(str(error))
                    raise
            return self._client

    def _rests(self) -> bool:
        return time.monotonic() < self._rests_until

    def _rest(self, why: str) -> None:
        """Leave the engine alone for a moment; logged once for all that waited."""
        if not self._rests():
            _log.warning("index_away", why=why)
        self._rests_until = time.monotonic() + _REST


def _beginning(most: int) -> dict[str, Any]:
    """The highlighter's way to cut: a query inside a fence has no words, so nothing matches and the text begins."""
    return {"type": "unified", "number_of_fragments": 1, "fragment_size": most, "no_match_size": most}


def _joined(fragments: Mapping[str, list[str]]) -> dict[str, str]:
    return {name: "".join(parts) for name, parts in fragments.items()}


def _away() -> ProblemError:
    return ProblemError(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "cases can't be looked up just now; complaints are still taken",
        headers={"Retry-After": _RETRY_SECONDS},
    )
