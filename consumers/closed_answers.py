"""Answers to closed cases: found in the index, they open their case again or go on as complaints that name it.

A part of the sweep: the fold keeps in `after_closing` what is still to be acted on, so that nothing is lost with a
process. Every event has the same id whenever it is decided (guarantee 6). It is a system actor like the sweep; of the
restricted index it reads the originals of such answers, and who wrote them, only to seal both for the new complaint.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from elasticsearch import Elasticsearch

from aduan.connections.publisher import Publisher, Record
from aduan.escalation import URGENT
from aduan.keyring import Keyring
from aduan.privacy import Purpose, seal, seal_model, unseal
from aduan.reopening import SOURCE, Decided, Onward, Sealing, complaint_of, continued, decide
from aduan.settings import Settings
from consumers import vault
from consumers.index import read_alias, reporters_index
from schemas.codec import encode
from schemas.content import Content
from schemas.documents import CaseDocument, ReporterDocument
from schemas.errors import InvalidError, UnavailableError
from schemas.events import CaseEvent

_log = structlog.get_logger(__name__)
_PAGE: Final = 100
_PAGES: Final = 5
"""Pages of one sweep; the next goes on from there, so that cases that must wait hold up none behind them."""
_ORIGINAL_WITHIN: Final = timedelta(hours=1)
"""The original of an answer that is not in the vault for so long never will be: its masked words go on instead."""


class ClosedAnswers:
    """One process's part, for one thread. Raises UnavailableError, ApiError, TransportError: the next sweep repeats."""

    def __init__(self, settings: Settings, *, publisher: Publisher, keyring: Keyring) -> None:
        self._settings = settings
        self._publisher = publisher
        self._keyring = keyring
        self._secret = settings.require_secret()
        self._window = timedelta(seconds=settings.reopen_within)
        self._oldest = timedelta(days=settings.retention_days_log)
        self._cursor: list[Any] | None = None
        self._raised: set[str] = set()

    def once(self, client: Elasticsearch, partitions: Sequence[int], now: datetime) -> int:
        """Act on the answers to closed cases of these partitions; returns how many events were appended to cases."""
        acted = 0
        for _ in range(_PAGES):
            hits = self._hits(client, partitions)
            for hit in hits:
                acted += self._act(client, CaseDocument.model_validate(hit["_source"]), now)
            if len(hits) < _PAGE:
                self._cursor = None
                return acted
            self._cursor = hits[-1]["sort"]
        return acted

    def _act(self, client: Elasticsearch, case: CaseDocument, now: datetime) -> int:
        decided = decide(case, window=self._window, oldest=self._oldest, secret=self._secret, now=now)
        try:
            records = self._records(client, case, decided, now)
        except UnavailableError:  # a key that is not here yet: the cases behind this one don't wait for it
            _log.warning("closed_answer_waits", case=case.complaint_id)
            return 0
        self._publisher.publish(records)
        self._raised.update(event.event_id for event in decided.raised)
        return sum(record.topic == self._settings.topics.cases for record in records)

    def _hits(self, client: Elasticsearch, partitions: Sequence[int]) -> list[Any]:
        answer = client.search(
            index=read_alias(self._settings),
            query=waiting_query(partitions),
            sort=[{"updated_at": "asc"}, {"complaint_id": "asc"}],
            size=_PAGE,
            track_total_hits=False,
            search_after=self._cursor,
        )
        return list(answer["hits"]["hits"])

    def _records(self, client: Elasticsearch, case: CaseDocument, decided: Decided, now: datetime) -> list[Record]:
        if decided.raised:  # once by one process: each tells one more contact, and the index may be late
            new = [event for event in decided.raised if event.event_id not in self._raised]
            _log.info("urgent_reply", case=case.complaint_id)
            return [self._on_case(case, event, ("prioritas", URGENT)) for event in new]
        if decided.reopened is not None:
            _log.info("reopened", case=case.complaint_id)
            return [self._on_case(case, decided.reopened)]
        found = self._originals(client, case, decided.onward) if decided.onward else {}
        records: list[Record] = []
        for onward in decided.onward:
            sealed = self._sealed(case, onward, found, now)
            if sealed is None:
                break  # later answers join what this one becomes
            event = complaint_of(onward, case, sealed, secret=self._secret)
            topic = self._settings.topics.received(event.lane)
            _log.info("answered_too_late", case=case.complaint_id, goes_on_as=onward.complaint_id)
            records.append(Record(topic, *encode(event, source=SOURCE)))
            records.append(self._on_case(case, continued(onward, case, now)))
        return records

    def _on_case(self, case: CaseDocument, event: CaseEvent, *extra: tuple[str, str]) -> Record:
        partition = case.position.partition if case.position.epoch == self._settings.epoch else None
        return Record(self._settings.topics.cases, *encode(event, source=SOURCE, extra=extra), partition)

    def _originals(
        self, client: Elasticsearch, case: CaseDocument, onward: Sequence[Onward]
    ) -> dict[str, ReporterDocument]:
        wanted = [case.complaint_id, *(vault.reply_id(one.reply) for one in onward)]
        answer: Any = client.mget(index=reporters_index(self._settings), ids=wanted, realtime=True)
        return {doc["_id"]: ReporterDocument.model_validate(doc["_source"]) for doc in answer["docs"] if doc["found"]}

    def _sealed(
        self, case: CaseDocument, onward: Onward, found: dict[str, ReporterDocument], now: datetime
    ) -> Sealing | None:
        """None while the original is on its way to the vault, and for words from before their person was erased.

        What somebody writes after that is a complaint like any other, of nobody that is known.
        """
        original, person = found.get(vault.reply_id(onward.reply)), found.get(case.complaint_id)
        erased = person.erased_at if person else None
        if (original and original.erased_at is not None) or (erased and onward.reply.received_at <= erased):
            return None
        key, target = self._keyring.current(now), onward.complaint_id
        words = self._again(Purpose.CONTENT, case, original.sealed_content if original else None, target, now)
        if words is None:
            if now - onward.reply.received_at < _ORIGINAL_WITHIN:
                return None
            words = seal_model(key, Purpose.CONTENT, target, Content(text=onward.reply.text))
        who = self._again(Purpose.REPORTER, case, person.sealed_reporter if person else None, target, now)
        return Sealing(words, who)

    def _again(
        self, purpose: Purpose, case: CaseDocument, sealed: str | None, target: str, now: datetime
    ) -> str | None:
        """A value of the vault sealed for the new complaint with the month's key; None for one that can't be opened."""
        if sealed is None:
            return None
        try:
            plain = unseal(self._keyring, purpose, case.complaint_id, sealed)
        except InvalidError:
            return None
        return seal(self._keyring.current(now), purpose, target, plain)


def waiting_query(partitions: Sequence[int]) -> dict[str, Any]:
    """Closed cases with answers that nothing was done about, as far as they are this process's."""
    return {
        "bool": {
            "filter": [
                {"terms": {"position.partition": list(partitions)}},
                {"term": {"status": "resolved"}},
                {"exists": {"field": "after_closing"}},
            ]
        }
    }
