"""`aduan adapter list | resume | suspend | check`: the adapters that others write, and whether they may submit."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer

from aduan.settings import Settings, load_settings
from aduan.tokens import Role, Tokens, tokens_path
from ops.commands.adapter_check import check
from producers.claims import Claims
from producers.sources import Sources
from schemas.errors import SettingsError
from schemas.exchange import SOURCE_PREFIX

_WHY = {
    "run": "too many invalid submissions in a row",
    "ratio": "too large a share of invalid submissions",
    "operator": "by an operator",
}
Name = Annotated[str, typer.Argument(metavar="SOURCE", help="Name of the adapter, with or without /adapters/.")]


def register(cli: typer.Typer) -> None:
    """Add `aduan adapter`."""
    adapter = typer.Typer(no_args_is_help=True, help="Adapters that others write: docs/adapters.md.")
    adapter.command("list")(list_adapters)
    adapter.command("resume")(resume)
    adapter.command("suspend")(suspend)
    adapter.command("check")(check)
    cli.add_typer(adapter, name="adapter")


def list_adapters() -> None:
    """Every adapter that may submit, by the `ce_source` it writes, and whether it is suspended."""
    settings = load_settings()
    with _sources(settings) as sources:
        suspended = sources.suspended()
    for name in _registered(settings):
        said = "may submit"
        if (found := suspended.get(name)) is not None:
            said = f"suspended since {found.at:%Y-%m-%dT%H:%M:%SZ}: {_WHY.get(found.why, found.why)}"
        typer.echo(f"{SOURCE_PREFIX}{name}\t{said}")


def resume(source: Name) -> None:
    """Let a suspended adapter submit again; what it sent meanwhile waits among the dead letters."""
    settings, name = load_settings(), source.removeprefix(SOURCE_PREFIX)
    with _sources(settings) as sources:
        lifted = sources.resume(name)
    if not lifted:
        raise SettingsError(f"{name[:60]} is not suspended; see `aduan adapter list`")
    typer.echo(f"{name} may submit again. What waits: aduan dead-letters replay --reason suspended")


def suspend(source: Name) -> None:
    """Stop taking what an adapter submits, from the next batch on; nothing is lost, it becomes dead letters."""
    settings, name = load_settings(), source.removeprefix(SOURCE_PREFIX)
    if name not in _registered(settings):
        raise SettingsError(f"there is no adapter {name[:60]}; see `aduan adapter list`")
    with _sources(settings) as sources:
        sources.suspend(name, "operator", datetime.now(UTC))
    typer.echo(f"{name} is suspended")


def _registered(settings: Settings) -> list[str]:
    rows = Tokens(tokens_path(settings)).rows()
    return sorted(row.name for row in rows if row.role is Role.ADAPTER)


@contextmanager
def _sources(settings: Settings) -> Iterator[Sources]:
    with closing(Claims(settings.data_dir / "claims.sqlite")) as claims:
        yield Sources(claims)
