"""`aduan worker`: one stream worker, with its health endpoint."""

import sys
from typing import Annotated

import typer

from aduan.settings import load_settings
from ops.health import Health
from ops.process import health_endpoint, set_up_logging
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
    progress = Progress()

    def check() -> Health:
        return Health(ok=not progress.waits_for and not progress.draining, details=progress.details())

    with health_endpoint(settings, check):
        sys.exit(run_worker(settings, WorkerName(stage, lane, instance), progress))
