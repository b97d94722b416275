"""Cases of ours in the columns of SP4N-LAPOR!, for the hand-over by file: read inside the caller's fence, page by page.

Only masked words go out, and no identity: the fields are named one by one. A case whose reporter withdrew is not handed
over, a confidential one only when it is asked for by somebody who may see it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from elasticsearch import ApiError, Elasticsearch, TransportError

from aduan.regions import province_name, regency_name
from aduan.settings import Settings
from aduan.sp4n import Sp4n
from aduan.sp4n_dates import working_days
from aduan.tokens import Caller
from aduan.units import load_units
from consumers.index import read_alias, unavailable
from portal.fence import OPEN, Query, fenced
from schemas.errors import UnavailableError

PAGE: Final = 500
FIELDS: Final = (
    *("tracking_number", "origin.external_ref", "title", "text", "jenis", "kategori", "kerahasiaan", "jenjang"),
    *("provinsi", "kabupaten", "unit", "status", "outcome", "sent_at", "received_at", "due_at"),
)
"""What a hand-over is made of: named one by one, so that a new field of the document does not leave by accident."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases to hand over: received from `since` until before `until`, of these units and statuses, or of all."""

    until: datetime
    since: datetime | None = None
    units: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    rahasia: bool = False

    def query(self, caller: Caller) -> Query:
        """The query inside the caller's fence. ProblemError(403) for a caller that may see nothing."""
        limits = {"lt": self.until.isoformat()} | ({"gte": self.since.isoformat()} if self.since else {})
        clauses: list[Query] = [{"range": {"received_at": limits}}]
        for name, values in (("unit", self.units), ("status", self.statuses)):
            if values:
                clauses.append({"terms": {name: list(values)}})
        if not self.rahasia:
            clauses.append({"terms": {"kerahasiaan": list(OPEN)}})
        return fenced({"bool": {"filter": clauses, "must_not": [{"exists": {"field": "erased_at"}}]}}, caller)


def count_cases(settings: Settings, client: Elasticsearch, wanted: Wanted, caller: Caller) -> int:
    """How many cases the caller may see and hand over."""
    answer = _search(settings, client, {"query": wanted.query(caller), "size": 0, "track_total_hits": True})
    total: int = answer["hits"]["total"]["value"]
    return total


def read_cases(
    settings: Settings, client: Elasticsearch, wanted: Wanted, caller: Caller
) -> Iterator[Mapping[str, Any]]:
    """Every such case, oldest first, one page in memory. UnavailableError: run the export again.

    `received_at` and the id never change, and nothing enters before `until` any more: no case is read twice or skipped.
    """
    body: dict[str, Any] = {
        "query": wanted.query(caller),
        "_source": list(FIELDS),
        "size": PAGE,
        "sort": [{"received_at": "asc"}, {"complaint_id": "asc"}],
        "track_total_hits": False,
    }
    while hits := _search(settings, client, body)["hits"]["hits"]:
        for hit in hits:
            yield hit["_source"]
        body["search_after"] = hits[-1]["sort"]


def headers(sp4n: Sp4n) -> list[str]:
    """The headers of a hand-over, in the order of the data file."""
    return [column.header for column in sp4n.file.columns.values() if column.export]


def row(sp4n: Sp4n, case: Mapping[str, Any]) -> list[str]:
    """A case in those columns, as plain text."""
    values = _values(sp4n, case)
    return [values.get(name, "") for name, column in sp4n.file.columns.items() if column.export]


def _values(sp4n: Sp4n, case: Mapping[str, Any]) -> dict[str, str]:
    file, unit = sp4n.file, load_units().get(case["unit"])
    received, due = datetime.fromisoformat(case["received_at"]), datetime.fromisoformat(case["due_at"])
    sent = datetime.fromisoformat(case.get("sent_at") or case["received_at"])
    provinsi, kabupaten = case.get("provinsi"), case.get("kabupaten")
    return {
        "tracking_id": case.get("origin", {}).get("external_ref", ""),
        "our_number": case["tracking_number"],
        "sent_at": sent.astimezone(file.zone).strftime(file.date_format),
        "class": sp4n.class_of(case["jenis"]),
        "category": sp4n.leaf_of(case["kategori"], case.get("jenjang")),
        "title": case.get("title", ""),
        "text": case["text"],
        "provinsi": province_name(provinsi) if provinsi else "",
        "kabupaten": regency_name(kabupaten) if kabupaten else "",
        "anonim": (file.yes if case["kerahasiaan"] == "anonim" else file.no).value,
        "rahasia": (file.no if case["kerahasiaan"] in OPEN else file.yes).value,
        "unit": case["unit"] if unit is None else unit.name_id,
        "status": sp4n.status_of(case["status"], case.get("outcome")),
        "due_at": due.astimezone(file.zone).strftime(file.date_format),
        "due_days": str(working_days(received, due, file)),
        "our_class": case["jenis"],
        "our_category": case["kategori"],
    }


def _search(settings: Settings, client: Elasticsearch, body: Mapping[str, Any]) -> Any:
    try:
        answer = client.search(index=read_alias(settings), body=dict(body)).body
    except (ApiError, TransportError) as error:
        raise unavailable(error) from None
    if answer["timed_out"] or answer["_shards"]["failed"]:
        raise UnavailableError("the search engine answered in part only; run it again")
    return answer
