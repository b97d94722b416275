"""`aduan mail-in` as a process, on a real broker: 250 is kept, 550 for others, SMTP and LMTP."""

import smtplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from aduan.keyring import Keyring
from aduan.settings import Settings
from producers.replay_reading import mbox_mails
from schemas.events import Channel, ComplaintReceived
from tests.doors import content_of, received_on_kafka
from tests.indexing import wait_until
from tests.processes import running

SAMPLES = Path(__file__).parents[2] / "samples" / "email.mbox"
TO = "pengaduan@aduan.example"


@contextmanager
def receiver(settings: Settings, kind: type[smtplib.SMTP] = smtplib.SMTP) -> Iterator[smtplib.SMTP]:
    """A client of the mail receiver, which runs while the block does."""

    def listens() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", settings.mail_in_port)) == 0

    with running(settings, "mail-in"):
        wait_until(listens, 30)
        with kind("127.0.0.1", settings.mail_in_port, timeout=30) as client:
            yield client


def mail(number: int = 1, text: str = "Dana belum cair.") -> bytes:
    return (
        f"From: Sari <sari@contoh.id>\r\nSubject: PIP\r\nMessage-ID: <m{number}@contoh.id>\r\n\r\n{text}\r\n".encode()
    )


def test_every_sample_mail_is_kept_once_though_it_comes_twice(topics: Settings) -> None:
    with SAMPLES.open("rb") as file:
        raws = [one.raw.replace(b"\n", b"\r\n") for one in mbox_mails(file, 0)]
    with receiver(topics) as client:
        for number, raw in enumerate([*raws, *raws]):
            trace = f"Received: from relay{number}.example\r\n".encode()
            assert client.sendmail("sari@contoh.id", [TO], trace + raw) == {}
    events = received_on_kafka(topics)
    assert len(events) == len({event.complaint_id for event in events}) == len(raws) == 110
    assert {event.channel for event in events if isinstance(event, ComplaintReceived)} == {Channel.EMAIL}
    assert b"contoh.id" not in (topics.data_dir / "mail-in.log").read_bytes()


def test_another_body_under_the_same_message_id_is_a_complaint_of_its_own(topics: Settings) -> None:
    with receiver(topics) as client:
        for text in ("satu", "dua", "dua", "satu"):
            client.sendmail("sari@contoh.id", [TO], mail(text=text))
    keyring = Keyring(topics.data_dir / "keyring")
    assert sorted(content_of(keyring, event).text for event in received_on_kafka(topics)) == ["dua", "satu"]


def test_other_mailboxes_are_550_and_nothing_is_relayed(topics: Settings) -> None:
    with receiver(topics) as client, pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        client.sendmail("sari@contoh.id", ["orang@contoh.id"], mail())
    assert refused.value.recipients["orang@contoh.id"][0] == 550
    assert not received_on_kafka(topics)


def test_a_mail_that_is_too_large_is_552_and_the_connection_goes_on(topics: Settings) -> None:
    settings = topics.model_copy(update={"attachments_bytes": 100_000})
    with receiver(settings) as client:
        with pytest.raises((smtplib.SMTPDataError, smtplib.SMTPSenderRefused)) as refused:
            client.sendmail("sari@contoh.id", [TO], mail(text="kata kata\r\n" * 200_000))
        assert refused.value.smtp_code == 552
        client.sendmail("sari@contoh.id", [TO], mail())
    assert len(received_on_kafka(settings)) == 1


def test_long_lines_and_bytes_that_are_no_text_are_taken(topics: Settings) -> None:
    with receiver(topics) as client:
        client.sendmail("", [TO], mail(1, "x" * 50_000))
        client.sendmail("", [TO], b"\xff\xfe\x00" * 100)
    automated = [event.automated for event in received_on_kafka(topics) if isinstance(event, ComplaintReceived)]
    assert automated == [True, True]


def test_too_many_connections_hear_421_and_a_place_comes_free(topics: Settings) -> None:
    settings = topics.model_copy(update={"mail_in_connections": 2})
    with receiver(settings) as first:
        with _when_free(settings), pytest.raises(smtplib.SMTPConnectError) as refused:
            smtplib.SMTP("127.0.0.1", settings.mail_in_port, timeout=10)
        assert refused.value.smtp_code == 421
        with _when_free(settings) as second:
            second.sendmail("sari@contoh.id", [TO], mail(2))
        first.sendmail("sari@contoh.id", [TO], mail(1))
    assert len(received_on_kafka(settings)) == 2


def _when_free(settings: Settings) -> smtplib.SMTP:
    """A connection, as soon as the receiver has noticed that an earlier one is gone."""
    found: list[smtplib.SMTP] = []

    def opens() -> bool:
        try:
            found.append(smtplib.SMTP("127.0.0.1", settings.mail_in_port, timeout=10))
        except smtplib.SMTPConnectError:
            return False
        return True

    wait_until(opens)
    return found[0]


class Lmtp(smtplib.LMTP):
    """One answer per recipient, each read: `smtplib.LMTP` reads only the first."""

    def deliver(self, recipients: list[str], raw: bytes) -> list[int]:
        """The code for each recipient."""
        self.ehlo_or_helo_if_needed()
        self.mail("sari@contoh.id")
        for recipient in recipients:
            self.rcpt(recipient)
        codes = [self.data(raw)[0]]
        codes += [self.getreply()[0] for _ in recipients[1:]]
        return codes


def test_lmtp_answers_each_recipient_and_it_is_one_complaint(topics: Settings) -> None:
    both = {"mail_in_protocol": "lmtp", "mail_in_accounts": f"{TO},ult@aduan.example"}
    settings = topics.model_copy(update=both)
    kind: Any = Lmtp
    with receiver(settings, kind) as client:
        assert isinstance(client, Lmtp)
        assert client.deliver([TO, "ult@aduan.example"], mail()) == [250, 250]
        assert client.noop()[0] == 250
    assert len(received_on_kafka(settings)) == 1


def test_a_mail_in_hand_is_finished_when_the_receiver_is_stopped(topics: Settings) -> None:
    with receiver(topics) as client:
        assert client.sendmail("sari@contoh.id", [TO], mail()) == {}
    assert len(received_on_kafka(topics)) == 1
