"""`aduan dead-letters list | show | replay`: what could not be read or applied, and its second chance."""

import json
import re
from collections import Counter
from contextlib import closing
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from aduan.connections.publisher import Publisher
from aduan.dead_letters import open_original
from aduan.keyring import Keyring
from aduan.settings import load_settings
from consumers.dead_letters import Wanted, read_letters, replay
from schemas.errors import AduanError, Reason, SettingsError
from schemas.events import DeadLetter

_NAME: Final = re.compile(r"^[0-9a-f]{32}$|^[^/]+/\d+/\d+(/[^/]+)?$")
_HEADINGS: Final = ("when", "reason", "type", "original", "group", "bytes", "id")
Reasons = Annotated[Reason | None, typer.Option("--reason", help="Only those with this reason.")]
Names = Annotated[
    list[str] | None, typer.Argument(metavar="[ID|TOPIC/PARTITION/OFFSET]...", help="As `list` shows them.")
]


def register(cli: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(help="See and replay what could not be read or applied.", no_args_is_help=True)
    group.command("list")(list_letters)
    group.command("show")(show)
    group.command("replay")(replay_letters)
    cli.add_typer(group, name="dead-letters")


def list_letters(
    reason: Reasons = None,
    limit: Annotated[int, typer.Option(min=1, help="Show at most so many, the newest.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """The newest dead letters, and how many there are of each reason."""
    counts: Counter[str] = Counter()
    newest: list[DeadLetter] = []
    wanted = Wanted(reason)
    for letter in read_letters(load_settings()):
        if wanted.takes(letter):
            counts[letter.reason] += 1
            newest.append(letter.model_copy(update={"sealed_original": ""}))
            if len(newest) >= 2 * limit:  # partitions are read one after another: keep the newest by time
                newest = sorted(newest, key=lambda one: one.occurred_at)[-limit:]
    newest = sorted(newest, key=lambda one: one.occurred_at)[-limit:]
    if as_json:
        for letter in newest:
            typer.echo(json.dumps(described(letter)))
        return
    table = Table(*_HEADINGS)
    for letter in newest:
        row = described(letter)
        table.add_row(*(str(row[name]) for name in _HEADINGS))
    console = Console()
    if newest:
        console.print(table)
    console.print(", ".join(f"{count} {name}" for name, count in counts.most_common()) or "No dead letters.")


def described(letter: DeadLetter) -> dict[str, str | int | None]:
    """What may be shown of a letter to anybody who operates the system: nothing of what was in it."""
    return {
        "when": letter.occurred_at.isoformat(timespec="seconds"),
        "reason": letter.reason,
        "type": letter.event_type,
        "original": f"{letter.topic}/{letter.partition}/{letter.offset}",
        "group": letter.group,
        "bytes": letter.size,
        "complaint": letter.complaint_id,
        "id": letter.event_id,
    }


def show(
    name: Annotated[str, typer.Argument(metavar="ID|TOPIC/PARTITION/OFFSET")],
    open_: Annotated[
        bool, typer.Option("--open", help="Show the original too. It may hold a person's identity; needs the keyring.")
    ] = False,
) -> None:
    """One dead letter, without its original unless `--open`. Of several of that name, the newest."""
    wanted = Wanted(names=_checked([name]))
    settings = load_settings()
    found = None
    for letter in read_letters(settings):
        if wanted.takes(letter) and (found is None or letter.occurred_at >= found.occurred_at):
            found = letter
    if found is None:
        raise SettingsError(f"there is no dead letter {name}")
    typer.echo(json.dumps(described(found), indent=2))
    if open_:
        original = open_original(Keyring(settings.data_dir / "keyring"), found)
        typer.secho("The original follows. It may identify a person: don't copy it anywhere.", fg="red", err=True)
        for header, value in original.headers:
            typer.echo(f"{header}: {(value or b'').decode(errors='replace')}")
        typer.echo(f"key: {'(none)' if original.key is None else original.key.decode(errors='replace')}")
        typer.echo("(null)" if original.value is None else original.value.decode(errors="replace"))


def replay_letters(
    names: Names = None,
    reason: Reasons = None,
    all_: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, publish nothing.")] = False,
) -> None:
    """Publish originals again where they came from. What is applied already changes nothing.

    A case's opening takes its blocked events along. Exit code 1 when one could not be unsealed any more.
    """
    if sum((bool(names), reason is not None, all_)) != 1:
        raise SettingsError("say which: names, or --reason REASON, or --all")
    settings = load_settings()
    wanted = Wanted(reason, _checked(names or []))
    with closing(Publisher(settings, "dead-letters")) as publisher:
        done = replay(settings, Keyring(settings.data_dir / "keyring"), publisher, wanted, dry_run=dry_run)
    verb = "would be published" if dry_run else "published"
    typer.echo(f"{done.published} {verb} again, {done.blocked_along} of them blocked events that came along")
    if done.unsealable:
        raise _UnsealableError(f"{done.unsealable} could not be unsealed: their key was destroyed or is not here")


class _UnsealableError(AduanError):
    """Some originals are lost for good, or their keys are on another machine."""


def _checked(names: list[str]) -> frozenset[str]:
    for name in names:
        if not _NAME.match(name):
            raise SettingsError(f"{name[:80]!r} is neither an id nor topic/partition/offset; see `dead-letters list`")
    return frozenset(names)
