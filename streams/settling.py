"""A batch of records to what must be written for them: the next event, or a dead letter. Pure but for the keyring.

Two verdicts (guarantee 5): invalid becomes a dead letter and its neighbours pass; UnavailableError passes through, and
nothing of the batch is settled.
"""

import traceback
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple, Protocol

import structlog

from aduan.connections.publisher import Record
from aduan.dead_letters import build_dead_letter, encode_dead_letter
from aduan.keyring import SealingKey
from schemas.codec import decode, encode
from schemas.errors import InvalidError, Reason, UnavailableError
from schemas.events import Event
from schemas.topics import MAX_RAW_BYTES
from streams.stages import Step, extra_headers
from streams.steps import Decided, Outcome

_log = structlog.get_logger(__name__)
MAX_EVENT_BYTES: Final = 1_500_000
"""A longer value isn't even parsed. The longest text that a door takes (256 kB), sealed and in JSON, stays below."""
_ROOM_FOR_HEADERS: Final = 4_000


class Incoming(Protocol):
    """A record as it was read; Faust's messages are."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] | None


class Refused(NamedTuple):
    """Never to succeed: a dead letter with this reason."""

    reason: Reason


Settled = Record | Refused


def settle(records: Sequence[Incoming], step: Step, now: datetime) -> list[Settled]:
    """What to write for each record, in order. Raises UnavailableError, never anything else."""
    settled: list[Settled] = [Refused(Reason.BUG)] * len(records)
    places: list[int] = []
    events: list[Event] = []
    for place, record in enumerate(records):
        try:
            events.append(_read(record, step))
        except InvalidError as error:
            settled[place] = Refused(error.reason)
        else:
            places.append(place)
    for place, answer in zip(places, _answers(events, [records[place] for place in places], step, now), strict=True):
        settled[place] = answer
    return settled


def dead_letter_record(record: Incoming, refused: Refused, step: Step, key: SealingKey, now: datetime) -> Record:
    """The dead letter of one record, ready to publish; its partition follows from its own key."""
    letter = build_dead_letter(
        reason=refused.reason,
        group=step.group,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=record.key,
        value=record.value,
        headers=record.headers or (),
        key_ring_key=key,
        now=now,
    )
    return Record(step.dead_letter, *encode_dead_letter(letter, source=step.source))


def _read(record: Incoming, step: Step) -> Event:
    if record.value is not None and len(record.value) > MAX_EVENT_BYTES:
        raise InvalidError(Reason.TOO_LARGE)
    event: Event = decode(record.value, record.headers or (), step.takes)
    if record.key is None or record.key != event.complaint_id.encode():
        raise InvalidError(Reason.INVALID_EVENT, "the key is not the event's complaint_id")
    return event


def _answers(events: list[Event], records: list[Incoming], step: Step, now: datetime) -> list[Settled]:
    """Decide all at once; when that raises, one by one, so that a bug hits only the complaint that has it.

    The one place that catches everything: an exception here must neither lose a complaint nor stop its neighbours.
    """
    if not events:
        return []
    try:
        return _decide(events, records, step, now)
    except UnavailableError:
        raise
    except Exception as error:  # noqa: BLE001 - see above
        if len(events) == 1:
            _log.error("decision_raised", stage=step.stage.value, error=type(error).__name__, at=_place(error))
            return [Refused(Reason.BUG)]
    return [
        answer
        for event, record in zip(events, records, strict=True)
        for answer in _answers([event], [record], step, now)
    ]


def _decide(events: list[Event], records: list[Incoming], step: Step, now: datetime) -> list[Settled]:
    outcomes = step.decide(events, now)
    return [_written(outcome, record, step) for outcome, record in zip(outcomes, records, strict=True)]


def _written(outcome: Outcome, record: Incoming, step: Step) -> Settled:
    """The record to write: in the same partition that was read, since all topics of the flow have the same number."""
    if not isinstance(outcome, Decided):
        return Refused(outcome.reason)
    event, lane = outcome
    key, value, headers = encode(event, source=step.source, extra=extra_headers(event))
    if len(value) > MAX_RAW_BYTES - _ROOM_FOR_HEADERS:
        return Refused(Reason.TOO_LARGE)
    return Record(step.writes[lane], key, value, headers, record.partition)


def _place(error: BaseException) -> str:
    """File and line where it was raised; never its message, which may quote the complaint."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(last.filename).name}:{last.lineno}"
