"""What the decisions cost: µs of CPU time per complaint, in batches of 500 as the workers take them, on fresh texts."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from statistics import median
from typing import Any, Final

from aduan.classification import Submission, classify
from aduan.keyring import Keyring
from aduan.lanes import choose_lane
from aduan.masking import mask
from aduan.privacy import Purpose, unseal_model
from aduan.routing import RouteInput, route
from benchmarks.lab import Lab
from benchmarks.results import Measure, Target
from benchmarks.workload import received
from schemas.content import Content
from schemas.events import ComplaintClassified, ComplaintReceived
from streams.steps import Decided, classify_complaints, route_complaints

BATCH: Final = 500
LIMIT: Final = 250.0
"""µs for masking and classification together (issue 3)."""
Batch = Sequence[Any]


def run(lab: Lab, *, quick: bool) -> list[Measure]:
    """The cost of every decision and of both steps as a whole."""
    batches = 4 if quick else 20
    with lab.installation("decisions") as installation:
        key, now = installation.key, datetime.now(UTC)
        lab.say(f"decisions: making {(batches + 1) * BATCH:,} complaints")
        events = [received(number, key, now) for number in range((batches + 1) * BATCH)]
        lab.say("decisions: timing them")
        cost = _costs(events, Keyring(installation.settings.data_dir / "keyring"), now)
    together = cost["mask"] + cost["classify"]
    rows = [Measure("decisions", name, microseconds, "µs each") for name, microseconds in cost.items()]
    target = Target(LIMIT, below=True)
    return [Measure("decisions", "mask and classify together", together, "µs each", target=target), *rows]


def _costs(events: Sequence[ComplaintReceived], keyring: Keyring, now: datetime) -> dict[str, float]:
    cost: dict[str, float] = {}

    def unsealed(batch: Batch) -> list[Content]:
        return [unseal_model(keyring, Purpose.CONTENT, one.complaint_id, one.sealed_content, Content) for one in batch]

    contents = unsealed(events)
    submissions = [_submission(event, content) for event, content in zip(events, contents, strict=True)]
    classes = classify(submissions)
    routes = [
        RouteInput(complaint_id=event.complaint_id, received_at=event.received_at, classification=found)
        for event, found in zip(events, classes, strict=True)
    ]
    cost["triage (at the door)"] = _cost(contents, lambda batch: [choose_lane(one.title, one.text) for one in batch])
    cost["unseal"] = _cost(events, unsealed)
    cost["mask"] = _cost(contents, lambda batch: [(mask(one.title), mask(one.text)) for one in batch])
    cost["classify"] = _cost(submissions, classify)
    cost["route, with the deadline"] = _cost(routes, route)
    cost["the whole step classify"] = _cost(events, lambda batch: classify_complaints(batch, keyring, now))
    classified = [
        outcome.event
        for outcome in classify_complaints(events, keyring, now)
        if isinstance(outcome, Decided) and isinstance(outcome.event, ComplaintClassified)
    ]
    cost["the whole step route"] = _cost(classified, lambda batch: route_complaints(batch, now))
    return cost


def _cost(items: Batch, work: Callable[[Batch], object]) -> float:
    """Median over the batches but the first, in µs of CPU time per item: what else the machine does hardly counts."""
    taken = []
    for start in range(0, len(items), BATCH):
        batch = items[start : start + BATCH]
        began = time.thread_time()
        work(batch)
        taken.append((time.thread_time() - began) / len(batch) * 1e6)
    return median(taken[1:])


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
