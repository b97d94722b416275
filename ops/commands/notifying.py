"""`aduan notifier`: one process of the stage that tells reporters that their case is open."""

import threading
from contextlib import suppress
from datetime import timedelta
from typing import Final

import typer

from aduan.acknowledgement import MAIL, Answering
from aduan.connections.log_reader import LogRecord
from aduan.connections.patience import Patience
from aduan.connections.publisher import Publisher, Record
from aduan.keyring import Keyring
from aduan.settings import Settings, load_settings
from consumers.erased import Erased, erased_by_index
from consumers.letters import letter_of
from consumers.mailer import smtp_hand_over
from consumers.notified import Notified
from consumers.notifier import Notifier, concerns_us
from consumers.outbox import Outbox
from consumers.parked import Parked
from consumers.replies.sender import open_ways, social_hand_over
from consumers.search_engine import search_client
from ops.answers import remembered
from ops.health import Health
from ops.membership import reading_cases
from ops.process import health_endpoint, set_up_logging, stop_on_signals
from producers.claims import Claims
from schemas.errors import Reason, UnavailableError

SOURCE: Final = "/consumers/notifier"
_TRIES: Final = 3
"""At an address that takes nothing now, within seconds; then its answer is parked."""


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


def outboxes_of(settings: Settings, claims: Claims, erased: Erased) -> dict[str, Outbox]:
    """The outbox of each way that is set up. Platforms have one each: one that is away does not hold the others."""
    hand_over = {way: social_hand_over(settings, remembered(settings, claims)) for way in open_ways(settings)}
    hand_over[MAIL] = smtp_hand_over(settings)
    return {
        way: Outbox(hand, tries=_TRIES, wanted=lambda complaint: not erased([complaint]))
        for way, hand in hand_over.items()
    }


def run_notifier(settings: Settings, stop: threading.Event) -> None:
    """Answer until `stop`. Waits for a broker that is not there yet."""
    answering = answering_of(settings)
    claims = Claims(settings.data_dir / "claims.sqlite")
    engine = search_client(settings)
    erased = erased_by_index(settings, engine)
    outboxes = outboxes_of(settings, claims, erased)
    notified = Notified(settings.data_dir / "notified.sqlite", timedelta(days=settings.retention_days_log))
    parked = Parked(settings.data_dir / "parked.sqlite")
    keyring = Keyring(settings.data_dir / "keyring")
    publisher = Publisher(settings, "notifier")
    patience = Patience(stop)
    with reading_cases(settings, "notifier", wanted=concerns_us, patience=patience) as reader:
        work = Notifier(
            reader=reader,
            outboxes=outboxes,
            notified=notified,
            keyring=keyring,
            answering=answering,
            patience=patience,
            parked=parked,
            erased=erased,
            gives_up=lambda record: publisher.publish([given_up(settings, keyring, record)]),
            patient_for=timedelta(seconds=settings.acknowledge_give_up),
        )
        try:
            with health_endpoint(settings, lambda: _health(work, outboxes)):
                _run(work, stop)
        finally:
            stop.set()
            for outbox in set(outboxes.values()):
                outbox.close()
            notified.close()
            parked.close()
            publisher.close()
            engine.close()
            claims.close()


def _run(work: Notifier, stop: threading.Event) -> None:
    """What is not there when the process is told to end is there again when it starts: nothing was committed."""
    if stop.is_set():
        return
    with suppress(UnavailableError):
        work.run(stop)
    if not stop.is_set():
        raise UnavailableError("the notifier ended before it was told to")


def given_up(settings: Settings, keyring: Keyring, record: LogRecord) -> Record:
    """The dead letter of an answer that nobody took; replayed, its opening is answered again."""
    group = settings.group("notifier")
    return letter_of(record, Reason.ANSWER_NOT_TAKEN, settings=settings, keyring=keyring, group=group, source=SOURCE)


def _health(work: Notifier, outboxes: dict[str, Outbox]) -> Health:
    """Healthy while answers can go out; a server that is away shows in the details."""
    return Health(
        ok=all(outbox.alive for outbox in outboxes.values()),
        details={"records_seen": work.seen, "answers_waiting": work.waiting, "answers_parked": work.parked},
    )
