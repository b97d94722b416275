"""`aduan run`: all processes of one machine, kept running."""

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Final

import typer

from aduan.keyring import Keyring
from aduan.settings import Settings, load_settings
from ops import run_file
from ops.engines.ports import free_port
from ops.process import stop_on_signals
from ops.process_table import process_table, select
from ops.restarts import RestartPolicy
from ops.supervisor import Supervisor
from schemas.errors import SettingsError

_DAY_SECONDS: Final = 86_400.0


def register(cli: typer.Typer) -> None:
    """Add the command."""
    cli.command("run")(run)


def run(
    only: Annotated[list[str] | None, typer.Option(help="Only these, by name or kind; can be repeated.")] = None,
    without: Annotated[list[str] | None, typer.Option(help="All but these; can be repeated.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes of each ordinary stage; at most one a partition.")] = 1,
) -> None:
    """Run all processes of this machine until SIGTERM or Ctrl-C. Exit code 1 when one can't be kept running."""
    settings = load_settings()
    settings.require_secret()
    rows = select(
        process_table(settings, workers=workers, choose_port=free_port), only=only or (), without=without or ()
    )
    stop = stop_on_signals()
    with _alone(settings):
        for name in run_file.stop_left_behind(settings.data_dir):
            typer.echo(f"{name} was left by a supervisor that was killed: stopped")
        policy = RestartPolicy(failures=settings.supervisor_failures, window=settings.supervisor_window)
        threading.Thread(target=_keep_house, args=(settings, stop), name="housekeeping", daemon=True).start()
        supervisor = Supervisor(
            settings, rows, policy=policy, say=typer.echo, silent_seconds=settings.worker_stall_seconds
        )
        supervisor.run(stop)


def _keep_house(settings: Settings, stop: threading.Event) -> None:
    """Daily: destroy the month keys whose logs are all past their retention (guarantee 9)."""
    keyring = Keyring(settings.data_dir / "keyring")
    while True:
        for key_id in keyring.destroy_expired(datetime.now(UTC), settings.retention_days_log):
            typer.echo(f"key {key_id} destroyed: its logs are past their retention")
        if stop.wait(_DAY_SECONDS):
            return


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """One supervisor in a data folder."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with (settings.data_dir / "run.lock").open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SettingsError(f"aduan run is already running in {settings.data_dir}; stop that one first") from None
        yield
