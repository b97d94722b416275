"""CaseOpened records as the streams would have written them, for benchmarks that begin behind the streams."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from aduan.connections.publisher import Record
from aduan.keyring import Keyring
from benchmarks.workload import received
from schemas.codec import encode
from schemas.events import ComplaintClassified
from schemas.topics import Topics
from streams.stages import extra_headers
from streams.steps import Decided, classify_complaints, route_complaints

_BATCH: Final = 500


def case_records(total: int, topics: Topics, keyring: Keyring, now: datetime) -> Iterator[Record]:
    """The first `total` complaints of the workload after the real decisions, sealed for their ids."""
    key = keyring.current(now)
    for start in range(0, total, _BATCH):
        events = [received(number, key, now) for number in range(start, min(total, start + _BATCH))]
        classified = [
            one.event
            for one in classify_complaints(events, keyring, now)
            if isinstance(one, Decided) and isinstance(one.event, ComplaintClassified)
        ]
        for outcome in route_complaints(classified, now):
            if isinstance(outcome, Decided):
                event = outcome.event
                yield Record(topics.cases, *encode(event, source="/streams/route", extra=extra_headers(event)))
