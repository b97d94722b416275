"""`aduan route`: why a case is with its unit, and which rules staff overrule."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from aduan.overruled import overruled
from aduan.route_explanation import RouteExplanation, explain_route
from aduan.settings import load_settings
from ops.commands.portal import Token, caller_of, searching
from portal.moved_cases import read_moved
from portal.problems import ProblemError
from schemas.errors import SettingsError


def register(cli: typer.Typer) -> None:
    """Add `aduan route`."""
    route = typer.Typer(no_args_is_help=True, help="Why a case is with its unit.")
    route.callback()(_route)
    route.command("explain")(explain)
    route.command("corrections")(corrections)
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


def corrections(
    limit: Annotated[int, typer.Option(min=1, help="Lines to show.")] = 20,
    token: Token = "",
    as_json: Annotated[bool, typer.Option("--json", help="All of it as JSON.")] = False,
) -> None:
    """List the routing rules that staff overrule most: rule, unit that it chose, unit that has the case now.

    Counts the cases that the token may see. Correct aduan/data/routing.yaml where a rule is wrong.
    """
    settings = load_settings()
    caller = caller_of(settings, token)
    try:
        with searching(settings) as searcher:
            found = overruled(read_moved(settings, searcher.client, caller))
    except ProblemError as error:
        raise SettingsError(error.detail) from None
    if as_json:
        typer.echo(json.dumps([one._asdict() for one in found], ensure_ascii=False, indent=2))
        return
    for one in found[:limit]:
        typer.echo(f"{one.cases:>6}  {one.rule}: {one.chosen} -> {one.instead}  ({', '.join(one.examples)})")
    if not found:
        typer.echo("no rule was overruled")


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
