"""To forget a person is to forget them in every case that their words went on to (`CaseContinued`)."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import structlog

from aduan.connections.publisher import Publisher, Record
from aduan.ids import event_id
from aduan.tokens import Caller
from portal.actions import SOURCE, action_record, erase
from portal.problems import ProblemError
from portal.search import Searcher
from schemas.codec import encode
from schemas.documents import CaseDocument
from schemas.events import CaseContinued, ReporterErased

_log = structlog.get_logger(__name__)


def erase_everywhere(
    searcher: Searcher, publisher: Publisher, *, reference: str, body: Mapping[str, Any], caller: Caller, now: datetime
) -> list[ReporterErased]:
    """Append the erasure to a case and to all that it was continued as, at once; the case's own comes first.

    One that isn't open yet is erased too: its marker waits for it. Raises ProblemError, or UnavailableError: retry,
    the ids will be the same.
    """
    first = searcher.document(reference, caller)
    event = erase(first, body, caller, now)
    events, records, waiting = [event], [action_record(searcher.settings, event, first)], [*continuations(first)]
    seen = {first.complaint_id}
    while waiting:
        complaint = waiting.pop(0)
        if complaint in seen:
            continue
        seen.add(complaint)
        case = _found(searcher, complaint, caller)
        further = _unopened(event, complaint) if case is None else erase(case, body, caller, now)
        events.append(further)
        records.append(_record(searcher, further, case))
        waiting += continuations(case) if case is not None else ()
    publisher.publish(records)
    _log.info("acted", caller=caller.name, case=first.complaint_id, did=event.TYPE, cases=len(events))
    return events


def continuations(case: CaseDocument) -> Iterator[str]:
    """Ids of the complaints that late answers to this case became; one for each time that it was closed."""
    yield from dict.fromkeys(one.event.continued_as for one in case.events if isinstance(one.event, CaseContinued))


def _found(searcher: Searcher, complaint: str, caller: Caller) -> CaseDocument | None:
    try:
        return searcher.document(complaint, caller)
    except ProblemError:
        return None


def _unopened(event: ReporterErased, complaint: str) -> ReporterErased:
    changed = {"event_id": event_id(event.event_id, ReporterErased.TYPE, complaint), "complaint_id": complaint}
    return event.model_copy(update=changed)


def _record(searcher: Searcher, event: ReporterErased, case: CaseDocument | None) -> Record:
    if case is not None:
        return action_record(searcher.settings, event, case)
    return Record(searcher.settings.topics.cases, *encode(event, source=SOURCE))
