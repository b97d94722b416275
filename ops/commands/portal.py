"""`aduan portal` serves the search API; `aduan search` asks it the same question in process. Both need a token."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from html import unescape
from typing import Annotated, Any, Final

import typer
import uvicorn
from rich.console import Console
from rich.table import Table
from rich.text import Text

from aduan.acronyms import load_acronyms
from aduan.connections.publisher import Publisher
from aduan.keyring import Keyring
from aduan.settings import Settings, load_settings
from aduan.tokens import Caller, Tokens, tokens_path
from consumers.search_engine import search_client
from ops.health import Health
from ops.metrics import register_lag_collector
from ops.process import health_endpoint, set_up_logging
from portal.api import create_app
from portal.attachments import Attachments
from portal.params import parse_params
from portal.problems import ProblemError
from portal.search import Searcher, facet_label
from producers.attachments import open_blobs
from schemas.errors import SettingsError

_MARK: Final = re.compile(r"<mark>(.*?)</mark>", re.DOTALL)
Values = Annotated[list[str] | None, typer.Option(help="Code of this facet; may be given again.")]
Token = Annotated[str, typer.Option(envvar="ADUAN_TOKEN", help="Token of `aduan token new`.", show_default=False)]


def register(cli: typer.Typer) -> None:
    """Add `aduan portal` and `aduan search`."""
    cli.command("portal")(portal)
    cli.command("search")(search)


def portal() -> None:
    """Serve the search API for staff; the lag of all stages stands at /metrics of its health endpoint."""
    settings = load_settings()
    set_up_logging("portal")
    if settings.health_port:
        register_lag_collector(settings)
    publisher = Publisher(settings, "portal")
    try:
        with searching(settings) as searcher, health_endpoint(settings, lambda: Health(ok=True)):
            files = Attachments(searcher, Keyring(settings.data_dir / "keyring"), open_blobs(settings))
            uvicorn.run(
                create_app(searcher, publisher, Tokens(tokens_path(settings)), files),
                host=settings.portal_host,
                port=settings.portal_port,
                access_log=False,
                log_config=None,
                server_header=False,
                timeout_graceful_shutdown=10,
            )
    finally:
        publisher.close()


@contextmanager
def searching(settings: Settings) -> Iterator[Searcher]:
    """A searcher while the block runs."""
    with search_client(settings) as client:
        yield Searcher(settings, client, load_acronyms())


def caller_of(settings: Settings, token: str) -> Caller:
    """Who holds the token; SettingsError when nobody does. There is no search without a caller (guarantee 10)."""
    caller = Tokens(tokens_path(settings)).find(token)
    if caller is None:
        raise SettingsError("give a token by --token or ADUAN_TOKEN; make one with: aduan token new")
    return caller


def search(
    text: Annotated[str, typer.Argument(help='Words, "phrases" and -not words.')] = "",
    *,
    jenis: Values = None,
    kategori: Values = None,
    prioritas: Values = None,
    kerahasiaan: Values = None,
    status: Values = None,
    channel: Values = None,
    provinsi: Values = None,
    kabupaten: Values = None,
    jenjang: Values = None,
    unit: Values = None,
    sort: Annotated[str, typer.Option(help="relevance_desc, created_date_desc, due_date_asc, …")] = "",
    size: Annotated[int, typer.Option(min=1, max=100, help="Hits to show.")] = 10,
    token: Token = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the API's answer.")] = False,
) -> None:
    """Search the complaints that the token may see."""
    settings = load_settings()
    facets = {
        "jenis": jenis,
        "kategori": kategori,
        "prioritas": prioritas,
        "kerahasiaan": kerahasiaan,
        "status": status,
        "channel": channel,
        "provinsi": provinsi,
        "kabupaten": kabupaten,
        "jenjang": jenjang,
        "unit": unit,
    }
    pairs = [("search_term", text), ("size", str(size)), *([("sort", sort)] if sort else [])]
    pairs += [(name, value) for name, values in facets.items() for value in values or ()]
    try:
        with searching(settings) as searcher:
            answer = searcher.search(parse_params(pairs), caller_of(settings, token), datetime.now(UTC))
    except ProblemError as error:
        raise SettingsError(f"{error.field + ': ' if error.field else ''}{error.detail}") from None
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        _show(answer)


def _show(answer: dict[str, Any]) -> None:
    console = Console()
    total, hits = answer["hits"]["total"]["value"], answer["hits"]["hits"]
    table = Table(title=f"{total} of {answer['_meta']['total_record_count']} complaints", show_lines=True, expand=True)
    table.add_column("number", no_wrap=True, min_width=20)
    table.add_column("received", no_wrap=True, min_width=10)
    for name, ratio in (("what", 3), ("unit", 3), ("text", 9)):
        table.add_column(name, ratio=ratio)
    for hit in hits:
        source = hit["_source"]
        what = [facet_label(name, source[name]) for name in ("kategori", "prioritas", "kerahasiaan", "status")]
        where = facet_label("provinsi", source["provinsi"]) if source.get("provinsi") else "-"
        table.add_row(
            source["tracking_number"],
            str(source["received_at"])[:10],
            "\n".join(what),
            f"{facet_label('unit', source['unit'])}\n{where}",
            _highlighted(hit),
        )
    console.print(table)
    for name in ("kategori", "provinsi", "status"):
        buckets = answer["aggregations"][name][name]["buckets"][:6]
        if buckets:
            console.print(
                f"{name}:", ", ".join(f"{one['label']} ({one['doc_count']})" for one in buckets), markup=False
            )


def _highlighted(hit: dict[str, Any]) -> Text:
    """The fragments with their marks in colour, or the beginning of the text; never taken as markup."""
    fragments = [part for parts in hit["highlight"].values() for part in parts]
    if not fragments:
        return Text(_printable(str(hit["_source"]["text"])[:200]))
    shown = Text()
    for fragment in fragments:
        for number, part in enumerate(_MARK.split(fragment)):
            shown.append(_printable(unescape(part)), style="bold yellow" if number % 2 else "")
        shown.append(" … ")
    return shown


def _printable(text: str) -> str:
    """Without control characters: a reporter's text must not steer a terminal."""
    return "".join(character if character.isprintable() else " " for character in text)
