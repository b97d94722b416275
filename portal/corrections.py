"""Cases that staff corrected, as examples to learn from: masked text and final classes, inside the caller's fence.

Nothing of them is logged, and no more is read than is learned from.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from elasticsearch import ApiError, Elasticsearch, TransportError

from aduan.settings import Settings
from aduan.tokens import Caller
from consumers.index import read_alias, unavailable
from portal.fence import Query, fenced
from schemas.errors import UnavailableError
from schemas.events import CaseReclassified

PAGE: Final = 500
FIELDS: Final = (
    *("complaint_id", "title", "text", "jenis", "kategori", "kategori_alt", "prioritas", "kerahasiaan", "provinsi"),
    *("automated", "events.event.type", "events.event.actor"),
)
_OURSELVES: Final = frozenset({"escalator"})
"""Actors that correct a case and are no person: `aduan.escalation`."""
_CHANGED: Final = "doc['updated_at'].value.isAfter(doc['opened_at'].value)"
"""Events themselves are not searchable; a case of which nothing happened since its opening was not corrected."""


@dataclass(frozen=True, slots=True)
class CorrectedCase:
    """What is learned from a corrected case."""

    complaint_id: str
    title: str
    text: str
    jenis: str
    kategori: str
    kategori_alt: str | None
    prioritas: str
    kerahasiaan: str
    provinsi: str | None
    automated: bool


def corrected_query(caller: Caller) -> Query:
    """Cases with a text that something happened to, among those that the caller may see."""
    changed = {"script": {"script": {"source": _CHANGED, "lang": "painless"}}}
    return fenced({"bool": {"filter": [changed], "must_not": [{"exists": {"field": "erased_at"}}]}}, caller)


def read_corrected(settings: Settings, client: Elasticsearch, caller: Caller) -> Iterator[CorrectedCase]:
    """Every corrected case, oldest first, one page in memory. UnavailableError: run it again."""
    oldest = [{"received_at": "asc"}, {"complaint_id": "asc"}]
    for source in pages(settings, client, corrected_query(caller), fields=FIELDS, sort=oldest):
        if source.get("text") and any(_by_a_person(one["event"]) for one in source["events"]):
            yield _case(source)


def pages(
    settings: Settings, client: Elasticsearch, query: Query, *, fields: Sequence[str], sort: Sequence[Any]
) -> Iterator[Mapping[str, Any]]:
    """The fields of every case that a fenced query finds, one page in memory. UnavailableError: run it again."""
    body: dict[str, Any] = {
        "query": query,
        "_source": list(fields),
        "size": PAGE,
        "sort": list(sort),
        "track_total_hits": False,
    }
    while hits := _search(settings, client, body):
        for hit in hits:
            yield hit["_source"]
        body["search_after"] = hits[-1]["sort"]


def _by_a_person(event: Mapping[str, Any]) -> bool:
    return event["type"] == CaseReclassified.TYPE and event.get("actor") not in _OURSELVES


def _case(source: Mapping[str, Any]) -> CorrectedCase:
    alternative = source.get("kategori_alt")
    return CorrectedCase(
        complaint_id=source["complaint_id"],
        title=source.get("title", ""),
        text=source["text"],
        jenis=source["jenis"],
        kategori=source["kategori"],
        kategori_alt=alternative if alternative != source["kategori"] else None,
        prioritas=source["prioritas"],
        kerahasiaan=source["kerahasiaan"],
        provinsi=source.get("provinsi"),
        automated=bool(source.get("automated")),
    )


def _search(settings: Settings, client: Elasticsearch, body: Mapping[str, Any]) -> list[Any]:
    try:
        answer = client.search(index=read_alias(settings), body=dict(body)).body
    except (ApiError, TransportError) as error:
        raise unavailable(error) from None
    if answer["timed_out"] or answer["_shards"]["failed"]:
        raise UnavailableError("the search engine answered in part only; run it again")
    found: list[Any] = answer["hits"]["hits"]
    return found
