"""The stages of the flow and what each reads: the consumer groups that `aduan lag` and the demo watch."""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from aduan.connections.options import kafka_options
from aduan.settings import Settings
from consumers.index import live_generation
from consumers.search_engine import search_client
from schemas.errors import UnavailableError
from schemas.topics import Lane

ADMISSION: Final = "admission"


class Stage(NamedTuple):
    """One consumer group on one topic."""

    name: str
    group: str
    topic: str


def stages(settings: Settings, generation: int) -> list[Stage]:
    """All stages, in the order of the flow; the indexer is the one that writes this generation of the index."""
    topics = settings.topics
    reads = [(ADMISSION, topics.submitted)]
    reads += [(f"classify.{lane}", topics.received(lane)) for lane in Lane]
    reads += [(f"route.{lane}", topics.classified(lane)) for lane in Lane]
    reads += [(f"indexer.{generation}", topics.cases), ("escalator", topics.cases), ("notifier", topics.cases)]
    return [Stage(name, settings.group(name), topic) for name, topic in reads]


def current_stages(settings: Settings) -> list[Stage]:
    """All stages, with the indexer of the generation that is read from now.

    When the search engine doesn't say which that is, the newest generation that has a consumer group. Raises
    UnavailableError when Kafka is away too.
    """
    try:
        with search_client(settings) as client:
            return stages(settings, live_generation(settings, client).number)
    except UnavailableError:
        return stages(settings, newest_generation(settings, _group_names(settings)))


def newest_generation(settings: Settings, groups: Iterable[str]) -> int:
    """The highest generation among the indexers' groups; 1 when there is none yet."""
    pattern = re.compile(re.escape(settings.group("indexer.")) + r"(\d+)")
    return max((int(found[1]) for name in groups if (found := pattern.fullmatch(name))), default=1)


def _group_names(settings: Settings) -> list[str]:
    try:
        admin = KafkaAdminClient(**kafka_options(settings, "lag"))
        try:
            return [group["group_id"] for group in admin.list_groups()]
        finally:
            admin.close()
    except KafkaError as error:
        raise UnavailableError(f"no Kafka broker answers ({type(error).__name__})") from error
