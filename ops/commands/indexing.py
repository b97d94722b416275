"""`aduan indexer` and `aduan reindex`: the search index written from the log, and its next generation."""

import gc
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from traceback import extract_tb
from typing import Annotated, Final

import structlog
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from aduan.connections.log_reader import FencedError
from aduan.connections.patience import Patience
from aduan.connections.publisher import Publisher
from aduan.keyring import Keyring
from aduan.settings import load_settings
from consumers.indexing import IndexingProcess
from consumers.poison import PoisonError
from consumers.reindex import Rebuilder
from consumers.search_engine import search_client
from ops.health import Health
from ops.process import STALLED, health_endpoint, set_up_logging, stop_on_signals
from schemas.errors import AduanError

BAD_DEPLOY: Final = 71
"""Exit code after which the supervisor does not start a process again (`ops.restarts`)."""
_log = structlog.get_logger(__name__)


def register(cli: typer.Typer) -> None:
    """Add the indexer and the reindexer."""
    cli.command("indexer")(indexer)
    cli.command("reindex")(reindex)


def indexer(
    generation: Annotated[
        int | None, typer.Option(min=1, help="Write this generation, whatever the alias says (for repairs).")
    ] = None,
) -> None:
    """Write cases from the log to the search index.

    Exit code 71: a run of invalid messages, probably a bad deploy; 70: it crashed, or another process took its name.
    """
    settings = load_settings()
    set_up_logging("indexer")
    collect_garbage_rarely()
    process = IndexingProcess(settings, stop_on_signals(), generation)
    with health_endpoint(settings, lambda: health(process)):
        try:
            process.serve()
        except PoisonError as error:
            typer.echo(f"aduan: {error}", err=True)
            raise typer.Exit(BAD_DEPLOY) from None
        except FencedError as error:
            typer.echo(f"aduan: {error}", err=True)
            raise typer.Exit(STALLED) from None
        except AduanError:
            raise
        except Exception as error:  # noqa: BLE001 - a process's main: a traceback's messages may quote a complaint
            _log.error("crashed", error=type(error).__name__, at=places(error))
            raise typer.Exit(STALLED) from None


def places(error: BaseException) -> list[str]:
    """Where an error came from, innermost last, without what it said."""
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in extract_tb(error.__traceback__)][
        -8:
    ]


def collect_garbage_rarely() -> None:
    """What was loaded until now stays. A batch's hundred thousand objects go by reference counts, not by the collector.

    With Python's defaults the collector walks the batches in hand again and again: an eighth of the indexer's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


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


def reindex(
    rollback: Annotated[
        bool, typer.Option("--rollback", help="Make the generation before this one live again.")
    ] = False,
    drop_old: Annotated[
        bool, typer.Option("--drop-old", help="Delete every generation but the live one. No rollback after that.")
    ] = False,
) -> None:
    """Build the next generation of the index beside the live one, then switch to it.

    Needed when the mapping or the fold changed. Searches and the indexer go on meanwhile. When it was interrupted, run
    it again: it goes on. The old generation is kept for `--rollback` until `--drop-old`.
    """
    settings = load_settings()
    set_up_logging("reindex")
    patience = Patience(stop_on_signals())
    with (
        closing(search_client(settings)) as client,
        closing(Publisher(settings, "reindex")) as publisher,
        _progress() as progress,
    ):
        rebuilder = Rebuilder(
            settings,
            client,
            publisher=publisher,
            keyring=Keyring(settings.data_dir / "keyring"),
            patience=patience,
            on_progress=progress,
        )
        if drop_old:
            dropped = ", ".join(one.index for one in rebuilder.drop_others()) or "nothing"
            message = f"dropped {dropped}"
        else:
            message = f"live: {(rebuilder.roll_back() if rollback else rebuilder.rebuild()).index}"
    typer.echo(message)


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """A line that says what is being done; silent when stderr is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("reindex", total=None)

        def show(what: str, done: int, total: int) -> None:
            progress.update(task, description=what, completed=done, total=total or None)

        yield show
