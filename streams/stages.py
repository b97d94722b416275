"""The two stages as a table: what each reads, takes, decides and writes. All else is the same for both."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from aduan.keyring import Keyring
from aduan.model.serving import serving_judge
from aduan.settings import Settings
from schemas.events import (
    CaseOpened,
    ComplaintClassified,
    ComplaintReceived,
    Event,
    ReplyClassified,
    ReporterReplied,
)
from schemas.topics import Lane
from streams.observing import observer_of
from streams.steps import Outcome, classify_complaints, route_complaints

Decide = Callable[[Sequence[Event], datetime], list[Outcome]]
"""One outcome per event, in order. Raises UnavailableError when the world isn't ready."""


class Stage(StrEnum):
    """The two Faust agents."""

    CLASSIFY = "classify"
    ROUTE = "route"


@dataclass(frozen=True, slots=True)
class Step:
    """One stage in one lane."""

    stage: Stage
    lane: Lane
    group: str
    reads: str
    writes: dict[Lane, str]
    dead_letter: str
    takes: tuple[type[Event], ...]
    decide: Decide = field(repr=False)

    @property
    def source(self) -> str:
        """CloudEvents source of what the stage says."""
        return f"/streams/{self.stage.value}"


def build_step(settings: Settings, stage: Stage, lane: Lane, keyring: Keyring) -> Step:
    """The stage of this installation, with the model that serves it now.

    Order per complaint holds within a lane: each lane has its own topics.
    """
    topics, group = settings.topics, settings.group(f"{stage.value}.{lane.value}")
    if stage is Stage.CLASSIFY:
        return Step(
            stage=stage,
            lane=lane,
            group=group,
            reads=topics.received(lane),
            writes={written: topics.classified(written) for written in Lane},
            dead_letter=topics.dead_letter,
            takes=(ComplaintReceived, ReporterReplied),
            decide=_classifying(settings, lane, keyring),
        )
    return Step(
        stage=stage,
        lane=lane,
        group=group,
        reads=topics.classified(lane),
        writes=dict.fromkeys(Lane, topics.cases),
        dead_letter=topics.dead_letter,
        takes=(ComplaintClassified, ReplyClassified),
        decide=route_complaints,  # type: ignore[arg-type]
    )


def _classifying(settings: Settings, lane: Lane, keyring: Keyring) -> Decide:
    judge = serving_judge(settings)
    observer = observer_of(settings, lane, judge)

    def decide(events: Sequence[Event], now: datetime) -> list[Outcome]:
        return classify_complaints(events, keyring, now, by=judge, saw=observer.saw)  # type: ignore[arg-type]

    return decide


def extra_headers(event: Event) -> list[tuple[str, str]]:
    """Header `ce_prioritas` of a CaseOpened: the escalator skips what isn't urgent without decoding it."""
    return [("prioritas", event.classification.prioritas)] if isinstance(event, CaseOpened) else []
