"""Measures as tables for a terminal, for `aduan evaluate` and `aduan model`."""

from typing import Final

from rich.console import Console
from rich.table import Table

from aduan.evaluation import Report, SplitReport, Urgency
from aduan.file_evaluation import FileReport
from aduan.model_comparison import Comparison

_MOST_CHANGED: Final = 30


def show_file(report: FileReport, name: str, model: str) -> None:
    """Print the measures of a file."""
    console = Console(soft_wrap=True)
    if not report.fields:
        console.print(f"{name}: {report.count} texts, model {model}; no labels, so nothing is measured", markup=False)
        return
    console.print(_overview(report, f"{name}: {report.count} texts, model {model}"))
    for field, measures in report.fields.items():
        if field != "provinsi":
            recalls = ", ".join(f"{code} {share:.2f}" for code, share in measures.recall.items())
            console.print(f"recall of {field}: {recalls}", markup=False, highlight=False)
    for field, confused in report.confusion.items():
        pairs = ", ".join(f"{one.label} as {one.given or '-'} {one.count}" for one in confused)
        if pairs:
            console.print(f"confused in {field}: {pairs}", markup=False, highlight=False)


def show_samples(report: Report) -> None:
    """Print the measures of the samples by split; `dev` was looked at while rules were written."""
    for name, split in report.splits.items():
        Console().print(_split_table(name, split))


def show_comparison(name: str, comparison: Comparison) -> None:
    """Print both models' figures, and the texts that they answer differently."""
    title = f"{name}: {comparison.count} texts; served {comparison.served_model}, new {comparison.new_model}"
    table = Table("", "served", "new", "difference", title=title, title_justify="left")
    for figure, before in comparison.served.items():
        after = comparison.new[figure]
        table.add_row(figure, f"{before:.3f}", f"{after:.3f}", f"{after - before:+.3f}")
    console = Console()
    console.print(table)
    for one in comparison.changed[:_MOST_CHANGED]:
        label = "" if one.label is None else f" (label {one.label})"
        console.print(f"{one.id} {one.field}: {one.served} -> {one.new}{label}", markup=False, highlight=False)
    if len(comparison.changed) > _MOST_CHANGED:
        console.print(f"{len(comparison.changed) - _MOST_CHANGED} further changes; all of them with --json")


def _overview(report: FileReport, title: str) -> Table:
    table = Table("", "texts", "accuracy", "macro F1", title=title, title_justify="left")
    for field, measures in report.fields.items():
        table.add_row(field, str(measures.count), f"{measures.accuracy:.3f}", f"{measures.macro_f1:.3f}")
    for what, share in (
        ("kategori, or one of kategori_alt", report.kategori_lenient),
        ("kategori, best or runner-up", report.kategori_either),
    ):
        if share is not None:
            table.add_row(what, "", f"{share:.3f}", "")
    if (sure := report.calibration) is not None:
        table.add_row("calibration error (ECE)", "", f"{sure.error:.3f}", f"mean confidence {sure.mean_confidence:.3f}")
        table.add_row(
            "unsure, to a person first", "", f"{sure.unsure:.3f}", f"right where sure {sure.sure_accuracy:.3f}"
        )
    for what, urgency in (("urgent (prioritas darurat)", report.darurat), ("urgent lane (the door)", report.lane)):
        if urgency is not None:
            table.add_row(what, *_told(urgency))
    return table


def _told(urgency: Urgency) -> tuple[str, str, str]:
    found = f"{urgency.found} of {urgency.labelled} found"
    return found, f"{urgency.recall:.3f}", f"{urgency.false_alarms} of {urgency.others} needless"


def _split_table(name: str, split: SplitReport) -> Table:
    table = Table("", "accuracy", "macro F1", title=f"samples, {name}: {split.count} complaints", title_justify="left")
    for field, measures in split.fields.items():
        table.add_row(field, f"{measures.accuracy:.3f}", f"{measures.macro_f1:.3f}")
    table.add_row("kategori, best or runner-up", f"{split.kategori_either:.3f}", "")
    for what, urgency in (("urgent (prioritas darurat)", split.darurat), ("urgent lane (the door)", split.lane)):
        alarms = f"{urgency.false_alarms} of {urgency.others} false alarms"
        table.add_row(what, f"{urgency.found} of {urgency.labelled} found", alarms)
    return table
