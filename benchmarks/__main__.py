"""`python -m benchmarks [NAME…] [--quick]`, which is `make bench`: real engines, one table, and JSON in results/."""

import importlib
import shutil
import signal
import sys
import tempfile
import traceback
from pathlib import Path
from types import FrameType
from typing import Annotated, Final

import typer
from rich.console import Console

from benchmarks import results
from benchmarks.lab import BrokenRunError, Lab
from benchmarks.results import Measure
from ops.engines import Engines
from schemas.errors import AduanError

BENCHMARKS: Final = ("decisions", "stage", "indexer", "peer", "intake", "latency", "restart", "pipeline")
"""Modules of this package, each with `run(lab, quick=…)`; the longest comes last."""


def main(
    names: Annotated[list[str] | None, typer.Argument(help=f"Of {', '.join(BENCHMARKS)}; all without.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Small numbers: to see that it works.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the folder with logs and data.")] = False,
    output: Annotated[
        Path | None, typer.Option(help="JSON file; default: results/latest.json, local-quick.json with --quick.")
    ] = None,
) -> None:
    """Measure; print what was reached beside what was asked for. Always exits with 0: figures are judged by people."""
    wanted = names or list(BENCHMARKS)
    unknown = sorted(set(wanted) - set(BENCHMARKS))
    if unknown:
        raise typer.BadParameter(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    console = Console() if sys.stdout.isatty() else Console(width=150)
    facts = results.machine_facts(quick=quick)
    folder = Path(tempfile.mkdtemp(prefix="aduan-bench-"))
    measures: list[Measure] = []
    try:
        measures = _measure(wanted, folder, console, quick=quick)
    finally:
        if keep:
            console.print(f"kept {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    console.print(results.table(measures))
    console.print(f"{facts['cpus']} x {facts['cpu']}, load before: {facts['load_before']}, commit {facts['commit']}")
    path = output or results.FOLDER / ("local-quick.json" if quick else "latest.json")
    results.write(measures, path, facts)
    console.print(f"written to {path}")


def _measure(names: list[str], folder: Path, console: Console, *, quick: bool) -> list[Measure]:
    measures: list[Measure] = []
    with console.status("starting the engines") as status:

        def say(message: str) -> None:
            status.update(message)
            if not console.is_terminal:
                console.print(message, highlight=False)

        engines = Engines.start(
            folder / "engines", keep_data=False, on_progress=lambda part, what: say(f"{part}: {what}")
        )
        try:
            lab = Lab(engines, folder, say)
            for name in names:
                measures += _one(name, lab, console, quick=quick)
        finally:
            say("stopping the engines")
            engines.stop()
    return measures


def _one(name: str, lab: Lab, console: Console, *, quick: bool) -> list[Measure]:
    """One benchmark's rows, printed at once; none when it could not be carried out."""
    try:
        measures: list[Measure] = importlib.import_module(f"benchmarks.{name}").run(lab, quick=quick)
    except (BrokenRunError, AduanError) as error:
        console.print(f"[red]{name} was not measured:[/] {error}", highlight=False)
        return []
    except Exception:  # noqa: BLE001 - this process's main: the other benchmarks still run
        console.print(f"[red]{name} was not measured:[/]\n{traceback.format_exc()}", highlight=False, markup=False)
        return []
    for one in measures:
        console.print(f"{name}: {one.what}: {one.value:,.4g} {one.unit}", highlight=False)
    return measures


def _end(_number: int, _frame: FrameType | None) -> None:
    """A SIGTERM ends like Ctrl-C: what was started is stopped."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _end)
    typer.run(main)
