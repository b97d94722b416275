"""`aduan admission`: the door for adapters that write to complaints.submitted, as a long-running process."""

from contextlib import closing

import structlog
import typer

from aduan.connections.log_reader import FencedError, LogReader
from aduan.connections.membership import stable_instance
from aduan.connections.patience import Patience
from aduan.connections.publisher import Publisher
from aduan.keyring import Keyring
from aduan.settings import Settings, load_settings
from aduan.tokens import Tokens, tokens_path
from ops.commands.doors import open_door
from ops.commands.indexing import places
from ops.health import Health
from ops.process import STALLED, health_endpoint, set_up_logging, stop_on_signals
from producers.admission import Admission
from producers.claims import Claims
from producers.sources import Sources
from schemas.errors import AduanError, UnavailableError

_log = structlog.get_logger(__name__)
BATCH = 200
"""Submissions that go through the door together."""


def register(cli: typer.Typer) -> None:
    """Add the stage."""
    cli.command("admission")(admission)


def admission() -> None:
    """Admit what adapters write to complaints.submitted; answer on complaints.admissions.

    Exit code 70: it crashed, or another process took this one's name.
    """
    settings = load_settings()
    set_up_logging("admission")
    patience = Patience(stop_on_signals())
    try:
        _serve(settings, patience)
    except FencedError as error:
        typer.echo(f"aduan: {error}", err=True)
        raise typer.Exit(STALLED) from None
    except UnavailableError:
        if not patience.stop.is_set():
            raise
    except AduanError:
        raise
    except Exception as error:  # noqa: BLE001 - a process's main: a traceback's messages may quote a complaint
        _log.error("crashed", error=type(error).__name__, at=places(error))
        raise typer.Exit(STALLED) from None


def _serve(settings: Settings, patience: Patience) -> None:
    with (
        stable_instance(settings, "admission") as instance,
        open_door(settings, "admission") as door,
        closing(Publisher(settings, "admission-answers")) as publisher,
        closing(Claims(settings.data_dir / "claims.sqlite")) as claims,
    ):
        stage = Admission(
            settings,
            door,
            publisher=publisher,
            sources=Sources(claims),
            tokens=Tokens(tokens_path(settings)),
            keyring=Keyring(settings.data_dir / "keyring"),
            patience=patience,
        )
        with (
            health_endpoint(settings, lambda: _health(stage, patience)),
            closing(patience.until_done(lambda: _reader(settings, instance))) as reader,
        ):
            stage.run(reader)


def _reader(settings: Settings, instance: str) -> LogReader:
    return LogReader(
        settings,
        topic=settings.topics.submitted,
        group=settings.group("admission"),
        client="admission",
        instance=instance,
        max_records=BATCH,
    )


def _health(stage: Admission, patience: Patience) -> Health:
    """Healthy unless it waits for something that is away."""
    details: dict[str, str | int | float] = {"admitted": stage.admitted, "turned_away": stage.turned}
    if patience.waiting_for is not None:
        details["waits_for"] = patience.waiting_for
    return Health(ok=patience.waiting_for is None, details=details)
