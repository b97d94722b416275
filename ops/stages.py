"""The stages of the flow and what each reads: the consumer groups that `aduan lag` and the demo watch."""

from typing import NamedTuple

from aduan.settings import Settings
from schemas.topics import Lane


class Stage(NamedTuple):
    """One consumer group on one topic."""

    name: str
    group: str
    topic: str


def stages(settings: Settings, generation: int) -> list[Stage]:
    """All stages, in the order of the flow; the indexer is the one that writes this generation of the index."""
    topics = settings.topics
    reads = [(f"classify.{lane}", topics.received(lane)) for lane in Lane]
    reads += [(f"route.{lane}", topics.classified(lane)) for lane in Lane]
    reads += [(f"indexer.{generation}", topics.cases), ("escalator", topics.cases)]
    return [Stage(name, settings.group(name), topic) for name, topic in reads]


def current_stages(settings: Settings) -> list[Stage]:
    """All stages, with the indexer of the generation that is read from now."""
    return stages(settings, 1)
