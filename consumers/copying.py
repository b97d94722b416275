"""Folding one generation's documents into the next: the events in each are its record, long after the log is gone.

Documents are read in ranges of their ids, which are evenly spread, so that no search sorts more than one range: the
cost per document does not grow with the index, and nothing is held open on the engine.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from elasticsearch import ApiError, Elasticsearch, TransportError
from pydantic import ValidationError

from aduan.case import fold
from aduan.connections.patience import Patience
from consumers.bulk import Action, Verdict, to_json
from consumers.index import Generation, unavailable
from consumers.writer import Writer
from schemas.documents import CaseDocument, StoredEvent
from schemas.errors import InvalidError, SettingsError

_PAGE: Final = 200
_RANGE: Final = 4_000
_MOST_DIGITS: Final = 6
Progress = Callable[[str, int, int], None]
"""(what is being done, how much is done, of how much or 0)."""


def count_documents(client: Elasticsearch, which: Generation) -> int:
    """Documents that searches see after a refresh. Raises UnavailableError."""
    try:
        client.indices.refresh(index=which.index)
        return int(client.count(index=which.index).body["count"])
    except (ApiError, TransportError) as error:
        raise unavailable(error) from None


class Copier:
    """Copies from one generation to another. Raises UnavailableError only once the process is told to stop."""

    def __init__(self, client: Elasticsearch, patience: Patience, on_progress: Progress) -> None:
        self._client = client
        self._patience = patience
        self._on_progress = on_progress
        self._writer = Writer(client, patience)

    def copy(self, source: Generation, target: Generation) -> int:
        """Create in `target` the fold of each document of `source` that is not there yet; returns how many were read.

        Raises SettingsError when the target's mapping refuses one or its events can't be folded by this code.
        """
        total = self._patience.until_done(lambda: count_documents(self._client, source))
        done = 0
        for prefix in prefixes(total):
            for page in self._pages(source, prefix):
                actions = [Action(target.index, str(hit["_id"]), to_json(refolded(hit))) for hit in page]
                for action, verdict in zip(actions, self._writer.write(actions), strict=True):
                    if verdict is Verdict.REFUSED:
                        raise SettingsError(
                            f"the mapping of {target.index} refuses document {action.doc_id}: correct it"
                        )
                done += len(page)
                self._on_progress("copies", done, max(total, done))
        return done

    def _pages(self, source: Generation, prefix: str) -> Iterator[list[dict[str, Any]]]:
        """The documents of one range, by id. An id never changes, so none is missed while others are written."""
        query: dict[str, Any] = {"prefix": {"complaint_id": prefix}} if prefix else {"match_all": {}}
        after: list[Any] | None = None
        while True:
            hits = self._patience.until_done(lambda after=after: self._search(source, query, after))  # type: ignore[misc]
            if hits:
                yield hits
            if len(hits) < _PAGE:
                return
            after = hits[-1]["sort"]

    def _search(self, source: Generation, query: dict[str, Any], after: list[Any] | None) -> list[dict[str, Any]]:
        try:
            answer = self._client.search(
                index=source.index,
                query=query,
                sort=[{"complaint_id": "asc"}],
                size=_PAGE,
                source_includes=["events"],
                track_total_hits=False,
                allow_partial_search_results=False,
                search_after=after,
            )
        except (ApiError, TransportError) as error:
            raise unavailable(error) from None
        return list(answer.body["hits"]["hits"])


def prefixes(total: int) -> list[str]:
    """The beginnings of ids, so long that each range holds some thousand documents at most. Pure."""
    digits = 0
    while total > _RANGE * 16**digits and digits < _MOST_DIGITS:
        digits += 1
    return [f"{number:0{digits}x}" if digits else "" for number in range(16**digits)]


def refolded(hit: dict[str, Any]) -> CaseDocument:
    """The document that this code makes of a hit's events. Raises SettingsError when it can't. Pure."""
    try:
        events = [StoredEvent.model_validate(event) for event in hit["_source"]["events"]]
        case = fold((stored.event, stored.position) for stored in events)
    except (ValidationError, InvalidError, KeyError):
        case = None
    if case is None:
        raise SettingsError(f"this version can't read the events of document {hit['_id']}: not made live")
    return case
