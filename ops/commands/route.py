"""`aduan route explain`: why a case is with its unit, by which rules, and where it would be otherwise."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from aduan.route_explanation import RouteExplanation, explain_route
from aduan.settings import load_settings
from ops.commands.portal import Token, caller_of, searching
from portal.problems import ProblemError
from schemas.errors import SettingsError


def register(cli: typer.Typer) -> None:
    """Add `aduan route`."""
    route = typer.Typer(no_args_is_help=True, help="Why a case is with its unit.")
    route.callback()(_route)
    route.command("explain")(explain)
    cli.add_typer(route, name="route")


def _route() -> None:
    """Why a case is with its unit."""


def explain(
    reference: Annotated[str, typer.Argument(metavar="ID", help="Tracking number or complaint id.")],
    token: Token = "",
    as_json: Annotated[bool, typer.Option("--json", help="The same as JSON.")] = False,
) -> None:
    """Print unit, deadline, every rule that spoke and what would have happened otherwise."""
    settings = load_settings()
    try:
        with searching(settings) as searcher:
            found = explain_route(searcher.document(reference, caller_of(settings, token)))
    except ProblemError as error:
        raise SettingsError(f"{error.field + ': ' if error.field else ''}{error.detail}") from None
    if as_json:
        typer.echo(json.dumps(asdict(found), default=str, ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join(map(_plain, _lines(found))))


def _lines(found: RouteExplanation) -> list[str]:
    return [
        f"{found.tracking_number}: {found.unit_name}, due {found.due_at:%Y-%m-%d %H:%M} UTC",
        f"classes: {found.classes}",
        *(f"rule: {one}" for one in found.reasons),
        *(f"then: {one}" for one in found.since),
        *(f"otherwise: {one}" for one in found.otherwise),
    ]


def _plain(line: str) -> str:
    """Without control characters: a note must not steer a terminal."""
    return "".join(sign if sign.isprintable() else " " for sign in line)
