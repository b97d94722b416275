"""`aduan demo`: what `make demo` runs."""

from pathlib import Path
from typing import Annotated

import typer

from ops.demo.show import run_demo


def register(cli: typer.Typer) -> None:
    """Add the command."""
    cli.command("demo")(demo)


def demo(
    once: Annotated[bool, typer.Option("--once", help="End by itself; exit code 0 if none was lost.")] = False,
    data_dir: Annotated[Path, typer.Option(help="Its folder, emptied before and after.")] = Path(".aduan/demo"),
) -> None:
    """The whole pipeline on real engines with invented complaints; stays up until Ctrl-C."""
    raise typer.Exit(run_demo(data_dir.resolve(), once=once))
