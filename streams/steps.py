"""The two decisions of the streams, pure and batch by batch: received to classified, classified to case.

One outcome per event, in order: what to say next and in which lane, or the error that makes it a dead letter.
Unsealing reads the keyring; nothing else here touches the world.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from aduan.classification import Submission, classify
from aduan.entities import find_entities, school_level
from aduan.ids import event_id
from aduan.keyring import Keyring
from aduan.masking import mask
from aduan.model.opinion import Judge
from aduan.privacy import Purpose, unseal_model
from aduan.routing import RouteInput, route
from aduan.tracking import tracking_number
from schemas.content import Content
from schemas.errors import InvalidError
from schemas.events import (
    CaseOpened,
    Classification,
    ComplaintClassified,
    ComplaintReceived,
    Event,
    ReplyAdded,
    ReplyClassified,
    ReporterReplied,
    Routing,
)
from schemas.topics import Lane

URGENT = "darurat"
"""The priority (taxonomy.yaml) that lifts an ordinary complaint into the urgent lane."""


class Decided(NamedTuple):
    """What to say next, and in which lane."""

    event: Event
    lane: Lane


Outcome = Decided | InvalidError
Saw = Callable[[Sequence[Submission], Sequence[Classification]], None]
"""Told of every batch that was classified."""


def classify_complaints(
    events: Sequence[ComplaintReceived | ReporterReplied],
    keyring: Keyring,
    now: datetime,
    *,
    by: Judge | None = None,
    saw: Saw | None = None,
) -> list[Outcome]:
    """Unseal, mask and classify. InvalidError(UNSEALABLE) per event; UnavailableError for all when a key isn't here.

    `by` the model that serves in this installation; without one, Aduan's own.

    A complaint that turns out to be urgent leaves by the urgent lane, whatever lane it came in by. Its later replies
    stay in theirs, so one may reach `complaints.cases` before its case does when the urgent lane stands still: the
    indexer then dead-letters it as `blocked`, and replaying the opening re-appends it (guarantee 6). The lanes stay
    free of any memory of complaints that way.
    """
    contents = [_content(event, keyring) for event in events]
    submissions = [
        _submission(event, content)
        for event, content in zip(events, contents, strict=True)
        if isinstance(event, ComplaintReceived) and isinstance(content, Content)
    ]
    classified = classify(submissions, by)
    if saw is not None:
        saw(submissions, classified)
    masked = [(mask(one.title), mask(one.text)) for one in submissions]  # all: see read_complaints
    found = zip(masked, map(_with_entities, classified, masked), strict=True)
    return [
        content
        if isinstance(content, InvalidError)
        else _classified(event, *next(found), now)
        if isinstance(event, ComplaintReceived)
        else _reply_classified(event, content, now)
        for event, content in zip(events, contents, strict=True)
    ]


def route_complaints(events: Sequence[ComplaintClassified | ReplyClassified], now: datetime) -> list[Outcome]:
    """Decide the unit and the deadline, and open the case."""
    inputs = [
        RouteInput(
            complaint_id=event.complaint_id,
            # Equal, but Python's own UTC: converting pydantic's to another zone costs as much as the decision.
            received_at=event.received_at.replace(tzinfo=UTC),
            classification=event.classification,
            promised=event.origin.due_at,
        )
        for event in events
        if isinstance(event, ComplaintClassified)
    ]
    routings = iter(route(inputs))
    return [
        _opened(event, next(routings), now) if isinstance(event, ComplaintClassified) else _reply_added(event, now)
        for event in events
    ]


def _content(event: ComplaintReceived | ReporterReplied, keyring: Keyring) -> Content | InvalidError:
    try:
        return unseal_model(keyring, Purpose.CONTENT, event.complaint_id, event.sealed_content, Content)
    except InvalidError as error:
        return error


def _submission(event: ComplaintReceived, content: Content) -> Submission:
    return Submission(
        complaint_id=event.complaint_id,
        title=content.title,
        text=content.text,
        place=content.place,
        channel=event.channel,
        claimed=event.claimed,
        automated=event.automated,
        triage=event.triage,
    )


def _classified(event: ComplaintReceived, masked: tuple[str, str], classes: Classification, now: datetime) -> Decided:
    lane = Lane.URGENT if classes.prioritas == URGENT else event.lane
    title, text = masked
    return Decided(
        ComplaintClassified(
            event_id=event_id(event.event_id, ComplaintClassified.TYPE),
            complaint_id=event.complaint_id,
            occurred_at=now,
            channel=event.channel,
            account=event.account,
            lane=lane,
            body_digest=event.body_digest,
            received_at=event.received_at,
            sent_at=event.sent_at,
            title=title,
            text=text,
            sealed_content=event.sealed_content,
            sealed_reporter=event.sealed_reporter,
            attachments=event.attachments,
            automated=event.automated,
            origin=event.origin,
            classification=classes,
        ),
        lane,
    )


def _with_entities(classes: Classification, masked: tuple[str, str]) -> Classification:
    """The classes with what the masked text names; a school that it names tells the level where no word did."""
    entities = find_entities("\n".join(masked), kabupaten=classes.kabupaten, provinsi=classes.provinsi)
    named = next((one.value for one in entities if one.kind == "school"), None)
    jenjang = classes.jenjang or (school_level(named) if named else None)
    return classes.model_copy(update={"entities": entities, "jenjang": jenjang}) if entities else classes


def _reply_classified(event: ReporterReplied, content: Content, now: datetime) -> Decided:
    text = f"{content.title}\n{content.text}" if content.title else content.text
    return Decided(
        ReplyClassified(
            event_id=event_id(event.event_id, ReplyClassified.TYPE),
            complaint_id=event.complaint_id,
            occurred_at=now,
            lane=event.lane,
            received_at=event.received_at,
            text=mask(text),
            sealed_content=event.sealed_content,
            kind=event.kind,
            channel=event.channel,
            attachments=event.attachments,
            automated=event.automated,
        ),
        event.lane,
    )


def _opened(event: ComplaintClassified, routing: Routing, now: datetime) -> Decided:
    return Decided(
        CaseOpened(
            event_id=event_id(event.event_id, CaseOpened.TYPE),
            complaint_id=event.complaint_id,
            occurred_at=now,
            tracking_number=tracking_number(event.complaint_id),
            channel=event.channel,
            account=event.account,
            lane=event.lane,
            body_digest=event.body_digest,
            received_at=event.received_at,
            sent_at=event.sent_at,
            title=event.title,
            text=event.text,
            sealed_content=event.sealed_content,
            sealed_reporter=event.sealed_reporter,
            attachments=event.attachments,
            automated=event.automated,
            origin=event.origin,
            classification=event.classification,
            routing=routing,
        ),
        event.lane,
    )


def _reply_added(event: ReplyClassified, now: datetime) -> Decided:
    return Decided(
        ReplyAdded(
            event_id=event_id(event.event_id, ReplyAdded.TYPE),
            complaint_id=event.complaint_id,
            occurred_at=now,
            received_at=event.received_at,
            text=event.text,
            sealed_content=event.sealed_content,
            kind=event.kind,
            channel=event.channel,
            attachments=event.attachments,
            automated=event.automated,
        ),
        event.lane,
    )
