"""Searches the index for a caller, always through the fence, and shapes the answer after the CFPB's API (ccdb5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from elasticsearch import ApiError, Elasticsearch, TransportError
from pydantic import TypeAdapter, ValidationError

from aduan.acronyms import Acronyms
from aduan.corrected_classes import Told, with_changes
from aduan.explanation import explain
from aduan.regions import province_name, regency_name
from aduan.settings import Settings
from aduan.taxonomy import FIELDS, label
from aduan.tokens import Caller
from aduan.tracking import parse_tracking_number
from aduan.units import load_units
from consumers.index import read_alias, unavailable
from portal.fence import Query
from portal.params import SearchRequest, search_after_text
from portal.problems import ProblemError
from portal.query import HIT_FIELDS, case_body, search_body, summary_body
from schemas.documents import CaseDocument
from schemas.errors import UnavailableError
from schemas.events import Classification, ComplaintId
from schemas.mapping import FACETS

Answer = dict[str, Any]
DETAIL_FIELDS: Final = (
    *HIT_FIELDS,
    "findings",
    "entities",
    "model",
    "attachments",
    # Not `origin.related` and `continued_as`: they may name a case behind the fence (`Searcher.case`).
    *("origin.clerk", "origin.external_ref", "origin.due_at"),
    "acknowledged_by",
)
_RELATED: Final = ("origin.related", "continued_as")
_EXPLAINED: Final = tuple(f"events.event.{name}" for name in ("classification", *Told.model_fields))
"""What the explanation is made of; itself it is not shown: it names whom the text accuses."""
_ID: Final = TypeAdapter(ComplaintId)


@dataclass(frozen=True, slots=True)
class Searcher:
    """Searches for callers. Thread-safe. Raises ProblemError (4xx) or UnavailableError (retry)."""

    settings: Settings
    client: Elasticsearch
    acronyms: Acronyms

    def search(self, request: SearchRequest, caller: Caller, now: datetime) -> Answer:
        """The hits, facets and `_meta` of a search."""
        found, summary = self._ask(search_body(request, caller, self.acronyms), summary_body(caller))
        return {
            "hits": {"total": found["hits"]["total"], "hits": [_hit(hit) for hit in found["hits"]["hits"]]},
            "aggregations": {name: _facet(name, found["aggregations"][name]) for name in FACETS}
            if request.aggregations
            else {},
            "_meta": _meta(request, found, summary, now, timedelta(hours=self.settings.stale_hours)),
        }

    def case(self, reference: str, caller: Caller) -> Answer:
        """One case by id or tracking number, as staff see it, with why it was classified so."""
        source = self._one(reference, caller, [*DETAIL_FIELDS, *_EXPLAINED, *_RELATED])
        source["related"] = self._related(source, caller)
        events = [one["event"] for one in source.pop("events")]
        opening = Classification.model_validate(events[0]["classification"])
        zone = load_units().zone(source["unit"])
        first = explain(opening, source.get("title", ""), source.get("text", ""))
        source["explanation"] = with_changes(first, opening, map(Told.model_validate, events), zone)
        return {name: source[name] for name in sorted(source)}

    def _related(self, source: Answer, caller: Caller) -> list[str]:
        """Tracking numbers of the case that it follows and of the one it went on as, where the caller may see them."""
        origin = source.get("origin", {})
        named = [one for one in (origin.pop("related", None), source.pop("continued_as", None)) if one is not None]
        if not named:
            return []
        asked = {"terms": {"complaint_id": named}}
        (found,) = self._ask(case_body(asked, caller, ["tracking_number"]) | {"size": len(named)})
        return sorted(hit["_source"]["tracking_number"] for hit in found["hits"]["hits"])

    def document(self, reference: str, caller: Caller) -> CaseDocument:
        """The whole document of a case that the caller may see, for deciding; never handed out."""
        return CaseDocument.model_validate(self._one(reference, caller, ["*"]))

    def _one(self, reference: str, caller: Caller, source: list[str]) -> Answer:
        (found,) = self._ask(case_body(_reference(reference), caller, source))
        if not found["hits"]["hits"]:
            raise ProblemError.not_found()
        one: Answer = found["hits"]["hits"][0]["_source"]
        return one

    def _ask(self, *bodies: Answer) -> list[Answer]:
        """The answers to several searches in one request. Anything but an answer is unavailability."""
        index = read_alias(self.settings)
        searches = [part for body in bodies for part in ({"index": index}, body)]
        try:
            answers: list[Answer] = self.client.msearch(searches=searches).body["responses"]
        except (ApiError, TransportError) as error:
            raise unavailable(error) from None
        if any("error" in answer or answer.get("timed_out") or answer["_shards"]["failed"] for answer in answers):
            raise UnavailableError("the search engine did not answer a search; try again")
        return answers


def _reference(reference: str) -> Query:
    number = parse_tracking_number(reference)
    if number is not None:
        return {"term": {"tracking_number": number}}
    try:
        return {"term": {"complaint_id": _ID.validate_python(reference.lower())}}
    except ValidationError:
        raise ProblemError.not_found() from None


def _hit(hit: Mapping[str, Any]) -> Answer:
    return {
        "_id": hit["_id"],
        "_source": hit["_source"],
        "highlight": _highlight(hit.get("highlight", {})),
        "sort": hit["sort"],
    }


def _highlight(fragments: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """One list per field: the stemmed field's fragments, or the unstemmed one's where only that matched."""
    found = {name.removesuffix(".exact"): parts for name, parts in fragments.items() if name.endswith(".exact")}
    return found | {name: parts for name, parts in fragments.items() if not name.endswith(".exact")}


def _facet(name: str, counts: Mapping[str, Any]) -> Answer:
    buckets = [
        {"key": bucket["key"], "label": facet_label(name, bucket["key"]), "doc_count": bucket["doc_count"]}
        for bucket in counts[name]["buckets"]
    ]
    return {"doc_count": counts["doc_count"], name: {"buckets": buckets}}


def facet_label(name: str, code: str) -> str:
    """What people read for a code, in Indonesian; the code itself where there is no label."""
    if name in FIELDS:
        return label(name, code)
    if name == "unit":
        unit = load_units().get(code)
        return code if unit is None else unit.name_id
    return {"provinsi": province_name, "kabupaten": regency_name}.get(name, str)(code)


def _meta(request: SearchRequest, found: Answer, summary: Answer, now: datetime, stale_after: timedelta) -> Answer:
    """Counts and times of what the caller may see: even the time of a change behind the fence would tell of it."""
    millis = summary["aggregations"]["last_indexed"]["value"]
    last = None if millis is None else datetime.fromtimestamp(millis / 1000, UTC)
    hits = found["hits"]["hits"]
    page = request.frm // request.size + 2
    more = len(hits) == request.size
    return {
        "total_record_count": summary["hits"]["total"]["value"],
        "last_indexed": None if last is None else last.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "is_data_stale": last is not None and now - last > stale_after,
        "break_points": {str(page): search_after_text(hits[-1]["sort"])} if more else {},
    }
