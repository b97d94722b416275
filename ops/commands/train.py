"""`aduan train`: a new model from the corpus and the samples, with its card. Nothing serves it until it is promoted."""

from pathlib import Path
from typing import Annotated

import typer

from aduan.model.linear import save_model
from aduan.model.serving import models_folder
from aduan.settings import load_settings
from ops.commands.corrected import Corrected, corrected_rows
from ops.commands.portal import Token
from schemas.errors import SettingsError


def register(cli: typer.Typer) -> None:
    """Add `aduan train`."""
    cli.command("train")(train)


def train(
    *,
    corpus: Annotated[Path, typer.Option(help="Folder of labelled texts, a-*.jsonl and so on.")] = Path("corpus"),
    samples: Annotated[Path, typer.Option(help="Folder of the samples with their labels.")] = Path("samples"),
    out: Annotated[Path | None, typer.Option(help="Where the model goes; default: models in the data folder.")] = None,
    with_corrections: Corrected = False,
    token: Token = "",
) -> None:
    """Train a model; the same texts give the same one. Needs scikit-learn, which the extra `train` brings."""
    try:
        from ops.training.corpus import apart, read_corpus, read_labelled_samples  # noqa: PLC0415 - 2 s, only here
        from ops.training.making import make_model  # noqa: PLC0415 - needs the extra `train`
    except ImportError:
        raise SettingsError("training needs scikit-learn: pip install 'aduan[train]'") from None
    from ops.training.card import card  # noqa: PLC0415 - beside the others

    if not any(corpus.glob("*.jsonl")):
        raise SettingsError(f"{corpus} holds no *.jsonl; give the folder with --corpus")
    rows = read_corpus(corpus) + read_labelled_samples(samples)
    settings = load_settings()
    if with_corrections:
        corrected = apart(corrected_rows(settings, token), rows)
        typer.echo(f"{len(corrected)} corrected cases")
        rows += corrected
    typer.echo(f"{len(rows)} texts; training takes about a minute ...")
    model, told = make_model(rows)
    folder = out or models_folder(settings)
    folder.mkdir(parents=True, exist_ok=True)
    save_model(model, folder / f"{model.version}.npz", told)
    (folder / f"{model.version}.md").write_text(card(model.version, told), encoding="utf-8")
    typer.echo(card(model.version, told))
    typer.echo(f"{folder / model.version}.npz")
