"""Writes to and reads from the search engine, patiently: what is unavailable is tried again until it is done."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from elasticsearch import ApiError, Elasticsearch, TransportError

from aduan.connections.patience import Patience
from consumers.bulk import FILTER_PATH, Action, Verdict, bodies, verdicts
from consumers.index import unavailable
from schemas.errors import UnavailableError

_HEADERS: Final = {"accept": "application/json", "content-type": "application/x-ndjson"}
_READ_AT_ONCE: Final = 500
Address = tuple[str, str]
"""(index, document id)"""


class Found(NamedTuple):
    """A document as it is now, whether searches see it already or not."""

    source: dict[str, Any]
    seq_no: int
    term: int


class Writer:
    """The engine for one thread. Raises UnavailableError only once the process is told to stop."""

    def __init__(self, client: Elasticsearch, patience: Patience) -> None:
        self._client = client
        self._patience = patience

    def write(self, actions: Sequence[Action]) -> list[Verdict]:
        """DONE, CONFLICT or REFUSED for each action; those that were unavailable are sent again until they are not."""
        found: list[Verdict] = [Verdict.UNAVAILABLE] * len(actions)

        def attempt() -> list[Verdict]:
            left = [place for place, verdict in enumerate(found) if verdict is Verdict.UNAVAILABLE]
            start = 0
            for count, body in bodies([actions[place] for place in left]):
                sent = left[start : start + count]
                for place, verdict in zip(sent, self._send(body, count), strict=True):
                    found[place] = verdict
                start += count
            if Verdict.UNAVAILABLE in found:
                raise UnavailableError("the search engine can't write to the index now")
            return found

        return self._patience.until_done(attempt) if actions else []

    def read(self, addresses: Iterable[Address]) -> dict[Address, Found]:
        """The documents that exist of these, in real time (not as of the last refresh)."""
        wanted = list(dict.fromkeys(addresses))
        found: dict[Address, Found] = {}
        for start in range(0, len(wanted), _READ_AT_ONCE):
            some = wanted[start : start + _READ_AT_ONCE]
            found |= self._patience.until_done(lambda some=some: self._read(some))  # type: ignore[misc] # a default
        return found

    def _send(self, body: bytes, count: int) -> list[Verdict]:
        try:
            answer = self._client.perform_request(
                "POST", "/_bulk", params={"filter_path": FILTER_PATH}, headers=_HEADERS, body=body
            )
        except (ApiError, TransportError) as error:
            raise unavailable(error) from None
        return verdicts(answer.body, count)

    def _read(self, addresses: list[Address]) -> dict[Address, Found]:
        docs = [{"_index": index, "_id": doc_id} for index, doc_id in addresses]
        try:
            answer = self._client.mget(docs=docs, realtime=True).body["docs"]
        except (ApiError, TransportError) as error:
            raise unavailable(error) from None
        if len(answer) != len(docs) or any("error" in doc for doc in answer):
            raise UnavailableError("the search engine can't read from the index now")
        return {
            (doc["_index"], doc["_id"]): Found(doc["_source"], doc["_seq_no"], doc["_primary_term"])
            for doc in answer
            if doc["found"]
        }
