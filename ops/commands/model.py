"""`aduan model`: which models there are, which one serves, and what changes when another does."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from aduan.model.opinion import judge
from aduan.model.serving import door_judge, models_folder, serving_judge
from aduan.model_comparison import Comparison, DoorComparison, compare, compare_doors
from aduan.settings import load_settings
from ops.commands.drift import drift
from ops.commands.shadow import shadow
from ops.evaluation_tables import show_comparison
from ops.model_store import OWN, ModelStore, check_serves, read_stored
from ops.training.corpus import held_out_texts
from schemas.errors import SettingsError

Named = Annotated[str, typer.Argument(metavar="FILE|VERSION", help="A model file, or a version of aduan model list.")]


def register(cli: typer.Typer) -> None:
    """Add `aduan model`."""
    model = typer.Typer(no_args_is_help=True, help="List, show, promote and take back models; shadow and drift.")
    model.command("list")(list_models)
    model.command("show")(show)
    model.command("promote")(promote)
    model.command("rollback")(rollback)
    model.command("shadow")(shadow)
    model.command("drift")(drift)
    cli.add_typer(model, name="model")


def list_models() -> None:
    """Every model of this installation; * serves."""
    store = ModelStore(models_folder(load_settings()))
    served = store.served()
    table = Table("", "version", "texts", "corrections", "kategori", "darurat")
    table.add_row("*" if served == OWN else "", f"{judge().model.version} (Aduan's own)")
    for one in store.models():
        right = one.facts.get("accuracy_held_out", {})
        figures = [str(one.facts.get(name, "")) for name in ("texts", "corrections")]
        shares = [f"{right[name]:.3f}" if name in right else "" for name in ("kategori", "darurat")]
        table.add_row("*" if one.version == served else "", one.version, *figures, *shares)
    Console().print(table)


def show(named: Named) -> None:
    """What a model learned from and how well it does."""
    from ops.training.card import card  # noqa: PLC0415 - beside its only use

    found = read_stored(ModelStore(models_folder(load_settings())).find(named))
    typer.echo(card(found.version, found.facts))


def promote(
    named: Named,
    *,
    corpus: Annotated[Path, typer.Option(help="Folder of the corpus; its held-out part decides.")] = Path("corpus"),
    force: Annotated[bool, typer.Option("--force", help="Also when it is worse on held-out texts.")] = False,
) -> None:
    """Let a model serve, unless it is worse than the one that serves. Restart classify workers and doors afterwards."""
    settings = load_settings()
    store = ModelStore(models_folder(settings))
    path = store.find(named)
    new = check_serves(path)
    try:
        texts = held_out_texts(corpus)
        comparison: Comparison | None = compare(texts, serving_judge(settings), new)
    except SettingsError:
        if not force:
            raise
        texts, comparison = [], None
    if comparison is not None:
        show_comparison("held out", comparison)
        worse = comparison.worse()
        if worse and not force:
            told = ", ".join(worse)
            raise SettingsError(f"{new.model.version} is worse than what serves: {told}; --force promotes it")
    at_doors = compare_doors(texts, door_judge(settings), new) if texts else None
    promoted = store.promote(path, doors=at_doors is not None and at_doors.may_serve)
    typer.echo(f"{promoted.version} serves from the next start of each classify worker")
    typer.echo(_told_of_doors(at_doors))
    _warn_of_setting()


def rollback() -> None:
    """Take the last promotion back. Restart the classify workers afterwards."""
    version = ModelStore(models_folder(load_settings())).rollback()
    told = f"{judge().model.version} (Aduan's own)" if version == OWN else version
    typer.echo(f"{told} serves again from the next start of each classify worker, and the doors go back with it")
    _warn_of_setting()


def _told_of_doors(found: DoorComparison | None) -> str:
    if found is None:
        return "the doors keep their model: there are no held-out texts to measure it on"
    new, served = found.new, found.served
    figures = (
        f"{new.found} of {new.labelled} urgent texts and {new.false_alarms} others go to the urgent lane, "
        f"instead of {served.found} and {served.false_alarms}"
    )
    if found.may_serve:
        return f"the doors use it too from their next start: {figures}"
    return f"the doors keep their model: {figures}"


def _warn_of_setting() -> None:
    if (fixed := load_settings().model_file) is not None:
        typer.echo(f"but ADUAN_MODEL_FILE is set, so that {fixed} serves", err=True)
