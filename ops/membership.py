"""A process of a stage as one member of its consumer group on the cases, under a name that outlives a restart."""

from collections.abc import Iterator
from contextlib import contextmanager

from aduan.connections.membership import stable_instance
from aduan.connections.patience import Patience
from aduan.settings import Settings
from consumers.skim_reader import SkimReader, Wanted


@contextmanager
def reading_cases(settings: Settings, stage: str, *, wanted: Wanted, patience: Patience) -> Iterator[SkimReader]:
    """A reader of the topic of cases for the group of `stage`, closed at the end. Waits for a broker that is away."""
    with stable_instance(settings, stage) as instance:
        reader = patience.until_done(
            lambda: SkimReader(
                settings,
                topic=settings.topics.cases,
                group=settings.group(stage),
                client=stage,
                instance=instance,
                wanted=wanted,
            )
        )
        try:
            yield reader
        finally:
            reader.close()
