"""From a checked search to the body for the engine. Pure; golden files hold it (tests/contract/queries).

Every clause has a constant score, so that a case's score depends on that case alone. The usual relevance (BM25) weighs
words by how many cases hold them, confidential ones included: scores, their order and `search_after` would tell of
cases behind the fence (guarantee 10). For the same reason nothing here is fuzzy, suggests, or asks for a global count.
"""

from collections.abc import Iterator
from typing import Any, Final

from aduan.acronyms import Acronyms
from aduan.tokens import Caller
from aduan.tracking import parse_tracking_number
from portal.fence import Query, fenced
from portal.params import SORTS, SearchRequest
from portal.words import Term, Words, parse_words
from schemas.mapping import FACETS

_WEIGHTS: Final = {"title": 3.0, "text": 2.0, "replies.text": 1.0}
_FIELDS: Final = {"all": tuple(_WEIGHTS), "title": ("title",), "text": ("text",), "replies": ("replies.text",)}
_BUCKETS: Final = 700
"""More than there are kabupaten and kota (514) or units."""
_TAGS: Final = {"pre_tags": ["<mark>"], "post_tags": ["</mark>"]}

HIT_FIELDS: Final = (
    *("complaint_id", "tracking_number", "title", "text", "replies", "received_at", "opened_at", "due_at"),
    *("acknowledged_at", "resolved_at", "outcome", "escalation_level", "escalated_at", "transfers", "updated_at"),
    *("kategori_alt", "confidence", "automated", *FACETS),
)
"""What a hit shows: named one by one, so that a new field of the document is not shown by accident."""


def search_body(request: SearchRequest, caller: Caller, acronyms: Acronyms) -> dict[str, Any]:
    """The whole body: inside the caller's fence, facets as post_filter, each facet's counts without its own filter."""
    words = parse_words(request.search_term, acronyms)
    facets = {name: clause for name in FACETS if (clause := _facet(request, name))}
    body: dict[str, Any] = {
        "query": fenced(_within(request, _text_query(request, words)), caller),
        "from": request.frm,
        "size": request.size,
        "sort": [*({key: order} for key, order in SORTS[request.sort]), {"complaint_id": "asc"}],
        "track_total_hits": True,
        "_source": list(HIT_FIELDS),
    }
    if facets:
        body["post_filter"] = {"bool": {"filter": list(facets.values())}}
    if request.search_after is not None:
        body["search_after"] = list(request.search_after)
        del body["from"]
    if request.aggregations:
        body["aggs"] = {name: _counts(name, facets) for name in FACETS}
    if request.highlights and (words.wanted or words.needed):
        body["highlight"] = _highlight(_FIELDS[request.search_field])
    return body


def summary_body(caller: Caller) -> dict[str, Any]:
    """How many cases the caller can see and when the last of them changed."""
    return {
        "query": fenced({"match_all": {}}, caller),
        "size": 0,
        "track_total_hits": True,
        "aggs": {"last_indexed": {"max": {"field": "updated_at"}}},
    }


def case_body(reference: Query, caller: Caller, source: list[str]) -> dict[str, Any]:
    """One case, if the caller may see it."""
    return {"query": fenced({"bool": {"filter": [reference]}}, caller), "size": 1, "_source": source}


def _within(request: SearchRequest, query: Query) -> Query:
    limits = {}
    if request.received_min is not None:
        limits["gte"] = request.received_min.isoformat()
    if request.received_before is not None:
        limits["lt"] = request.received_before.isoformat()
    return {"bool": {"must": [query], "filter": [{"range": {"received_at": limits}}]}} if limits else query


def _facet(request: SearchRequest, name: str) -> Query | None:
    """Any of the values asked for, and none of those refused."""
    wanted, unwanted = request.facets.get(name), request.not_facets.get(name)
    clause: Query = {}
    if wanted:
        clause["filter"] = [{"terms": {name: list(wanted)}}]
    if unwanted:
        clause["must_not"] = [{"terms": {name: list(unwanted)}}]
    return {"bool": clause} if clause else None


def _counts(name: str, facets: dict[str, Query]) -> dict[str, Any]:
    """Counts of one facet under all other facets' filters; the query around it holds the fence."""
    others = [clause for other, clause in facets.items() if other != name]
    terms = {"field": name, "size": _BUCKETS, "min_doc_count": 1, "order": [{"_count": "desc"}, {"_key": "asc"}]}
    return {"filter": {"bool": {"filter": others}}, "aggs": {name: {"terms": terms}}}


def _highlight(fields: tuple[str, ...]) -> dict[str, Any]:
    """HTML of the text is escaped; only our own <mark> is a tag."""
    one = {"number_of_fragments": 3, "fragment_size": 160}
    return {**_TAGS, "encoder": "html", "fields": {name: one for field in fields for name in (field, f"{field}.exact")}}


def _text_query(request: SearchRequest, words: Words) -> Query:
    if not words:
        return {"match_all": {}}
    fields = _FIELDS[request.search_field]
    clause: Query = {}
    if words.needed:
        clause["must"] = [_alternatives(term, fields) for term in words.needed]
    if words.wanted:
        clause["should"] = [_alternatives(term, fields) for term in words.wanted]
        clause["minimum_should_match"] = "2<75%"
    if words.unwanted:
        clause["must_not"] = [_exact(term.text, field) for term in words.unwanted for field in fields]
    number = parse_tracking_number(request.search_term)
    if number is None:
        return {"bool": clause}
    found = {"constant_score": {"filter": {"term": {"tracking_number": number}}, "boost": 100.0}}
    return {"dis_max": {"queries": [{"bool": clause}, found]}}


def _alternatives(term: Term, fields: tuple[str, ...]) -> Query:
    """The best of all ways in which a case can say it counts, not their sum."""
    return {"dis_max": {"queries": [clause for field in fields for clause in _ways(term, field)]}}


def _ways(term: Term, field: str) -> Iterator[Query]:
    weight = _WEIGHTS[field]
    yield _constant(_exact(term.text, field), 2 * weight)
    if not term.phrase:
        yield _constant({"match": {field: {"query": term.text, "operator": "and"}}}, weight)
    for synonym in term.synonyms:
        yield _constant(_exact(synonym, field), 1.5 * weight)


def _exact(text: str, field: str) -> Query:
    """The words as they stand, next to one another; the analyzer splits them, so that any punctuation is safe."""
    return {"match_phrase": {f"{field}.exact": text}}


def _constant(query: Query, boost: float) -> Query:
    return {"constant_score": {"filter": query, "boost": boost}}
