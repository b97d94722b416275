"""`aduan model drift`: what comes in beside what the model learned from, or beside the time before."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from aduan.drift import drift as moved
from aduan.drift import psi, verdict
from aduan.model.linear import load_model
from aduan.model.serving import own_model, promoted_model
from aduan.settings import Settings, load_settings
from ops.commands.portal import Token, caller_of, searching
from portal.category_mix import CategoryMix, read_mix
from portal.problems import ProblemError
from schemas.errors import SettingsError

Mixes = tuple[str, dict[str, int], float | None]


def drift(
    days: Annotated[int, typer.Option(min=1, max=3650, help="How many days back.")] = 30,
    *,
    before: Annotated[bool, typer.Option("--before", help="Compare with as many days before them.")] = False,
    token: Token = "",
) -> None:
    """Compare the last days' categories and confidence with the model's training, by stability index (PSI)."""
    settings, now = load_settings(), datetime.now(UTC)
    period = timedelta(days=days)
    current = _read(settings, token, now - period, now)
    if not current.count:
        raise SettingsError(f"no case of the last {days} days to compare")
    name, mix, confidence = _training(settings)
    if before:
        earlier = _read(settings, token, now - 2 * period, now - period)
        name, mix, confidence = f"the {days} days before", earlier.kategori, earlier.confidence
    _show(current, name, mix, confidence)


def _read(settings: Settings, token: str, since: datetime, until: datetime) -> CategoryMix:
    try:
        with searching(settings) as searcher:
            return read_mix(settings, searcher.client, caller_of(settings, token), since=since, until=until)
    except ProblemError as error:
        raise SettingsError(error.detail) from None


def _training(settings: Settings) -> Mixes:
    path = promoted_model(settings)
    model, facts = own_model() if path is None else load_model(path)
    return f"training of {model.version}", dict(facts.get("by_kategori", {})), facts.get("mean_confidence")


def _show(current: CategoryMix, name: str, mix: dict[str, int], confidence: float | None) -> None:
    classes = moved(mix, current.kategori)
    if not classes:
        raise SettingsError(f"{name} holds no categories to compare with")
    title = f"{current.count} cases beside {name}: PSI {psi(classes):.3f}, {verdict(psi(classes))}"
    table = Table("kategori", "then", "now", "PSI", title=title, title_justify="left")
    for one in classes:
        table.add_row(one.code, f"{one.before:.1%}", f"{one.now:.1%}", f"{one.psi:.3f}")
    then = "-" if confidence is None else f"{confidence:.3f}"
    now = "-" if current.confidence is None else f"{current.confidence:.3f}"
    table.add_row("mean confidence", then, now, "")
    Console().print(table)
