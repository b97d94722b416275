"""The broker away during intake, stopped or frozen: every door says no in its own way, and goes on by itself after."""

import smtplib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import httpx
import pytest

from aduan.settings import Settings
from ops.topics import ensure_topics
from tests.chosen_engines import ChosenEngines
from tests.doors import received_on_kafka
from tests.indexing import wait_until
from tests.processes import running

ANSWER_SECONDS = 15
"""publish_timeout is 6 s; a request may wait once for the one before it."""


@dataclass
class Sender:
    """Sends one complaint after the other, each until it is accepted, and notes every answer."""

    accepted: set[str] = field(default_factory=set)
    refused: list[int] = field(default_factory=list)
    slowest: float = 0.0
    stop: threading.Event = field(default_factory=threading.Event)

    def note(self, key: str, code: int, began: float, yes: int) -> bool:
        """Note an answer; whether it was a yes."""
        self.slowest = max(self.slowest, time.monotonic() - began)
        if code == yes:
            self.accepted.add(key)
            return True
        self.refused.append(code)
        self.stop.wait(0.2)
        return False

    def by_http(self, settings: Settings, name: str) -> None:
        """Until `stop`; the same key and body again after a no."""
        number = 0
        with httpx.Client(base_url=f"http://127.0.0.1:{settings.intake_port}", timeout=60) as client:
            while not self.stop.is_set():
                key, began = f"{name}-{number}", time.monotonic()
                response = client.post("/api/v1/complaints", json={"text": key}, headers={"idempotency-key": key})
                if self.note(response.json().get("complaint_id", key), response.status_code, began, 202):
                    number += 1

    def by_mail(self, settings: Settings, name: str) -> None:
        """The same over SMTP."""
        number = 0
        while not self.stop.is_set():
            key, began = f"{name}-{number}", time.monotonic()
            raw = f"From: s@contoh.id\r\nMessage-ID: <{key}@x>\r\n\r\n{key}\r\n".encode()
            code = 250
            try:
                with smtplib.SMTP("127.0.0.1", settings.mail_in_port, timeout=60) as client:
                    client.sendmail("s@contoh.id", ["pengaduan@aduan.example"], raw)
            except smtplib.SMTPResponseException as error:
                code = error.smtp_code
            if self.note(key, code, began, 250):
                number += 1


@contextmanager
def sending(settings: Settings) -> Iterator[tuple[Sender, Sender]]:
    """Four senders by HTTP and two by mail, while the block runs."""
    web, mail = Sender(), Sender()
    threads = [threading.Thread(target=web.by_http, args=(settings, f"w{n}")) for n in range(4)]
    threads += [threading.Thread(target=mail.by_mail, args=(settings, f"m{n}")) for n in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield web, mail
    finally:
        web.stop.set()
        mail.stop.set()
        for thread in threads:
            thread.join(60)


@pytest.mark.parametrize(("leave", "come_back", "seconds"), [("stop", "start", 30), ("pause", "resume", 15)])
def test_no_is_said_while_the_broker_is_away_and_every_yes_is_kept(
    own_engines: ChosenEngines, own_settings: Settings, leave: str, come_back: str, seconds: int
) -> None:
    settings = own_settings.model_copy(update={"intake_rate": "100000/second"})
    ensure_topics(settings)
    with running(settings, "intake"), running(settings, "mail-in"):
        _wait_for_doors(settings)
        with sending(settings) as (web, mail):
            wait_until(lambda: len(web.accepted) > 50 and len(mail.accepted) > 10, 60)
            getattr(own_engines.kafka, leave)()
            time.sleep(3)  # answers that were on their way have arrived
            before = len(web.accepted), len(mail.accepted)
            time.sleep(seconds - 3)
            during = len(web.accepted), len(mail.accepted)
            getattr(own_engines.kafka, come_back)()
            wait_until(lambda: len(web.accepted) > during[0] + 50 and len(mail.accepted) > during[1] + 10, 60)
        assert during == before, "a yes while nothing could be kept"
        assert set(web.refused) == {503}
        assert set(mail.refused) == {451}
        assert max(web.slowest, mail.slowest) < ANSWER_SECONDS
    events = received_on_kafka(settings)
    kept = {event.complaint_id for event in events}
    assert web.accepted <= kept
    assert len(kept) <= len(web.accepted) + len(mail.accepted) + 6, "one in hand per sender, when they were stopped"
    assert len({event.event_id for event in events}) == len(kept)


def _wait_for_doors(settings: Settings) -> None:
    def answer() -> bool:
        with suppress(httpx.TransportError, OSError):
            healthy = httpx.get(f"http://127.0.0.1:{settings.intake_port}/healthz").status_code == 200
            with smtplib.SMTP("127.0.0.1", settings.mail_in_port, timeout=5) as client:
                return healthy and client.noop()[0] == 250
        return False

    wait_until(answer, 30)
