"""`aduan case`: what staff do to one case, at the command line. Needs a token like the API, and keeps its rules."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from aduan.connections.publisher import Publisher
from aduan.keyring import Keyring
from aduan.settings import Settings, load_settings
from aduan.tracking import tracking_number
from ops.commands.portal import Token, caller_of, searching
from ops.process import set_up_logging
from portal.actions import Action, acknowledge, reclassify, resolve, transfer
from portal.api import perform
from portal.attachments import Attachments
from portal.erasing import erase_everywhere
from portal.problems import ProblemError
from producers.attachments import open_blobs
from schemas.errors import SettingsError
from schemas.events import CaseTransferred

Reference = Annotated[str, typer.Argument(metavar="ID", help="Tracking number or complaint id.")]
Code = Annotated[str | None, typer.Option(help="Code of the right class.")]


def register(cli: typer.Typer) -> None:
    """Add `aduan case`."""
    case = typer.Typer(no_args_is_help=True, help="Show a case, take it, transfer, correct, close or erase it.")
    commands: dict[str, Callable[..., None]] = {
        "show": show,
        "save": save,
        "acknowledge": acknowledge_case,
        "transfer": transfer_case,
        "reclassify": reclassify_case,
        "resolve": resolve_case,
        "erase": erase_case,
    }
    for name, command in commands.items():
        case.command(name)(command)
    cli.add_typer(case, name="case")


def show(reference: Reference, token: Token = "") -> None:
    """Print a case as JSON."""
    settings = load_settings()
    with _plainly(), searching(settings) as searcher:
        case = searcher.case(reference, caller_of(settings, token))
    typer.echo(json.dumps(case, ensure_ascii=False, indent=2))


def save(
    reference: Reference,
    blob: Annotated[str, typer.Argument(metavar="BLOB", help="Its blob_id, as `aduan case show` lists it.")],
    *,
    to: Annotated[Path, typer.Option(help="File to write; it must not exist.")],
    examine: Annotated[bool, typer.Option(help="Also a file that was refused; inspectors and admins only.")] = False,
    token: Token = "",
) -> None:
    """Write one attachment of a case to a file that only its owner reads."""
    settings = load_settings()
    set_up_logging("case")
    with _plainly(), searching(settings) as searcher:
        files = Attachments(searcher, Keyring(settings.data_dir / "keyring"), open_blobs(settings))
        found = files.save(reference, blob, caller_of(settings, token), to, examine=examine)
    typer.echo(f"{to}: {len(found.data)} bytes, {found.media_type}")


def acknowledge_case(reference: Reference, token: Token = "") -> None:
    """Take a case: an urgent escalation stops climbing."""
    _act(acknowledge, reference, {}, token)


def transfer_case(
    reference: Reference,
    unit: Annotated[str, typer.Option(help="Code of the unit that is responsible.")],
    note: Annotated[str, typer.Option(help="Why; for the next unit.")] = "",
    token: Token = "",
) -> None:
    """Hand a case to another unit."""
    _act(transfer, reference, {"unit": unit, "note": note}, token)


def reclassify_case(
    reference: Reference,
    *,
    jenis: Code = None,
    kategori: Code = None,
    prioritas: Code = None,
    kerahasiaan: Code = None,
    provinsi: Code = None,
    kabupaten: Code = None,
    token: Token = "",
) -> None:
    """Correct the classes of a case."""
    given = {
        "jenis": jenis,
        "kategori": kategori,
        "prioritas": prioritas,
        "kerahasiaan": kerahasiaan,
        "provinsi": provinsi,
        "kabupaten": kabupaten,
    }
    _act(reclassify, reference, {name: value for name, value in given.items() if value is not None}, token)


def resolve_case(
    reference: Reference,
    outcome: Annotated[str, typer.Option(help="resolved, outside_remit, not_a_complaint or duplicate")] = "resolved",
    token: Token = "",
) -> None:
    """Close a case."""
    _act(resolve, reference, {"outcome": outcome}, token)


def erase_case(
    reference: Reference,
    drop_text: Annotated[bool, typer.Option("--drop-text", help="Drop the free text as well.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    token: Token = "",
) -> None:
    """Forget the reporter of a case, and of those that late answers to it became. It can't be undone."""
    if not yes:
        typer.confirm(f"Erase the reporter of {reference}? It can't be undone.", abort=True)
    settings = load_settings()
    set_up_logging("case")
    caller, now = caller_of(settings, token), datetime.now(UTC)
    with _plainly(), searching(settings) as searcher, _publishing(settings) as publisher:
        body = {"drop_text": drop_text}
        events = erase_everywhere(searcher, publisher, reference=reference, body=body, caller=caller, now=now)
    typer.echo(f"done: event {events[0].event_id} is on the log; searches show it in a moment")
    for event in events[1:]:
        typer.echo(f"erased too, as it went on from there: {tracking_number(event.complaint_id)}")


def _act(action: Action, reference: str, body: Mapping[str, Any], token: str) -> None:
    settings = load_settings()
    set_up_logging("case")
    with _plainly(), searching(settings) as searcher, _publishing(settings) as publisher:
        event = perform(
            searcher,
            publisher,
            action=action,
            reference=reference,
            body=body,
            caller=caller_of(settings, token),
            now=datetime.now(UTC),
        )
    typer.echo(f"done: event {event.event_id} is on the log; searches show it in a moment")
    if isinstance(event, CaseTransferred) and event.unit != body.get("unit"):
        typer.echo(f"it was handed on before, so the service desk settles it: it went to {event.unit}")


@contextmanager
def _publishing(settings: Settings) -> Iterator[Publisher]:
    publisher = Publisher(settings, "case")
    try:
        yield publisher
    finally:
        publisher.close()


@contextmanager
def _plainly() -> Iterator[None]:
    """Refusals as one line on stderr."""
    try:
        yield
    except ProblemError as error:
        raise SettingsError(f"{error.field + ': ' if error.field else ''}{error.detail}") from None
