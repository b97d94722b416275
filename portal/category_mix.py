"""How many cases of each category came in a period, and how sure the model was: counts inside the caller's fence."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from elasticsearch import ApiError, Elasticsearch, TransportError

from aduan.settings import Settings
from aduan.tokens import Caller
from consumers.index import read_alias, unavailable
from portal.fence import fenced
from schemas.errors import UnavailableError

_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class CategoryMix:
    """Cases by category, and their mean confidence; None where there are no cases."""

    kategori: dict[str, int]
    confidence: float | None

    @property
    def count(self) -> int:
        """All cases."""
        return sum(self.kategori.values())


def mix_body(caller: Caller, since: datetime, until: datetime) -> dict[str, Any]:
    """The request: no case, only counts. Automatic answers are no complaints."""
    period = {"range": {"received_at": {"gte": since.isoformat(), "lt": until.isoformat()}}}
    wanted = {"bool": {"filter": [period], "must_not": [{"term": {"automated": True}}]}}
    return {
        "query": fenced(wanted, caller),
        "size": 0,
        "aggs": {
            "kategori": {"terms": {"field": "kategori", "size": _MOST}},
            "confidence": {"avg": {"field": "confidence"}},
        },
    }


def read_mix(
    settings: Settings, client: Elasticsearch, caller: Caller, *, since: datetime, until: datetime
) -> CategoryMix:
    """The mix of the cases that the caller may see. UnavailableError: try again."""
    try:
        answer = client.search(index=read_alias(settings), body=mix_body(caller, since, until)).body
    except (ApiError, TransportError) as error:
        raise unavailable(error) from None
    if answer["timed_out"] or answer["_shards"]["failed"]:
        raise UnavailableError("the search engine answered in part only; run it again")
    found = answer["aggregations"]
    counts = {bucket["key"]: bucket["doc_count"] for bucket in found["kategori"]["buckets"]}
    return CategoryMix(counts, found["confidence"]["value"])
