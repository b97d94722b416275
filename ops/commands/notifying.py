"""`aduan notifier`: one process of the stage that tells reporters that their case is open."""

import threading
from contextlib import suppress
from datetime import timedelta

import typer

from aduan.acknowledgement import MAIL, Answering
from aduan.connections.patience import Patience
from aduan.keyring import Keyring
from aduan.settings import Settings, load_settings
from consumers.mailer import smtp_hand_over
from consumers.notified import Notified
from consumers.notifier import Notifier, concerns_us
from consumers.outbox import Outbox
from consumers.replies.sender import open_ways, social_hand_over
from ops.answers import remembered
from ops.health import Health
from ops.membership import reading_cases
from ops.process import health_endpoint, set_up_logging, stop_on_signals
from producers.claims import Claims
from schemas.errors import UnavailableError


def register(cli: typer.Typer) -> None:
    """Add `aduan notifier`."""
    cli.command("notifier")(notifier)


def notifier() -> None:
    """Tell reporters once, by the channel they used, that their complaint is a case, with its tracking number."""
    settings = load_settings()
    set_up_logging("notifier")
    run_notifier(settings, stop_on_signals())


def answering_of(settings: Settings) -> Answering:
    """What answers depend on, from the settings."""
    return Answering(
        secret=settings.require_secret(),
        public_url=settings.public_url,
        sender=settings.mail_from,
        mailbox=next(iter(settings.mailboxes), settings.mail_from),
        longest_wait=timedelta(seconds=settings.acknowledge_within),
    )


def outboxes_of(settings: Settings, claims: Claims) -> dict[str, Outbox]:
    """The outbox of each way that is set up. Platforms have one each: one that is away does not hold the others."""
    social = {way: Outbox(social_hand_over(settings, remembered(settings, claims))) for way in open_ways(settings)}
    return {MAIL: Outbox(smtp_hand_over(settings))} | social


def run_notifier(settings: Settings, stop: threading.Event) -> None:
    """Answer until `stop`. Waits for a broker that is not there yet."""
    answering = answering_of(settings)
    claims = Claims(settings.data_dir / "claims.sqlite")
    outboxes = outboxes_of(settings, claims)
    notified = Notified(settings.data_dir / "notified.sqlite", timedelta(days=settings.retention_days_log))
    patience = Patience(stop)
    with reading_cases(settings, "notifier", wanted=concerns_us, patience=patience) as reader:
        work = Notifier(
            reader=reader,
            outboxes=outboxes,
            notified=notified,
            keyring=Keyring(settings.data_dir / "keyring"),
            answering=answering,
            patience=patience,
        )
        try:
            with health_endpoint(settings, lambda: _health(work, outboxes)):
                _run(work, stop)
        finally:
            stop.set()
            for outbox in set(outboxes.values()):
                outbox.close()
            notified.close()
            claims.close()


def _run(work: Notifier, stop: threading.Event) -> None:
    """What is not there when the process is told to end is there again when it starts: nothing was committed."""
    if stop.is_set():
        return
    with suppress(UnavailableError):
        work.run(stop)
    if not stop.is_set():
        raise UnavailableError("the notifier ended before it was told to")


def _health(work: Notifier, outboxes: dict[str, Outbox]) -> Health:
    """Healthy while answers can go out; a server that is away shows in the details."""
    return Health(
        ok=all(outbox.alive for outbox in outboxes.values()),
        details={"records_seen": work.seen, "answers_waiting": work.waiting},
    )
