"""`aduan token new | list | revoke`: who may send, read and act through the APIs."""

from typing import Annotated

import typer

from aduan.settings import load_settings
from aduan.tokens import Role, Tokens, tokens_path


def register(cli: typer.Typer) -> None:
    """Add `aduan token`."""
    token = typer.Typer(no_args_is_help=True, help="API tokens of adapters and staff.")
    token.command("new")(new)
    token.command("list")(list_tokens)
    token.command("revoke")(revoke)
    cli.add_typer(token, name="token")


def new(
    name: Annotated[str, typer.Option(help="Whom or what it is for; shown in logs and on events.")],
    role: Annotated[Role, typer.Option(help="What it may do.")],
    unit: Annotated[str | None, typer.Option(help="Code of the unit of a staff member or supervisor.")] = None,
    rate: Annotated[str | None, typer.Option(help="An adapter's own limit, e.g. 100/minute.")] = None,
) -> None:
    """Make a token and print it once: only its digest is kept."""
    typer.echo(_tokens().new(name, role, unit, rate))


def list_tokens() -> None:
    """Names, roles, units and limits; never a token."""
    for row in _tokens().rows():
        typer.echo(f"{row.name}\t{row.role.value}\t{row.unit or '-'}\t{row.rate or '-'}")


def revoke(name: Annotated[str, typer.Argument(help="Name of the token.")]) -> None:
    """Forget a token; running processes refuse it from their next request on."""
    _tokens().revoke(name)
    typer.echo(f"revoked {name}")


def _tokens() -> Tokens:
    return Tokens(tokens_path(load_settings()))
