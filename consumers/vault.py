"""What the restricted index `reporters` holds: identity and original of a case and of each reply, sealed for the vault.

The logs' keys are destroyed after their retention; the vault's key lives as long as the record. A person who is erased
leaves markers with the same ids, so that a replay's create finds its place taken (guarantee 9). Pure.
"""

from collections.abc import Iterable
from datetime import datetime

from aduan.keyring import Keyring
from aduan.privacy import Purpose, reseal
from schemas.documents import CaseDocument, ReporterDocument
from schemas.events import CaseEvent, CaseOpened, ReplyAdded, ReporterErased


def reply_id(event: ReplyAdded) -> str:
    """Id of a reply's original; the one of the complaint itself is the complaint id."""
    return f"{event.complaint_id}.{event.event_id}"


def original_id(event: CaseEvent) -> str | None:
    """Id of the original that an event brings, or None. An opening always has its place, even when it was anonymous."""
    if isinstance(event, CaseOpened):
        return event.complaint_id
    if isinstance(event, ReplyAdded) and event.sealed_content is not None:
        return reply_id(event)
    return None


def original(keyring: Keyring, event: CaseOpened | ReplyAdded) -> ReporterDocument:
    """The original that an event brings, sealed with the vault's key.

    Raises InvalidError(UNSEALABLE) when the log's key was destroyed, UnavailableError when it isn't here yet.
    """
    subject = event.complaint_id

    def again(purpose: Purpose, sealed: str | None) -> str | None:
        return None if sealed is None else reseal(keyring, keyring.vault(), purpose, subject, sealed)

    return ReporterDocument(
        complaint_id=subject,
        sealed_content=again(Purpose.CONTENT, event.sealed_content),
        sealed_reporter=again(Purpose.REPORTER, event.sealed_reporter) if isinstance(event, CaseOpened) else None,
        received_at=event.received_at,
    )


def marker(complaint_id: str, received_at: datetime, erased_at: datetime) -> ReporterDocument:
    """What stays of an original when its person was erased."""
    return ReporterDocument(complaint_id=complaint_id, received_at=received_at, erased_at=erased_at)


def erasures(case: CaseDocument | None, events: Iterable[CaseEvent]) -> dict[str, ReporterDocument]:
    """The markers that a case's events ask for, by id: for the complaint and for every reply until its erasure.

    `case` is the document after these events, or None when it isn't open: the marker is left all the same, and an
    opening that is replayed later finds it.
    """
    history = [stored.event for stored in case.events] if case is not None else []
    seen = {event.event_id: event for event in (*history, *events)}.values()
    erased = [event.occurred_at for event in seen if isinstance(event, ReporterErased)]
    if not erased:
        return {}
    last = max(erased)
    first = next(event for event in seen if isinstance(event, ReporterErased))
    markers = {first.complaint_id: marker(first.complaint_id, first.occurred_at, last)}
    for event in seen:
        if isinstance(event, CaseOpened):
            markers[event.complaint_id] = marker(event.complaint_id, event.received_at, last)
        elif isinstance(event, ReplyAdded) and event.received_at <= last:
            markers[reply_id(event)] = marker(event.complaint_id, event.received_at, last)
    return markers
