"""`aduan indexer` and `aduan reindex`: the search index written from the log, and its next generation."""

from typing import Annotated

import typer

from aduan.settings import load_settings
from consumers.indexing import IndexingProcess
from consumers.log_reader import FencedError
from consumers.poison import PoisonError
from ops.health import Health
from ops.process import STALLED, health_endpoint, set_up_logging, stop_on_signals


def register(cli: typer.Typer) -> None:
    """Add the indexer."""
    cli.command("indexer")(indexer)


def indexer(
    generation: Annotated[
        int | None, typer.Option(min=1, help="Write this generation, whatever the alias says (for repairs).")
    ] = None,
) -> None:
    """Write cases from the log to the search index.

    Exit code 70: it stopped itself because of a run of invalid messages, or because another process took its place.
    """
    settings = load_settings()
    set_up_logging("indexer")
    process = IndexingProcess(settings, stop_on_signals(), generation)
    with health_endpoint(settings, lambda: health(process)):
        try:
            process.serve()
        except (PoisonError, FencedError) as error:
            typer.echo(f"aduan: {error}", err=True)
            raise typer.Exit(STALLED) from None


def health(process: IndexingProcess) -> Health:
    """Healthy unless it waits for something that is away."""
    details: dict[str, str | int | float] = {}
    if process.live is not None:
        details["generation"] = process.live.number
    if process.indexer is not None:
        details |= {"indexed": process.indexer.indexed, "dead_letters": process.indexer.dead_letters}
    waiting = process.patience.waiting_for
    if waiting is not None:
        details["waiting_for"] = waiting
    return Health(ok=waiting is None, details=details)
