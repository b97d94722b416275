"""`aduan setup`: topics, indexes and keys. Safe to repeat: it creates what is missing and changes nothing."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from aduan.keyring import Keyring
from aduan.settings import load_settings
from consumers.index import ensure_indexes
from consumers.search_engine import search_client
from ops.topics import ensure_topics


def register(cli: typer.Typer) -> None:
    """Add the command."""
    cli.command("setup")(setup)


def setup(
    indexes: Annotated[bool, typer.Option(help="Also make the indexes; --no-indexes for a Kafka-only machine.")] = True,
) -> None:
    """Create topics, indexes and keys where they are missing."""
    settings = load_settings()
    settings.require_secret()
    keyring = Keyring(settings.data_dir / "keyring")
    keyring.current(datetime.now(UTC))
    keyring.vault()
    typer.echo(f"keys: {', '.join(keyring.key_ids())}")
    made = ensure_topics(settings)
    typer.echo(f"topics: {', '.join(made) if made else 'all there'}")
    if indexes:
        with search_client(settings) as client:
            live = ensure_indexes(settings, client)
        typer.echo(f"index: {live.index} (generation {live.number})")
