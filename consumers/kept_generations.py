"""Erased words go from every generation of the index, not only from the one that is written: the others can come back.

A kept generation misses the events since it was live. Nothing but the words is taken out of its documents, and their
positions stay: when it is made live again, it catches up from the log and finds the erasure there, too.
"""

import threading
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import orjson
import structlog
from elasticsearch import Elasticsearch

from aduan.connections.patience import Patience
from aduan.settings import Settings
from consumers.bulk import Action, Verdict
from consumers.index import Generation, generations
from consumers.writer import Writer
from schemas.errors import UnavailableError
from schemas.events import CaseEvent, CaseOpened, ReplyAdded, ReporterErased

_log = structlog.get_logger(__name__)


class KeptGenerations:
    """The generations beside one that an indexer writes. Raises UnavailableError only once told to stop."""

    def __init__(self, settings: Settings, client: Elasticsearch, patience: Patience, *, written: Generation) -> None:
        self._settings = settings
        self._client = client
        self._patience = patience
        self._once = Writer(client, Patience(_told_to_stop()))
        """One attempt for each listing: an index may be deleted at any moment, and is waited for by nobody."""
        self._written = written

    def forget(self, erased: Mapping[str, ReporterErased]) -> None:
        """Return when no other generation holds words of these cases; a generation that is away is waited for."""
        if erased:
            self._patience.until_done(lambda: self._forget(erased))

    def _forget(self, erased: Mapping[str, ReporterErased]) -> None:
        others = [one for one in generations(self._settings, self._client) if one != self._written]
        found = self._once.read((one.index, case) for one in others for case in erased)
        actions = [
            Action(index, case, orjson.dumps(without_words(there.source, erased[case])), there.seq_no, there.term)
            for (index, case), there in found.items()
            if not holds(there.source, erased[case])
        ]
        if any(verdict is not Verdict.DONE for verdict in self._once.write(actions)):
            raise UnavailableError("a kept generation is being changed by another process")
        for action in actions:
            _log.info("erased_in_kept_generation", index=action.index, case=action.doc_id)


def _told_to_stop() -> threading.Event:
    stop = threading.Event()
    stop.set()
    return stop


def words_dropped(events: Iterable[CaseEvent]) -> dict[str, ReporterErased]:
    """The cases whose words are to go, and the last event that asks for it."""
    return {one.complaint_id: one for one in events if isinstance(one, ReporterErased) and one.drop_text}


def holds(source: Mapping[str, Any], event: CaseEvent) -> bool:
    """Whether this event made the document, too: then its own fold has done what the event asks for. Pure."""
    return any(stored["event"]["event_id"] == str(event.event_id) for stored in source["events"])


def without_words(source: Mapping[str, Any], erased: ReporterErased) -> dict[str, Any]:
    """A document as it is stored, by whatever version, without its words up to the erasure. Pure.

    What the reporter wrote later was accepted anew, and stays.
    """
    at = erased.occurred_at
    return {
        **source,
        "title": "",
        "text": "",
        "erased_at": at.isoformat(),
        "replies": [{**reply, "text": ""} if _until(reply, at) else reply for reply in source.get("replies", ())],
        "events": [{**stored, "event": _wordless(stored["event"], at)} for stored in source["events"]],
    }


def _wordless(event: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    if event["type"] == CaseOpened.TYPE:
        return {**event, "title": "", "text": ""}
    return {**event, "text": ""} if event["type"] == ReplyAdded.TYPE and _until(event, at) else dict(event)


def _until(reply: Mapping[str, Any], at: datetime) -> bool:
    return datetime.fromisoformat(reply["received_at"]) <= at
