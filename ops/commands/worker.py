"""`aduan worker`: one stream worker, with its health endpoint and its counters."""

import fcntl
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from prometheus_client import REGISTRY
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from aduan.settings import Settings, load_settings
from ops.health import Health
from ops.process import health_endpoint, set_up_logging
from schemas.errors import SettingsError
from schemas.topics import Lane
from streams.progress import Progress
from streams.stages import Stage
from streams.worker import WorkerName, run_worker


def register(cli: typer.Typer) -> None:
    """Add the command."""
    cli.command("worker")(worker)


def worker(
    stage: Annotated[Stage, typer.Option(help="Which agent.")],
    lane: Annotated[Lane, typer.Option(help="Which lane.")] = Lane.ORDINARY,
    instance: Annotated[int, typer.Option(min=0, help="Tells apart the workers of one stage and lane on a host.")] = 0,
) -> None:
    """Run one stream worker until SIGTERM. Exit code 70: it stalled, start it again; 71: a bad deploy, don't."""
    settings = load_settings()
    set_up_logging(f"{stage.value}-{lane.value}-{instance}")
    name, progress = WorkerName(stage, lane, instance), Progress()
    REGISTRY.register(Counters(name, progress))

    def check() -> Health:
        return Health(ok=not progress.waits_for and not progress.draining, details=progress.details())

    with _alone(settings, name), health_endpoint(settings, check):
        sys.exit(run_worker(settings, name, progress))


class Counters(Collector):
    """What a worker has done, for /metrics."""

    def __init__(self, name: WorkerName, progress: Progress) -> None:
        self._labels = (name.stage.value, name.lane.value)
        self._progress = progress

    def collect(self) -> Iterable[Metric]:
        """Two counters, with stage and lane as labels."""
        for metric, text, value in (
            ("aduan_worker_settled", "Records settled, dead letters among them.", self._progress.processed),
            ("aduan_worker_dead_letters", "Records that became dead letters.", self._progress.dead_letters),
        ):
            family = CounterMetricFamily(metric, text, labels=("stage", "lane"))
            family.add_metric(self._labels, value)
            yield family


@contextmanager
def _alone(settings: Settings, name: WorkerName) -> Iterator[None]:
    """Two workers with one member id would take the partitions from each other for ever."""
    folder = settings.data_dir / "members"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{settings.namespace}{name.member}.lock").open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SettingsError(f"{name.member} is running already; give this one another --instance") from None
        yield
