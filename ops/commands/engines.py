"""`aduan up | status | down`: the local engines of a data folder, detached from the command that started them."""

import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table

from aduan.settings import load_settings
from ops.engines import Engines
from ops.engines.local import PARTS
from ops.engines.ports import is_free
from ops.engines.state import noted_ports

PREFERRED = {"kafka": 9092, "opensearch": 9200, "smtp": 3025, "imap": 3143}
"""What the settings' defaults expect; taken when free, so that plain commands find the engines."""

Data = Annotated[Path | None, typer.Option("--data", help="Data folder; default: ADUAN_DATA_DIR, else .aduan.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="0: the last one, else the usual one or any free one.")]


def register(cli: typer.Typer) -> None:
    """Add `up`, `status` and `down`."""
    cli.command()(up)
    cli.command()(status)
    cli.command()(down)


def up(
    *,
    data: Data = None,
    kafka_port: Port = 0,
    search_port: Port = 0,
    smtp_port: Port = 0,
    imap_port: Port = 0,
    quick_start: Annotated[bool, typer.Option(help="Start with half the work; a long heavy load goes slower.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Throw the engines' old data away first.")] = False,
) -> None:
    """Start Kafka, the search engine and the mail server on this machine; they stay after the command ends."""
    folder = data_folder(data)
    if fresh:
        old = Engines.attach(folder)
        old.stop()
        old.discard_data()
    noted = noted_ports(folder)
    with StartDisplay() as display:
        engines = Engines.start(
            folder,
            kafka_port=kafka_port or usual_port("kafka", known="kafka" in noted),
            search_port=search_port or usual_port("opensearch", known="opensearch" in noted),
            smtp_port=smtp_port or usual_port("smtp", known="greenmail" in noted),
            imap_port=imap_port or usual_port("imap", known="greenmail" in noted),
            keep_data=True,
            on_progress=display.report,
            adopt=True,
            detached=True,
            quick_start=quick_start,
        )
    typer.echo(f"Kafka          {engines.kafka_bootstrap}")
    typer.echo(f"search engine  {engines.elasticsearch_url}")
    typer.echo(f"mail           smtp 127.0.0.1:{engines.smtp_port}, imap 127.0.0.1:{engines.imap_port}")
    typer.echo(f"Logs in {folder / 'logs'}. In a shell: . {folder / 'engines.env'}    Stop them: aduan down")


def status(
    data: Data = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show each engine: its ports, process, age and health. Exit code 0 when all are healthy, else 1."""
    rows = standing(Engines.attach(data_folder(data)), now=time.time())
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
    else:
        table = Table("engine", "ports", "pid", "up for", "health", box=None)
        for row in rows:
            ports = " ".join(f"{name.removesuffix('_port')}:{port}" for name, port in row["ports"].items())
            pid = str(row["pid"]) if row["pid"] else "-"
            age = f"{row['uptime_seconds']:.0f} s" if row["pid"] else "-"
            table.add_row(row["engine"], ports, pid, age, row["health"])
        Console().print(table)
    if not all(row["health"] == "healthy" for row in rows):
        raise typer.Exit(1)


def down(data: Data = None) -> None:
    """Stop the engines of this data folder, by their pid files; their data is kept."""
    engines = Engines.attach(data_folder(data))
    running = [name for name, part in engines.parts.items() if part.alive]
    engines.stop()
    typer.echo(f"stopped {', '.join(running)}" if running else "nothing was running")


def data_folder(data: Path | None) -> Path:
    """The folder asked for, else the one of the settings; absolute."""
    return (data if data is not None else load_settings().data_dir).resolve()


def usual_port(name: str, *, known: bool) -> int:
    """The usual port when it is free and this folder has no last one to go back to; else 0."""
    return PREFERRED[name] if not known and is_free(PREFERRED[name]) else 0


def standing(engines: Engines, *, now: float) -> list[dict[str, Any]]:
    """One row per engine: ports, pid, seconds since its start, and `healthy`, `unhealthy` or `stopped`."""
    rows = []
    for name in PARTS:
        part = engines.parts.get(name)
        process = part.process() if part is not None else None
        health = "stopped"
        if part is not None and process is not None:
            health = "healthy" if part.healthy() else "unhealthy"
        rows.append(
            {
                "engine": name,
                "ports": {key: port for key, port in part.ports.items() if port} if part is not None else {},
                "pid": process.pid if process is not None else None,
                "uptime_seconds": round(now - process.create_time(), 1) if process is not None else 0.0,
                "health": health,
            }
        )
    return rows


class StartDisplay:
    """A live table of what each engine is doing while it starts; plain lines where there is no terminal."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._lines: dict[str, str] = {}
        self._began = time.monotonic()
        self._live = Live(console=self._console, get_renderable=self._table, refresh_per_second=8, transient=True)

    def __enter__(self) -> "StartDisplay":
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def report(self, part: str, message: str) -> None:
        """Take a message from a starting engine; called from several threads."""
        self._lines[part] = message
        if not self._console.is_terminal and part != "jars":
            self._console.print(f"{part}: {message}", highlight=False)

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        for part, message in list(self._lines.items()):
            table.add_row(part, message)
        table.add_row("", f"{time.monotonic() - self._began:.0f} s")
        return table
