"""`aduan sp4n import | export`: files from SP4N-LAPOR! through the door, and cases of ours in its columns."""

import csv
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from aduan.cells import escaped
from aduan.settings import load_settings
from aduan.sp4n import load_sp4n
from aduan.sp4n_notes import Fate, meanings
from consumers.search_engine import search_client
from ops.commands.doors import open_door
from ops.commands.portal import Token, caller_of
from ops.process import set_up_logging
from portal.params import parse_params
from portal.problems import ProblemError
from portal.sheets import MAX_ROWS, writing
from portal.sp4n_export import Wanted, count_cases, headers, read_cases, row
from producers.sp4n_fields import Note
from producers.sp4n_import import Outcome, Sp4nImport
from schemas.errors import SettingsError, UnavailableError

NOT_ALL: Final = 2
"""Exit code when the rest was imported and somebody must look at the report."""
_HEADERS: Final = ("row", "tracking_id", "column", "problem", "fate", "case", "keterangan", "what_to_do")


def register(cli: typer.Typer) -> None:
    """Add `aduan sp4n`."""
    sp4n = typer.Typer(no_args_is_help=True, help="Exchange reports with SP4N-LAPOR! by file.")
    sp4n.command("import")(import_)
    sp4n.command("export")(export)
    cli.add_typer(sp4n, name="sp4n")


def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="CSV or XLSX.")],
    report: Annotated[
        Path | None, typer.Option(help="CSV of what was not understood; default: FILE.report.csv.")
    ] = None,
    *,
    closed: Annotated[bool, typer.Option("--closed", help="Import also what is closed at SP4N-LAPOR!.")] = False,
    patience: Annotated[float, typer.Option(help="Seconds to wait for a Kafka that is away.")] = 60.0,
) -> None:
    """Import a file of SP4N-LAPOR!; run it again after any interruption, nothing is made twice.

    Exit code 0: all understood; 2: some rows need a look, they stand in the report, the rest is imported.
    """
    settings = load_settings()
    set_up_logging("sp4n")
    target = report or file.with_name(f"{file.name}.report.csv")
    if target.resolve() == file.resolve():
        raise SettingsError("--report must be another file than the one to import")
    console = Console(stderr=True)
    with open_door(settings, "sp4n") as door, _report(target) as write, _progress(console) as progress:
        task = progress.add_task("importing", total=None, words="")

        def on_batch(size: int, done: int, so_far: Outcome) -> None:
            progress.update(task, total=size, completed=done, words=_words(so_far))

        importing = Sp4nImport(door, settings.require_secret(), load_sp4n(), write, closed=closed, patience=patience)
        outcome = importing.run(file, on_batch)
    typer.echo(_words(outcome))
    _summary(outcome, target)
    if not outcome.understood:
        sys.exit(NOT_ALL)


def export(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="CSV or XLSX to write.")],
    since: Annotated[str, typer.Option(help="First day, e.g. 2026-11-01, or a moment with its zone.")] = "",
    until: Annotated[str, typer.Option(help="Last day, or a moment with its zone.")] = "",
    unit: Annotated[list[str] | None, typer.Option(help="Code of a unit; repeatable.")] = None,
    status: Annotated[list[str] | None, typer.Option(help="open, acknowledged or resolved; repeatable.")] = None,
    *,
    rahasia: Annotated[bool, typer.Option("--rahasia", help="Also confidential cases that the token may see.")] = False,
    most: Annotated[int, typer.Option(min=1, max=MAX_ROWS, help="Rows to write at most.")] = 100_000,
    token: Token = "",
) -> None:
    """Write the cases that the token may see in SP4N-LAPOR!'s columns: masked words, no identity.

    Exit code 2 when there were more than --most; the oldest are in the file.
    """
    settings, sp4n = load_settings(), load_sp4n()
    caller = caller_of(settings, token)
    wanted = _wanted(since, until, unit or [], status or [], rahasia=rahasia)
    console = Console(stderr=True)
    try:
        with search_client(settings) as client, _progress(console) as progress:
            total = count_cases(settings, client, wanted, caller)
            task = progress.add_task("exporting", total=min(total, most), words="")
            with writing(file, headers(sp4n)) as write:
                for case in islice(read_cases(settings, client, wanted, caller), most):
                    write(row(sp4n, case))
                    progress.advance(task)
    except ProblemError as error:
        raise SettingsError(error.detail) from None
    typer.echo(f"{min(total, most)} cases in {file}")
    if total > most:
        typer.echo(
            f"there are {total}: the newest {total - most} are not in it; narrow --since and --until, or raise --most"
        )
        sys.exit(NOT_ALL)


def _wanted(since: str, until: str, units: list[str], statuses: list[str], *, rahasia: bool) -> Wanted:
    """The options as the search API reads them; SettingsError names the one that is wrong."""
    pairs = [("date_received_min", since)] if since else []
    pairs += [("date_received_max", until)] if until else []
    pairs += [*(("unit", code) for code in units), *(("status", one) for one in statuses)]
    try:
        asked = parse_params(pairs)
    except ProblemError as error:
        name = {"date_received_min": "since", "date_received_max": "until"}.get(error.field or "", error.field)
        raise SettingsError(f"--{name}: {error.detail}") from None
    return Wanted(
        until=min(asked.received_before or datetime.now(UTC), datetime.now(UTC)),
        since=asked.received_min,
        units=asked.facets.get("unit", ()),
        statuses=asked.facets.get("status", ()),
        rahasia=rahasia,
    )


@contextmanager
def _report(path: Path) -> Iterator[Callable[[Note], None]]:
    """The report as it is written; read by Excel, so with a mark of its encoding and without formulas."""
    try:
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(_HEADERS)

            def write(note: Note) -> None:
                means = meanings()[note.problem]
                values = (note.tracking_id, note.column, note.problem.value, means.fate.value, note.case)
                rows.writerow([note.row, *(escaped(value) for value in values), means.id, means.en])

            yield write
    except OSError as error:
        raise UnavailableError(f"{path} can't be written: {error.strerror}") from error


def _summary(outcome: Outcome, report: Path) -> None:
    for problem, count in outcome.notes.most_common():
        means = meanings()[problem]
        fate = {Fate.KEPT: "imported", Fate.PASSED: "passed over", Fate.REFUSED: "not imported"}[means.fate]
        typer.echo(f"{count} × {problem.value} ({fate}): {means.en}")
    if outcome.notes:
        typer.echo(f"each row stands in {report}")


def _words(outcome: Outcome) -> str:
    return (
        f"{outcome.rows} rows: {outcome.sent} imported, {outcome.duplicates} already there, "
        f"{outcome.passed} passed over, {outcome.refused} not imported"
    )


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[words]}"),
        console=console,
        disable=not console.is_terminal,
    )
