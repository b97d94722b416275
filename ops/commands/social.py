"""`aduan social-poll`: asks the platforms that do not call us (Mastodon, X) for mentions."""

import sys
import threading
from collections.abc import Sequence

import structlog
import typer

from aduan.settings import load_settings
from ops.commands.doors import open_door
from ops.health import Health
from ops.process import STALLED, health_endpoint, set_up_logging, stop_on_signals
from producers.social.loops import SocialLoops
from producers.social.polling import Polling
from producers.social.registry import polled
from producers.social.since import Since
from schemas.errors import SettingsError

_log = structlog.get_logger(__name__)


def register(cli: typer.Typer) -> None:
    """Add the command."""
    cli.command("social-poll")(social_poll)


def social_poll() -> None:
    """Ask Mastodon and X for mentions of our accounts, each as soon as its settings are given."""
    settings = load_settings()
    set_up_logging("social-poll")
    adapters = polled(settings)
    if not adapters:
        raise SettingsError(
            "no platform to ask: set ADUAN_MASTODON_URL and ADUAN_MASTODON_TOKEN, or ADUAN_X_USER_ID and "
            "ADUAN_X_BEARER_TOKEN (docs/channels.md)"
        )
    stop = stop_on_signals()
    with open_door(settings, "social-poll") as door:
        pollings = [
            Polling(
                adapter.name,
                adapter.poller(settings),
                door,
                since=Since(settings.data_dir / "social", adapter.name, adapter.account(settings)),
                loops=SocialLoops(door.claims, settings.require_secret()),
                seconds=settings.social_poll_seconds,
            )
            for adapter in adapters
            if adapter.poller is not None
        ]
        with health_endpoint(settings, lambda: _health(pollings)):
            _run(pollings, stop)


def _run(pollings: Sequence[Polling], stop: threading.Event) -> None:
    """One thread a platform: a pause that one wants holds up no other. A thread that ends by a defect ends all."""
    threads = [threading.Thread(target=one.run, args=(stop,), name=one.name, daemon=True) for one in pollings]
    for thread in threads:
        thread.start()
    while not stop.wait(0.5):
        if not all(thread.is_alive() for thread in threads):
            _log.error("social_poll_died")
            sys.exit(STALLED)
    for thread in threads:
        thread.join(timeout=10)


def _health(pollings: Sequence[Polling]) -> Health:
    """Alive while it asks; what a platform keeps it waiting for is a detail, not our illness."""
    return Health(ok=True, details={one.name: one.waiting_for or "ok" for one in pollings})
