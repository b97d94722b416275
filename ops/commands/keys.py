"""`aduan keys list | rotate | purge`: the keyring's month keys and the vault's key."""

from datetime import UTC, datetime, timedelta

import typer

from aduan.keyring import Keyring
from aduan.settings import Settings, load_settings


def register(cli: typer.Typer) -> None:
    """Add `aduan keys`."""
    keys = typer.Typer(no_args_is_help=True, help="Keys that seal identities, originals and dead letters.")
    keys.command("list")(list_keys)
    keys.command("rotate")(rotate)
    keys.command("purge")(purge)
    cli.add_typer(keys, name="keys")


def list_keys() -> None:
    """Ids of the keys on this machine, and of those that were destroyed; never a key."""
    settings = load_settings()
    for key_id in _keyring(settings).key_ids():
        typer.echo(key_id)
    for path in sorted((settings.data_dir / "keyring").glob("*.destroyed")):
        typer.echo(f"{path.stem}\tdestroyed")


def rotate() -> None:
    """Make the key of this month and of the next, so that it can be carried to every machine before it is needed."""
    keyring = _keyring(load_settings())
    now = datetime.now(UTC)
    for month in (now, now.replace(day=1) + timedelta(days=32)):
        typer.echo(keyring.current(month).key_id)


def purge() -> None:
    """Destroy the month keys whose logs are all past ADUAN_RETENTION_DAYS_LOG: old copies of them become noise."""
    settings = load_settings()
    destroyed = _keyring(settings).destroy_expired(datetime.now(UTC), settings.retention_days_log)
    typer.echo("\n".join(f"{key_id}\tdestroyed" for key_id in destroyed) or "nothing to destroy")


def _keyring(settings: Settings) -> Keyring:
    return Keyring(settings.data_dir / "keyring")
