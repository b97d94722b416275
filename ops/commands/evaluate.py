"""`aduan evaluate`: how well texts are classified; of a labelled file, or of our own held-out ones."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from aduan.evaluation import evaluate_samples
from aduan.file_evaluation import FileReport, evaluate_predictions
from aduan.labelled_file import LabelledText, read_labelled
from aduan.model.serving import read_judge, serving_judge
from aduan.model_comparison import compare
from aduan.predictions import Prediction, as_row, predict
from aduan.settings import load_settings
from ops.commands.corrected import Corrected, corrected_texts
from ops.commands.portal import Token
from ops.evaluation_tables import show_comparison, show_file, show_samples
from ops.training.corpus import held_out_texts
from schemas.errors import SettingsError

BELOW: Final = 3
"""Exit code when a figure is below its floor."""


def register(cli: typer.Typer) -> None:
    """Add the command."""
    cli.command("evaluate")(evaluate)


def evaluate(
    file: Annotated[Path | None, typer.Argument(help="TSV or JSONL with id, text, title and any labels.")] = None,
    *,
    predictions: Annotated[Path | None, typer.Option(help="Write every output here, one JSON object a line.")] = None,
    model: Annotated[Path | None, typer.Option(help="Model file to measure; default: the one that serves.")] = None,
    other: Annotated[
        Path | None, typer.Option("--compare", help="Model file to compare with the one that serves.")
    ] = None,
    floor: Annotated[list[str] | None, typer.Option(help="Least figure, e.g. kategori=0.7; exit code 3 below.")] = None,
    samples: Annotated[Path, typer.Option(help="Folder with samples and their labels-*.tsv.")] = Path("samples"),
    corpus: Annotated[Path, typer.Option(help="Folder of the corpus; its held-out part counts.")] = Path("corpus"),
    with_corrections: Corrected = False,
    token: Token = "",
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as JSON.")] = False,
) -> None:
    """Measure classification and triage on a file, or without one on the samples and the held-out corpus."""
    floors = [_floor(one) for one in floor or ()]
    rows = held_out_texts(corpus) if file is None else _given(file)
    settings = load_settings()
    by = serving_judge(settings) if model is None else read_judge(model)
    found = predict(rows, by)
    if predictions is not None:
        _write(predictions, found)
    report = evaluate_predictions(found)
    answer: dict[str, Any] = {"model": by.model.version, "file" if file else "held_out": asdict(report)}
    if file is None:
        split = evaluate_samples(_checked(samples), by)
        answer |= asdict(split)
    compared = {}
    if other is not None:
        new = read_judge(other)
        compared["file" if file else "held_out"] = compare(rows, by, new)
        if with_corrections:
            compared["corrected"] = compare(corrected_texts(settings, token), by, new)
        answer["comparison"] = {name: asdict(one) for name, one in compared.items()}
    if as_json:
        typer.echo(json.dumps(answer, default=dict, indent=2))
    else:
        show_file(report, "the corpus's held-out styles" if file is None else str(file), by.model.version)
        if file is None:
            show_samples(split)
        for name, one in compared.items():
            show_comparison(name, one)
    _hold(report, floors)


def _given(file: Path) -> Sequence[LabelledText]:
    read = read_labelled(file)
    if read.ignored:
        typer.echo(
            f"{file}: columns that are not read: {', '.join(_plain(name) for name in read.ignored[:20])}", err=True
        )
    return read.rows


def _checked(samples: Path) -> Path:
    if not (samples / "labels-web.tsv").exists():
        raise SettingsError(f"{samples} holds no labels-web.tsv; give the folder with --samples")
    return samples


def _floor(said: str) -> tuple[str, float]:
    name, _, value = said.partition("=")
    try:
        return name.strip(), float(value)
    except ValueError:
        raise SettingsError(f"--floor {said[:60]}: must be NAME=NUMBER, e.g. kategori=0.7") from None


def _hold(report: FileReport, floors: Sequence[tuple[str, float]]) -> None:
    """Exit with code 3 when a figure is below its floor. SettingsError for a figure that there is not."""
    figures = report.figures()
    below = False
    for name, least in floors:
        if name not in figures:
            raise SettingsError(
                f"--floor {name}: no such figure here; there are: {', '.join(sorted(figures)) or 'none'}"
            )
        if figures[name] < least:
            typer.echo(f"{name} is {figures[name]:.3f}, below {least:g}", err=True)
            below = True
    if below:
        raise typer.Exit(BELOW)


def _write(path: Path, predictions: Sequence[Prediction]) -> None:
    """One object a line. What UTF-8 can't hold (half a surrogate pair) is escaped."""
    try:
        with path.open("w", encoding="utf-8", newline="\n") as file:
            for one in predictions:
                file.write(_line(as_row(one)) + "\n")
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from None


def _line(row: dict[str, Any]) -> str:
    line = json.dumps(row, ensure_ascii=False)
    return line if line.isascii() or _encodes(line) else json.dumps(row)


def _encodes(line: str) -> bool:
    try:
        line.encode()
    except UnicodeEncodeError:
        return False
    return True


def _plain(name: str) -> str:
    return "".join(sign for sign in name[:40] if sign.isprintable())
