"""A batch's events folded by case, before anything is written. Pure."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from aduan.case import apply
from aduan.connections.log_reader import LogRecord
from schemas.documents import CaseDocument, Position
from schemas.errors import InvalidError, Reason
from schemas.events import CaseEvent


class Placed(NamedTuple):
    """An event of the log of cases with the record that held it."""

    event: CaseEvent
    position: Position
    record: LogRecord


class Rejected(NamedTuple):
    """A record that becomes a dead letter."""

    record: LogRecord
    reason: Reason


class Folded(NamedTuple):
    """The document after a case's events, and those of them that could not be applied."""

    case: CaseDocument | None
    accepted: tuple[Placed, ...]
    rejected: tuple[Rejected, ...]


def by_case(placed: Iterable[Placed]) -> dict[str, list[Placed]]:
    """Complaint id -> its events, in the order of the log."""
    cases: dict[str, list[Placed]] = {}
    for one in placed:
        cases.setdefault(one.event.complaint_id, []).append(one)
    return cases


def fold_onto(case: CaseDocument | None, events: Sequence[Placed]) -> Folded:
    """Apply events to what is there; `case` itself comes back when they change nothing."""
    accepted: list[Placed] = []
    rejected: list[Rejected] = []
    for one in events:
        try:
            case = apply(case, one.event, one.position)
        except InvalidError as error:
            rejected.append(Rejected(one.record, error.reason))
        else:
            accepted.append(one)
    return Folded(case, tuple(accepted), tuple(rejected))
