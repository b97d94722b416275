"""What an adapter must keep, judged from what was seen. Pure; docs/adapters.md says why each matters."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ops.conformance.deliveries import Delivery
from ops.conformance.phases import Report, Seen

_ALL_REPLICAS: Final = -1
_MOST_PER_SECOND: Final = 20
"""Attempts a second while the door is away; Retry-After and any backoff stay far below."""
_MOST_REPEATS: Final = 3
"""Times that a message refused for good may be sent: another would be a loop."""


class Verdict(StrEnum):
    """What was found of one rule."""

    HELD = "held"
    BROKEN = "broken"
    NOT_TRIED = "not tried"


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule, what was found, and when it is broken: what to do."""

    rule: str
    title: str
    verdict: Verdict
    found: str = ""
    advice: str = ""


Rule = Callable[[Report], Finding | None]
"""None: the rule says nothing to an adapter of this kind."""


def findings(report: Report) -> list[Finding]:
    """Every rule that applies, in the order of docs/adapters.md."""
    return [found for rule in RULES if (found := rule(report)) is not None]


def _phase(report: Report, name: str) -> Seen | None:
    return next((one for one in report.seen if one.phase == name), None)


def _missing(seen: Seen) -> int:
    there = {one.mark for one in seen.deliveries if one.complaint_id is not None}
    return sum(mark not in there and mark != seen.refused for mark in seen.marks)


def _all_arrived(report: Report, phase: str, rule: str, title: str, advice: str) -> Finding | None:
    seen = _phase(report, phase)
    if seen is None:
        return None
    if seen.met == 0:
        return Finding(rule, title, Verdict.NOT_TRIED, "nothing was submitted in this phase", advice)
    missing = _missing(seen)
    if missing:
        found = f"{missing} of {len(seen.marks)} messages never became a complaint"
        return Finding(rule, title, Verdict.BROKEN, found, advice)
    return Finding(rule, title, Verdict.HELD, f"{len(seen.marks)} of {len(seen.marks)} messages")


def delivers(report: Report) -> Finding | None:
    """On a quiet day everything arrives and is taken."""
    advice = "Submit every message of the feed, with its text; see the rule 'valid' and adapter.log."
    return _all_arrived(report, "quiet", "delivers", "delivers everything on a quiet day", advice)


def valid(report: Report) -> Finding:
    """What arrives keeps to schema and headers."""
    wrong = [one for one in _deliveries(report) if one.reason not in (None, "conflict", _ASKED)]
    if not wrong:
        return Finding("valid", "messages keep to schema and headers", _held(report))
    said = sorted({f"{one.reason} ({'; '.join(one.wrong)})" if one.wrong else str(one.reason) for one in wrong})
    advice = "Correct these fields; the JSON Schema is schemas/json/ComplaintSubmitted.json, the headers CloudEvents'."
    if report.kind == "http":
        advice = "Correct these fields; docs/adapters.md shows the body, the token and the headers."
    found = f"{len(wrong)} refused: {', '.join(said[:5])}"
    return Finding("valid", "messages keep to schema and headers", Verdict.BROKEN, found, advice)


def keyed(report: Report) -> Finding:
    """Each message has a key, and the same one whenever it is sent."""
    name = "the record's key" if report.kind == "kafka" else "the Idempotency-Key"
    title = f"{name} is there, and the same on every try"
    keys = _by_mark(report, lambda one: [one.key or ""])
    without = sum("" in found for found in keys.values())
    changing = sum(len(found) > 1 for found in keys.values())
    advice = f"Make {name} from the message's own id on its platform, never from chance or time."
    if without or changing:
        found = f"{without} messages without a key, {changing} with several"
        return Finding("keyed", title, Verdict.BROKEN, found, advice)
    return Finding("keyed", title, Verdict.HELD if keys else Verdict.NOT_TRIED)


def partitioned(report: Report) -> Finding | None:
    """The partition follows from the key as in Java's client."""
    if report.kind != "kafka":
        return None
    title = "the partition follows from the key by murmur2"
    seen = [one.partition_right for one in _deliveries(report) if one.partition_right is not None]
    wrong = seen.count(False)
    advice = "Set no partition; librdkafka: partitioner=murmur2_random; others: what Java's client does by default."
    if wrong:
        return Finding("partitioned", title, Verdict.BROKEN, f"{wrong} of {len(seen)} records elsewhere", advice)
    return Finding("partitioned", title, Verdict.HELD if seen else Verdict.NOT_TRIED)


def acknowledged(report: Report) -> Finding | None:
    """The producer asks for the acknowledgement of all replicas."""
    if report.kind != "kafka":
        return None
    title = "asks for acks=all"
    wrong = sorted(report.acks - {_ALL_REPLICAS})
    if wrong:
        advice = "Set acks=all: with less, a broker that dies takes acknowledged complaints with it."
        return Finding("acknowledged", title, Verdict.BROKEN, f"acks={', '.join(map(str, wrong))}", advice)
    return Finding("acknowledged", title, Verdict.HELD if report.acks else Verdict.NOT_TRIED)


def once(report: Report) -> Finding:
    """However often a message is sent, it is one complaint."""
    title = "one message is one complaint, however often it is sent"
    complaints = _by_mark(report, lambda one: [one.complaint_id] if one.complaint_id else [])
    doubled = sum(len(found) > 1 for found in complaints.values())
    advice = "Take external_id (HTTP: the Idempotency-Key), channel, account and sender from the platform's message."
    if doubled:
        found = f"{doubled} of {len(complaints)} messages became several complaints"
        return Finding("once", title, Verdict.BROKEN, found, advice)
    return Finding("once", title, Verdict.HELD if complaints else Verdict.NOT_TRIED)


def same_body(report: Report) -> Finding:
    """A retry repeats the body."""
    title = "no key comes with another body"
    conflicts = sum(one.reason == "conflict" for one in _deliveries(report))
    advice = "A retry repeats every field: no time of sending, no counter, no random value in the body."
    if conflicts:
        return Finding("same_body", title, Verdict.BROKEN, f"{conflicts} conflicts", advice)
    return Finding("same_body", title, _held(report))


def repeats(report: Report) -> Finding | None:
    """A lost cursor is no catastrophe: everything can be sent again."""
    seen = _phase(report, "again")
    if seen is None:
        return None
    title = "sends all again after its state was lost"
    often = [sum(one.mark == mark for one in seen.deliveries) for mark in seen.marks]
    fewer = sum(count < 2 for count in often)  # noqa: PLR2004 - once on the quiet day, once again
    if fewer:
        advice = "Keep the cursor in ADAPTER_STATE (or your own folder) only, and start from the beginning without one."
        return Finding("repeats", title, Verdict.NOT_TRIED, f"{fewer} messages came only once", advice)
    return Finding("repeats", title, Verdict.HELD, f"{len(often)} of {len(often)} messages")


def killed_before(report: Report) -> Finding | None:
    """kill -9 before the door has it."""
    advice = "Move the cursor only after the acknowledgement (future.get(), flush(), HTTP 202), never before."
    title = "killed before the acknowledgement, it misses nothing"
    return _all_arrived(report, "before", "killed_before", title, advice)


def killed_after(report: Report) -> Finding | None:
    """kill -9 after the door has it, before the adapter knows."""
    advice = "After a start, send again what was not acknowledged, under the same ids."
    title = "killed before it heard the acknowledgement, it misses nothing"
    return _all_arrived(report, "after", "killed_after", title, advice)


def outage(report: Report) -> Finding | None:
    """Nobody there for a while."""
    advice = "Retry without end, with a growing pause, on 503, 429, timeouts and lost connections; drop nothing."
    return _all_arrived(report, "away", "outage", "an unavailable door costs no message", advice)


def patient(report: Report) -> Finding | None:
    """While the door is away, it is not hammered."""
    seen = _phase(report, "away")
    if seen is None:
        return None
    title = "waits between attempts while the door is away"
    most = _MOST_PER_SECOND * report.away_seconds
    if seen.met > most:
        advice = "Wait as Retry-After says, or with a pause that doubles from a fraction of a second (with jitter)."
        return Finding("patient", title, Verdict.BROKEN, f"{seen.met} attempts in {report.away_seconds:.0f} s", advice)
    found = f"{seen.met} attempts in {report.away_seconds:.0f} s"
    return Finding("patient", title, Verdict.HELD if seen.met else Verdict.NOT_TRIED, found)


def refusal(report: Report) -> Finding | None:
    """A message that is refused for good holds up no other."""
    seen = _phase(report, "refusal")
    if seen is None:
        return None
    title = "goes on after a refusal (422), and does not repeat it for ever"
    tries = sum(one.mark == seen.refused for one in seen.deliveries)
    missing = _missing(seen)
    advice = "Put a refused message aside, tell somebody, and go on with the next."
    if missing or tries > _MOST_REPEATS:
        found = f"{missing} other messages missing; the refused one was sent {tries} times"
        return Finding("refusal", title, Verdict.BROKEN, found, advice)
    return Finding("refusal", title, Verdict.HELD if tries else Verdict.NOT_TRIED)


RULES: Final[tuple[Rule, ...]] = (
    delivers,
    valid,
    keyed,
    partitioned,
    acknowledged,
    once,
    same_body,
    repeats,
    killed_before,
    killed_after,
    outage,
    patient,
    refusal,
)
_ASKED: Final = "refused_on_purpose"


def _deliveries(report: Report) -> Iterator[Delivery]:
    """Each once: a phase's list holds what came before it for the same messages."""
    seen: set[int] = set()
    for phase in report.seen:
        for one in phase.deliveries:
            if id(one) not in seen:
                seen.add(id(one))
                yield one


def _held(report: Report) -> Verdict:
    """Held, if anything arrived at all."""
    return Verdict.HELD if any(seen.deliveries for seen in report.seen) else Verdict.NOT_TRIED


def _by_mark(report: Report, values: Callable[[Delivery], Iterable[str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for one in _deliveries(report):
        if one.mark is not None:
            found.setdefault(one.mark, set()).update(values(one))
    return found
