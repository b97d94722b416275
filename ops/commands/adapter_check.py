"""`aduan adapter check`: runs an adapter through duplicates, restarts and outages, and says what it breaks."""

import json
import tempfile
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ops.conformance.http_stage import http_stage
from ops.conformance.kafka_stage import kafka_stage
from ops.conformance.phases import Phases, Stage
from ops.conformance.rules import Finding, Verdict, findings
from schemas.errors import SettingsError

_DAYS = {
    "quiet": "a quiet day",
    "again": "the same messages again, its state lost",
    "before": "kill -9 before the door has a message",
    "after": "kill -9 before it heard the acknowledgement",
    "away": "nobody there for a while",
    "refusal": "one message refused",
}
_COLOURS = {Verdict.HELD: "green", Verdict.BROKEN: "bold red", Verdict.NOT_TRIED: "yellow"}


def check(  # noqa: PLR0917 - typer makes options of them
    command: Annotated[list[str], typer.Argument(metavar="COMMAND...", help="After --; {feed} is the feed's path.")],
    kafka: Annotated[bool, typer.Option("--kafka", help="It writes to complaints.submitted.")] = False,
    http: Annotated[bool, typer.Option("--http", help="It posts to the HTTP intake.")] = False,
    messages: Annotated[int, typer.Option(min=3, max=900, help="Messages of each phase.")] = 20,
    seconds: Annotated[float, typer.Option(min=1, help="Most that one phase may take.")] = 30.0,
    keep: Annotated[Path | None, typer.Option(help="Folder that keeps feeds, state and the adapter's log.")] = None,
    away: Annotated[float, typer.Option(min=0.5, help="Seconds that the door is away.")] = 3.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Run an adapter against duplicates, restarts and an unavailable broker, and say what it breaks.

    It starts a door of its own (with --kafka a broker) that judges like the real one. Exit code 1: a rule is broken.
    """
    if kafka == http:
        raise SettingsError("say how the adapter submits: --kafka or --http")
    console = Console(stderr=True)
    with _folder(keep) as folder, _stage(Path(folder), kafka=kafka) as stage:
        phases = Phases(stage, command, Path(folder), messages=messages, seconds=seconds, away_seconds=away)
        found = findings(phases.run(lambda phase: console.print(f"  {_DAYS[phase]} ...")))
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], indent=2))
    else:
        _print(found)
    raise typer.Exit(int(any(one.verdict is Verdict.BROKEN for one in found)))


def _folder(keep: Path | None) -> AbstractContextManager[str | Path]:
    if keep is None:
        return tempfile.TemporaryDirectory(prefix="aduan-check-")
    keep.mkdir(parents=True, exist_ok=True)
    return nullcontext(keep.resolve())


def _stage(folder: Path, *, kafka: bool) -> AbstractContextManager[Stage]:
    return kafka_stage(folder) if kafka else http_stage(folder)


def _print(found: list[Finding]) -> None:
    table = Table("rule", "verdict", "what it is", "found", show_lines=False)
    for one in found:
        table.add_row(one.rule, f"[{_COLOURS[one.verdict]}]{one.verdict.value}[/]", one.title, one.found)
    console = Console()
    console.print(table)
    broken = [one for one in found if one.verdict is Verdict.BROKEN]
    for one in broken:
        console.print(f"{one.rule}: {one.advice}", highlight=False, markup=False)
    console.print("It breaks nothing." if not broken else f"It breaks {len(broken)} of {len(found)} rules.")
