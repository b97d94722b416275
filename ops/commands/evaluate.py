"""`aduan evaluate`: how well the rules do on the labelled samples, the held-out authors apart."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from aduan.evaluation import SplitReport, evaluate_samples
from schemas.errors import SettingsError


def register(cli: typer.Typer) -> None:
    """Add the command."""
    cli.command("evaluate")(evaluate)


def evaluate(
    samples: Annotated[Path, typer.Option(help="Folder with samples and their labels-*.tsv.")] = Path("samples"),
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as JSON.")] = False,
) -> None:
    """Measure classification and triage. `dev` was looked at while rules were written: trust `held_out`."""
    if not (samples / "labels-web.tsv").exists():
        raise SettingsError(f"{samples} holds no labels-web.tsv; give the folder with --samples")
    report = evaluate_samples(samples)
    if as_json:
        typer.echo(json.dumps(asdict(report), default=dict, indent=2))
        return
    for name, split in report.splits.items():
        Console().print(_table(name, split))


def _table(name: str, split: SplitReport) -> Table:
    table = Table("", "accuracy", "macro F1", title=f"{name}: {split.count} complaints", title_justify="left")
    for field, measures in split.fields.items():
        table.add_row(field, f"{measures.accuracy:.3f}", f"{measures.macro_f1:.3f}")
    table.add_row("kategori, best or runner-up", f"{split.kategori_either:.3f}", "")
    for what, urgency in (("urgent (prioritas darurat)", split.darurat), ("urgent lane (the door)", split.lane)):
        alarms = f"{urgency.false_alarms} of {urgency.others} false alarms"
        table.add_row(what, f"{urgency.found} of {urgency.labelled} found", alarms)
    return table
