"""Cases that staff handed on, inside the caller's fence: how they were routed, and where they are. No words of them."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from elasticsearch import Elasticsearch

from aduan.overruled import MovedCase
from aduan.settings import Settings
from aduan.tokens import Caller
from portal.corrections import pages
from portal.fence import Query, fenced
from schemas.mapping import FACETS

_FIELDS: Final = ("complaint_id", "tracking_number", *FACETS, "events.event.classification", "events.event.routing")


def moved_query(caller: Caller) -> Query:
    """Cases that were handed on, among those that the caller may see."""
    return fenced({"range": {"transfers": {"gte": 1}}}, caller)


def read_moved(settings: Settings, client: Elasticsearch, caller: Caller) -> Iterator[MovedCase]:
    """Every such case, newest first, one page in memory. UnavailableError: run it again."""
    newest = [{"received_at": "desc"}, {"complaint_id": "asc"}]
    for source in pages(settings, client, moved_query(caller), fields=_FIELDS, sort=newest):
        yield _case(source)


def _case(source: Mapping[str, Any]) -> MovedCase:
    opening = source["events"][0]["event"]
    now = {name: source.get(name) for name in FACETS}
    return MovedCase.model_validate({**source, **opening, "now": now})
