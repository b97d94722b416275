"""Who was erased, by the markers in the restricted index: for stages that act on an opening long after it was said."""

from collections.abc import Callable, Sequence
from typing import Final

from elasticsearch import ApiError, Elasticsearch, TransportError

from aduan.settings import Settings
from consumers.index import reporters_index, unavailable
from schemas.errors import UnavailableError

_AT_ONCE: Final = 500
Erased = Callable[[Sequence[str]], frozenset[str]]
"""Those of the complaints whose person was erased. Raises UnavailableError: it can't be told now."""


def erased_by_index(settings: Settings, client: Elasticsearch) -> Erased:
    """Ask the index `reporters`, in real time, for nothing but the markers."""

    def ask(complaints: Sequence[str]) -> frozenset[str]:
        some = (complaints[start : start + _AT_ONCE] for start in range(0, len(complaints), _AT_ONCE))
        return frozenset(one for ids in some for one in _erased(settings, client, ids))

    return ask


def _erased(settings: Settings, client: Elasticsearch, ids: Sequence[str]) -> list[str]:
    try:
        answer = client.mget(index=reporters_index(settings), ids=ids, realtime=True, source_includes=["erased_at"])
    except (ApiError, TransportError) as error:
        raise unavailable(error) from None
    docs = answer.body["docs"]
    if any("error" in doc for doc in docs):
        raise UnavailableError("the search engine can't read from the index now")
    return [doc["_id"] for doc in docs if doc.get("_source", {}).get("erased_at") is not None]
