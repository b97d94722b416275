"""`aduan intake` and `aduan mail-in`: the doors as long-running processes."""

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import Final

import structlog
import typer
import uvicorn
import uvloop

from aduan.connections.publisher import Publisher
from aduan.keyring import Keyring
from aduan.model.serving import door_judge
from aduan.settings import Settings, load_settings
from aduan.tokens import Tokens, tokens_path
from ops.backlog import BacklogGuard
from ops.health import Health
from ops.process import health_endpoint, set_up_logging, stop_on_signals
from portal.index_reader import IndexReader
from portal.public import public_routes
from producers.attachments import open_blobs
from producers.claims import PURGED_AT_ONCE, Claims
from producers.door import Door
from producers.files.inspection import inspection
from producers.imap_reader import MailboxReader
from producers.imap_state import STUCK_SECONDS, State
from producers.mail import MailServer
from producers.web import create_app
from schemas.errors import UnavailableError

_PURGE_SECONDS: Final = 600.0
_log = structlog.get_logger(__name__)


def register(cli: typer.Typer) -> None:
    """Add the doors."""
    cli.command("intake")(intake)
    cli.command("mail-in")(mail_in)
    cli.command("imap")(imap)


def intake() -> None:
    """Take complaints by HTTP: JSON, form and webhooks."""
    settings = load_settings()
    set_up_logging("intake")
    with (
        open_door(settings, "intake") as door,
        closing(IndexReader(settings)) as reader,
        health_endpoint(settings, lambda: Health(ok=True)),
    ):
        app = create_app(settings, door, Tokens(tokens_path(settings)), extra=public_routes(settings, reader))
        uvicorn.run(
            app,
            host=settings.intake_host,
            port=settings.intake_port,
            loop="uvloop",
            access_log=False,
            log_config=None,
            server_header=False,
            proxy_headers=bool(settings.intake_proxies),
            forwarded_allow_ips=settings.intake_proxies,
            limit_concurrency=2_000,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=10,
        )


def mail_in() -> None:
    """Take complaints by mail, as an SMTP or LMTP server behind the ministry's mail server."""
    settings = load_settings()
    set_up_logging("mail-in")
    with open_door(settings, "mail-in") as door, health_endpoint(settings, lambda: Health(ok=True)):
        uvloop.run(_serve_mail(settings, door))


def imap() -> None:
    """Take complaints from a mailbox at an IMAP server."""
    settings = load_settings()
    set_up_logging("imap")
    stop = stop_on_signals()
    with open_door(settings, "imap") as door:
        reader = MailboxReader(settings, door)
        with health_endpoint(settings, lambda: _mailbox_health(reader.state)):
            reader.run(stop)


def _mailbox_health(state: State) -> Health:
    """Well while it reads or waits for mail, and for a minute after the mail server, Kafka or the disk went away."""
    details: dict[str, str | int | float] = {
        "connected": int(state.connected),
        "uid": state.uid,
        "kept": state.kept,
        "refused": state.refused,
        "seconds_stuck": round(state.seconds_unwell(), 1),
    }
    if state.waiting_for:
        details["waiting_for"] = state.waiting_for
    return Health(ok=state.seconds_unwell() < STUCK_SECONDS, details=details)


async def _serve_mail(settings: Settings, door: Door) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server = MailServer(settings, door)
    await server.start()
    _log.info("mail_in_listens", port=server.port, protocol=settings.mail_in_protocol)
    await stop.wait()
    await server.stop()


@contextmanager
def open_door(settings: Settings, client: str) -> Iterator[Door]:
    """The door with its real parts; while it is open, expired claims are purged and the backlog is watched."""
    with (
        inspection(settings) as inspect,
        closing(Claims(settings.data_dir / "claims.sqlite")) as claims,
        closing(Publisher(settings, client)) as publisher,
    ):
        guard = BacklogGuard(settings, publisher)
        keyring = Keyring(settings.data_dir / "keyring")
        judge = door_judge(settings)
        door = Door(settings, guard, claims, keyring, open_blobs(settings), inspect=inspect, judge=judge)
        closed = threading.Event()
        purging = threading.Thread(target=_purge, args=(door, closed), name="purge-claims", daemon=True)
        purging.start()
        guard.start()
        try:
            yield door
        finally:
            guard.close()
            closed.set()
            purging.join(timeout=5)


def _purge(door: Door, closed: threading.Event) -> None:
    """In batches with pauses, so that the door never waits long for the file."""
    while True:
        with suppress(UnavailableError):
            while door.purge() >= PURGED_AT_ONCE and not closed.wait(0.2):
                pass
        if closed.wait(_PURGE_SECONDS):
            return
