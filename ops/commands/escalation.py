"""`aduan escalator`: one process of the stage that tells people of urgent and late cases."""

import threading

import typer

from aduan.connections.patience import Patience
from aduan.connections.publisher import Publisher
from aduan.keyring import Keyring
from aduan.settings import Settings, load_settings
from aduan.units import load_units
from consumers.announcer import Announcer
from consumers.closed_answers import ClosedAnswers
from consumers.escalator import Escalator, concerns_us
from consumers.mailer import smtp_hand_over
from consumers.outbox import Outbox
from consumers.sweep import Sweep
from ops.health import Health
from ops.membership import reading_cases
from ops.process import health_endpoint, set_up_logging, stop_on_signals


def register(cli: typer.Typer) -> None:
    """Add `aduan escalator`."""
    cli.command("escalator")(escalator)


def escalator() -> None:
    """Escalate urgent cases at once and late ones by search; mail the contacts of their units."""
    settings = load_settings()
    set_up_logging("escalator")
    run_escalator(settings, stop_on_signals())


def run_escalator(settings: Settings, stop: threading.Event) -> None:
    """Escalate until `stop`. Waits for a broker that is not there yet."""
    units = load_units()
    publisher = Publisher(settings, "escalator")
    outbox = Outbox(smtp_hand_over(settings))
    announcer = Announcer(settings, publisher=publisher, outbox=outbox, units=units)
    keyring = Keyring(settings.data_dir / "keyring")
    answers = ClosedAnswers(settings, publisher=publisher, keyring=keyring)
    sweep = Sweep(settings, announcer=announcer, units=units, answers=answers)
    with reading_cases(settings, "escalator", wanted=concerns_us, patience=Patience(stop)) as reader:
        work = Escalator(
            settings,
            reader=reader,
            publisher=publisher,
            outbox=outbox,
            announcer=announcer,
            sweep=sweep,
            keyring=keyring,
        )
        sweeping = threading.Thread(target=sweep.run, args=(stop,), name="sweep", daemon=True)
        sweeping.start()
        try:
            with health_endpoint(settings, lambda: _health(work, outbox, sweep, sweeping)):
                work.run(stop)
        finally:
            stop.set()
            outbox.close()
            sweeping.join(timeout=5)
            sweep.close()
            publisher.close()


def _health(work: Escalator, outbox: Outbox, sweep: Sweep, sweeping: threading.Thread) -> Health:
    """Healthy while both threads live; a mail server or search engine that is away shows in the details."""
    return Health(
        ok=sweeping.is_alive() and outbox.alive,
        details={
            "records_seen": work.seen,
            "mails_waiting": len(outbox),
            "mails_owed": work.mails_owed,
            "partitions": len(sweep.partitions),
            "seconds_since_sweep": -1 if (age := sweep.age()) is None else round(age, 1),
        },
    )
