"""`aduan send FILE`: a file of complaints through the door, with a progress bar; run again after any interruption."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from aduan.settings import Settings, load_settings
from ops.commands.doors import open_door
from ops.process import set_up_logging
from producers.replay import Outcome, Refused, Replay
from producers.replay_cursor import Cursor
from producers.replay_reading import Pieces, Reader, json_lines, json_reader, mail_reader, mbox_mails
from schemas.errors import SettingsError, UnavailableError
from schemas.events import Channel


class Format(StrEnum):
    """What a file holds."""

    JSONL = "jsonl"
    MBOX = "mbox"


def register(cli: typer.Typer) -> None:
    """Add `aduan send`."""
    cli.command("send")(send)


def send(  # noqa: PLR0917 - typer makes options of them
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="JSONL or mbox.")],
    channel: Annotated[
        Channel | None, typer.Option(help="Channel that the complaints came by; default: import, or email for an mbox.")
    ] = None,
    format_: Annotated[Format | None, typer.Option("--format", help="Default: as the file's beginning says.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first line that is refused.")] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Begin at the start; what was sent is not sent twice.")
    ] = False,
    patience: Annotated[float, typer.Option(help="Seconds to wait for a Kafka that is away.")] = 60.0,
) -> None:
    """Send a file of complaints. Exit code 1 when a line was refused; the rest is sent all the same."""
    settings = load_settings()
    set_up_logging("send")
    pieces, reader = _chosen(settings, file, format_ or _guess(file), channel)
    cursor = Cursor.open(file, settings.data_dir / "send", fresh=fresh)
    console = Console(stderr=True)
    with open_door(settings, "send") as door, _progress(console) as progress:
        task = progress.add_task("sending", total=file.stat().st_size, completed=cursor.position.offset, words="")

        def on_batch(offset: int, so_far: Outcome) -> None:
            progress.update(task, completed=offset, words=_words(so_far))

        def on_refused(one: Refused) -> None:
            console.print(f"{file.name}: {one.number}: {one.why}", markup=False, highlight=False)

        outcome = Replay(door, cursor, pieces, reader, patience=patience).run(
            strict=strict, on_refused=on_refused, on_batch=on_batch
        )
    typer.echo(_words(outcome) + (" (stopped at the first refused line)" if outcome.stopped else ""))
    if outcome.refused:
        sys.exit(1)


def _chosen(settings: Settings, file: Path, kind: Format, channel: Channel | None) -> tuple[Pieces, Reader]:
    if kind is Format.MBOX:
        return mbox_mails, mail_reader(channel or Channel.EMAIL, frozenset(settings.mailboxes))
    if channel is Channel.EMAIL:
        raise SettingsError(f"{file.name} holds JSON lines: --channel email needs an mbox")
    return json_lines, json_reader(channel or Channel.IMPORT)


def _guess(file: Path) -> Format:
    try:
        with file.open("rb") as source:
            return Format.MBOX if source.read(5) == b"From " else Format.JSONL
    except OSError as error:
        raise UnavailableError(f"{file} can't be read: {error.strerror}") from error


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[words]}"),
        console=console,
        disable=not console.is_terminal,
    )


def _words(outcome: Outcome) -> str:
    return f"{outcome.sent} sent, {outcome.duplicates} already there, {outcome.refused} refused"
