"""The escalator's safety net: finds by query the cases that are due, late or were missed. A thread of its own.

It also acts on answers to closed cases (`consumers.closed_answers`).

When the search engine is away only this waits; the event path goes on. It is a system actor: it sees `rahasia` cases,
and reads nothing of any case but the fields of its rules.
"""

import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import structlog
from elasticsearch import ApiError, Elasticsearch, TransportError

from aduan.escalation import LAST_LEVEL, URGENT, CaseState, Pace, became_urgent, decide, urgent_without_case
from aduan.regions import ZONES
from aduan.settings import Settings
from aduan.units import LAST_RESORT, Units
from aduan.working_time import is_working_time
from consumers.announcer import Announcer, Escalation
from consumers.closed_answers import ClosedAnswers
from consumers.index import read_alias
from consumers.search_engine import search_client
from schemas.errors import UnavailableError
from schemas.events import CaseEscalated

_log = structlog.get_logger(__name__)
Query = dict[str, Any]
_OF_EVENTS: Final = ("type", "level", "unit", "reopens", "classification.accused")
_FIELDS: Final = [*CaseState.model_fields.keys() - {"events"}, *(f"events.event.{name}" for name in _OF_EVENTS)]
_PAGE: Final = 500
_PAGES: Final = 20
"""Pages of one query in one sweep; the next sweep goes on from there, so that a sweep's cost is bounded."""
_MAILS_ENOUGH: Final = 2_000
"""With so many mails waiting, those of late cases wait for a later sweep: the event path, which stops reading when
`consumers.escalator` has its most, keeps its room, and so do urgent cases that nobody took."""
_OVERDUE: Final = "overdue"
_HINT_SECONDS: Final = 1.0
_HINT_TRIES: Final = 60
_MOST_HINTS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Hint:
    """A case that an event made urgent or moved: look at it when the index has that event."""

    complaint_id: str
    partition: int
    offset: int
    cause: str
    """Id of that event."""
    tries: int = 0


def pace_of(settings: Settings) -> Pace:
    """The waits of the rules, from the settings."""
    return Pace(
        unacknowledged=timedelta(seconds=settings.escalation_unacknowledged),
        missed=timedelta(seconds=settings.escalation_missed),
        overdue=timedelta(seconds=settings.escalation_overdue),
    )


def unacknowledged_query(partitions: Sequence[int], now: datetime, pace: Pace) -> Query:
    """Urgent cases that nobody took: escalated long enough ago, or never."""
    never = {
        "bool": {"must_not": {"exists": {"field": "escalated_at"}}, "filter": _before("opened_at", now - pace.missed)}
    }
    long_ago = _before("escalated_at", now - pace.unacknowledged)
    return _open_cases(
        partitions,
        {"term": {"prioritas": URGENT}},
        {"bool": {"must_not": {"exists": {"field": "acknowledged_at"}}}},
        {"bool": {"should": [never, long_ago], "minimum_should_match": 1}},
    )


def overdue_query(partitions: Sequence[int], now: datetime, *, urgent_only: bool) -> Query:
    """Cases past their deadline."""
    return _open_cases(partitions, _before("due_at", now), *([{"term": {"prioritas": URGENT}}] if urgent_only else []))


def _open_cases(partitions: Sequence[int], *filters: Query) -> Query:
    """Cases of these partitions that can still climb; auto-replies never do."""
    settled = [{"term": {"status": "resolved"}}, {"term": {"automated": True}}]
    mine = [{"terms": {"position.partition": list(partitions)}}, {"range": {"escalation_level": {"lt": LAST_LEVEL}}}]
    return {"bool": {"filter": [*mine, *filters], "must_not": settled}}


def _before(field: str, moment: datetime) -> Query:
    return {"range": {field: {"lte": moment.isoformat()}}}


class Sweep:
    """Looks at the index every few seconds until `stop`. Only `partitions` and `look_soon` are for other threads."""

    def __init__(
        self, settings: Settings, *, announcer: Announcer, units: Units, answers: ClosedAnswers | None = None
    ) -> None:
        self._settings = settings
        self._answers = answers
        self._announcer = announcer
        self._units = units
        self._pace = pace_of(settings)
        self._client: Elasticsearch | None = None
        self._hints: deque[Hint] = deque(maxlen=_MOST_HINTS)
        self._cursors: dict[str, list[Any]] = {}
        self.partitions: Sequence[int] = ()
        self._last_done: float | None = None

    def look_soon(self, hint: Hint) -> None:
        """Look at this case as soon as the index holds its event."""
        self._hints.append(hint)

    def age(self) -> float | None:
        """Seconds since the last whole sweep; None before the first."""
        return None if self._last_done is None else time.monotonic() - self._last_done

    def run(self, stop: threading.Event) -> None:
        """Sweep until `stop`. Errors of engine, Kafka and index are logged and the next sweep tries again."""
        next_sweep = time.monotonic() + self._settings.escalation_sweep
        while not stop.wait(min(_HINT_SECONDS, self._settings.escalation_sweep)):
            try:
                self.follow_hints(datetime.now(UTC))
                if time.monotonic() >= next_sweep:
                    next_sweep = time.monotonic() + self._settings.escalation_sweep
                    self.once(datetime.now(UTC))
            except (UnavailableError, ApiError, TransportError) as error:
                _log.warning("sweep_waits", reason=type(error).__name__)

    def close(self) -> None:
        """Close the connection to the search engine; the thread that swept has ended."""
        if self._client is not None:
            self._client.close()

    def once(self, now: datetime) -> int:
        """One sweep; returns how many escalations it appended."""
        partitions = list(self.partitions)
        if not partitions:
            return 0
        at_work = any(is_working_time(now, ZoneInfo(name)) for name in ZONES.values())
        queries = {
            "unacknowledged": unacknowledged_query(partitions, now, self._pace),
            _OVERDUE: overdue_query(partitions, now, urgent_only=not at_work),
        }
        appended = sum(self._sweep(name, query, now) for name, query in queries.items())
        if self._answers is not None:
            self._answers.once(self._connected(), partitions, now)
        self._last_done = time.monotonic()
        return appended

    def follow_hints(self, now: datetime) -> int:
        """Escalate the cases that events made urgent, as far as the index has those events."""
        hints = [self._hints.popleft() for _ in range(len(self._hints))]
        if not hints:
            return 0
        try:
            found = self._read(sorted({hint.complaint_id for hint in hints}))
        except (UnavailableError, ApiError, TransportError):
            self._hints.extend(hints)
            raise
        escalations = []
        for hint in hints:
            case = found.get(hint.complaint_id)
            event: CaseEscalated | None = None
            if case is None or (case.position.partition == hint.partition and case.position.offset < hint.offset):
                if hint.tries < _HINT_TRIES:
                    self._hints.append(replace(hint, tries=hint.tries + 1))
                elif case is None:
                    event = self._without_case(hint, now)
            else:
                chain = self._announcer.contacts(case.unit, case.accused)
                event = became_urgent(case, cause=hint.cause, chain=chain, now=now)
            if event is not None:
                escalations.append(Escalation(event, hint.partition))
        return self._announcer.announce(escalations)

    def _without_case(self, hint: Hint, now: datetime) -> CaseEscalated:
        """A minute, and the case isn't open: it waits in a backlog or is a dead letter, and no query finds it."""
        chain = self._announcer.contacts(LAST_RESORT, ())
        _log.error("urgent_without_case", case=hint.complaint_id)
        return urgent_without_case(hint.complaint_id, cause=hint.cause, chain=chain, now=now)

    def _sweep(self, name: str, query: Query, now: datetime) -> int:
        appended = 0
        for _ in range(_PAGES):
            if name == _OVERDUE and self._announcer.mails_waiting >= _MAILS_ENOUGH:
                _log.warning("sweep_waits_for_the_mail_server", query=name)
                return appended  # the cursor stays: the next sweep goes on from here
            hits = self._search(query, self._cursors.get(name))
            cases = [CaseState.model_validate(hit["_source"]) for hit in hits]
            appended += self._announcer.announce([one for case in cases for one in self._decide(case, now)])
            if len(hits) < _PAGE:
                self._cursors.pop(name, None)
                return appended
            self._cursors[name] = hits[-1]["sort"]
        _log.warning("sweep_is_long", query=name, cases=_PAGE * _PAGES)
        return appended

    def _decide(self, case: CaseState, now: datetime) -> list[Escalation]:
        at_work = is_working_time(now, self._units.zone(case.unit))
        chain = self._announcer.contacts(case.unit, case.accused)
        event = decide(case, now, chain=chain, at_work=at_work, pace=self._pace)
        partition = case.position.partition if case.position.epoch == self._settings.epoch else None
        return [Escalation(event, partition)] if event else []

    def _search(self, query: Query, after: list[Any] | None) -> list[Any]:
        answer = self._connected().search(
            index=read_alias(self._settings),
            query=query,
            source_includes=_FIELDS,
            sort=[{"due_at": "asc"}, {"complaint_id": "asc"}],
            size=_PAGE,
            track_total_hits=False,
            search_after=after,
        )
        return list(answer["hits"]["hits"])

    def _read(self, complaint_ids: Sequence[str]) -> dict[str, CaseState]:
        answer = self._connected().mget(index=read_alias(self._settings), ids=complaint_ids, source_includes=_FIELDS)
        return {doc["_id"]: CaseState.model_validate(doc["_source"]) for doc in answer["docs"] if doc.get("found")}

    def _connected(self) -> Elasticsearch:
        if self._client is None:
            self._client = search_client(self._settings)
        return self._client
