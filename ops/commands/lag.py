"""`aduan lag`: how far behind every stage is, for people, scripts and alarms."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table

from aduan.settings import load_settings
from ops.lag import Allowed, LagMeter, PartitionLag, is_behind
from ops.stages import current_stages
from schemas.errors import AduanError

BEHIND: Final = 1
UNKNOWN: Final = 2


def register(cli: typer.Typer) -> None:
    """Add `aduan lag`."""
    cli.command("lag")(lag)


def lag(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON; with --watch one line a measurement.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Measure again until Ctrl-C.")] = False,
    every: Annotated[float, typer.Option(min=0.2, help="Seconds between measurements of --watch.")] = 2.0,
    max_messages: Annotated[int | None, typer.Option(min=0, help="Messages a partition may be behind.")] = None,
    max_seconds: Annotated[float | None, typer.Option(min=0, help="Age the oldest unread message may have.")] = None,
) -> None:
    """Show how far each stage is behind, by partition, in messages and in seconds.

    Exit code 0 when all partitions are within the limits given (with none: when nothing is unread), 1 when one is
    behind, 2 when it can't be measured.
    """
    allowed = Allowed.of(max_messages, max_seconds)
    try:
        behind = _watch(as_json, every, allowed) if watch else _once(as_json, allowed)
    except AduanError as error:
        typer.echo(f"aduan lag: {error}", err=True)
        raise typer.Exit(UNKNOWN) from None
    raise typer.Exit(BEHIND if behind else 0)


def _once(as_json: bool, allowed: Allowed) -> bool:
    settings = load_settings()
    with LagMeter(settings) as meter:
        lags = meter.measure(current_stages(settings))
    if as_json:
        typer.echo(json.dumps(_document(lags, allowed), indent=2))
    else:
        Console().print(_table(lags, allowed))
    return is_behind(lags, allowed)


def _watch(as_json: bool, every: float, allowed: Allowed) -> bool:
    settings, lags = load_settings(), list[PartitionLag]()
    with LagMeter(settings) as meter, Live(auto_refresh=False, transient=as_json) as live:
        try:
            while True:
                lags = meter.measure(current_stages(settings))
                if as_json:
                    typer.echo(json.dumps(_document(lags, allowed)))
                else:
                    live.update(_table(lags, allowed), refresh=True)
                time.sleep(every)
        except KeyboardInterrupt:
            return is_behind(lags, allowed)


def _document(lags: Sequence[PartitionLag], allowed: Allowed) -> dict[str, object]:
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "behind": is_behind(lags, allowed),
        "partitions": [asdict(lag) for lag in lags],
    }


def _table(lags: Sequence[PartitionLag], allowed: Allowed) -> Table:
    table = Table("stage", "topic", caption=f"measured {datetime.now(UTC):%H:%M:%S} UTC", title="Lag")
    for name in ("partition", "committed", "end", "lag", "seconds"):
        table.add_column(name, justify="right")
    for lag in lags:
        table.add_row(
            lag.stage,
            lag.topic,
            str(lag.partition),
            "never" if lag.committed is None else str(lag.committed),
            str(lag.end),
            str(lag.lag),
            "?" if lag.seconds is None else f"{lag.seconds:.1f}",
            style="bold red" if is_behind([lag], allowed) else None,
        )
    return table
