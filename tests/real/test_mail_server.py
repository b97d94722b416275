"""The mail receiver on its sockets, with a door whose Kafka is in memory: STARTTLS, announced sizes, machines."""

import asyncio
import smtplib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvloop

from producers.mail import MailServer
from producers.mail_tls import server_context
from schemas.errors import SettingsError
from tests.certificates import Pair, self_signed
from tests.doors import MemoryDoor
from tests.indexing import wait_until

TO = "pengaduan@aduan.example"


@contextmanager
def receiving(folder: Path, **settings: Any) -> Iterator[tuple[MemoryDoor, int]]:
    """The door and the receiver's port, on the loop that `aduan mail-in` uses, while the block runs."""
    memory = MemoryDoor(folder, mail_in_port=0, **settings)
    loop = uvloop.new_event_loop()
    server = MailServer(memory.settings, memory.door)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(server.start(), loop).result(10)
        yield memory, server.port
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(15)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
        memory.close()


def client_at(port: int) -> smtplib.SMTP:
    return smtplib.SMTP("127.0.0.1", port, timeout=10)


def mail(number: int = 1, head: str = "") -> bytes:
    head += f"From: Sari <sari@contoh.id>\r\nSubject: PIP\r\nMessage-ID: <m{number}@contoh.id>\r\n"
    return f"{head}\r\nDana belum cair.\r\n".encode()


def _takes_one_more(port: int) -> bool:
    try:
        client_at(port).close()
    except smtplib.SMTPConnectError:
        return False
    return True


def secured(pair: Pair, **more: Any) -> dict[str, Any]:
    return {"mail_in_tls_cert": pair.certificate, "mail_in_tls_key": pair.key} | more


def test_a_mail_that_says_that_it_is_too_large_is_552_before_it_is_sent(tmp_path: Path) -> None:
    with receiving(tmp_path, attachments_bytes=100_000) as (_, port), client_at(port) as client:
        client.ehlo()
        assert client.esmtp_features["size"] == "1140000"
        assert client.mail("sari@contoh.id", ["SIZE=1140001"])[0] == 552
        assert client.mail("sari@contoh.id", ["SIZE=1140000"])[0] == 250


class TestStartTls:
    def test_mail_comes_in_over_a_connection_that_was_made_secure(self, tmp_path: Path) -> None:
        pair = self_signed(tmp_path)
        with receiving(tmp_path, **secured(pair)) as (memory, port), client_at(port) as client:
            client.starttls(context=pair.client_context())
            for number in range(3):
                assert client.sendmail("sari@contoh.id", [TO], mail(number)) == {}
            assert len(memory.received()) == 3

    def test_where_tls_is_required_nothing_is_taken_without(self, tmp_path: Path) -> None:
        pair = self_signed(tmp_path)
        with (
            receiving(tmp_path, **secured(pair, mail_in_require_tls=True)) as (memory, port),
            client_at(port) as client,
        ):
            with pytest.raises(smtplib.SMTPSenderRefused) as refused:
                client.sendmail("sari@contoh.id", [TO], mail())
            assert refused.value.smtp_code == 530
            client.starttls(context=pair.client_context())
            assert client.sendmail("sari@contoh.id", [TO], mail()) == {}
            assert len(memory.received()) == 1

    def test_secure_connections_count_once_and_give_their_place_back(self, tmp_path: Path) -> None:
        pair = self_signed(tmp_path)
        with receiving(tmp_path, **secured(pair, mail_in_connections=2)) as (_, port), client_at(port) as first:
            first.starttls(context=pair.client_context())
            with client_at(port) as second:
                second.starttls(context=pair.client_context())
                with pytest.raises(smtplib.SMTPConnectError):
                    client_at(port)
            wait_until(lambda: _takes_one_more(port))

    def test_commands_sent_along_with_starttls_are_dropped(self, tmp_path: Path) -> None:
        """What stood in the open before TLS could be another's (CVE-2011-0411; aiosmtpd before 1.4.6)."""
        pair = self_signed(tmp_path)
        with receiving(tmp_path, **secured(pair)) as (_, port), client_at(port) as client:
            client.ehlo()
            client.send("STARTTLS\r\nMAIL FROM:<penyusup@contoh.id>\r\n")
            assert client.getreply()[0] == 220
            assert client.sock is not None
            client.sock = pair.client_context().wrap_socket(client.sock, server_hostname="127.0.0.1")
            client.file = None
            client.ehlo()
            assert client.rcpt(TO)[0] == 503  # needs MAIL first

    def test_without_a_certificate_it_is_not_offered(self, tmp_path: Path) -> None:
        with receiving(tmp_path) as (_, port), client_at(port) as client:
            client.ehlo()
            assert not client.has_extn("starttls")

    def test_settings_that_make_no_pair_are_named(self, tmp_path: Path) -> None:
        pair = self_signed(tmp_path)
        memory = MemoryDoor(tmp_path)
        (tmp_path / "other").mkdir()
        other = self_signed(tmp_path / "other")
        for wrong in (
            {"mail_in_require_tls": True},
            {"mail_in_tls_cert": pair.certificate, "mail_in_tls_key": other.key},
            {"mail_in_tls_cert": tmp_path / "none.pem"},
        ):
            with pytest.raises(SettingsError, match="ADUAN_MAIL_IN_TLS_CERT"):
                server_context(memory.settings.model_copy(update=wrong))
        memory.close()


def test_fifty_vacation_replies_are_all_kept_as_a_machines(tmp_path: Path) -> None:
    signs = ["Auto-Submitted: auto-replied", "X-Autoreply: yes", "X-Autorespond: cuti", "Precedence: auto_reply", ""]
    with receiving(tmp_path) as (memory, port), client_at(port) as client:
        for number in range(50):
            sign = signs[number % 5]
            head = "In-Reply-To: <tanda-terima@aduan.example>\r\n" + (f"{sign}\r\n" if sign else "")
            client.sendmail("sari@contoh.id" if sign else "", [TO], mail(number, head))
        assert len(memory.received()) == 50
        assert all(event.automated for event in memory.received())


def test_a_machine_without_any_sign_is_silenced_after_two_answers_and_retries_do_not_count(tmp_path: Path) -> None:
    with receiving(tmp_path) as (memory, port), client_at(port) as client:
        for number in range(50):
            client.sendmail("sari@contoh.id", [TO], mail(number))
            client.sendmail("sari@contoh.id", [TO], mail(number))
        assert len(memory.received()) == 50
        assert sum(not event.automated for event in memory.received()) == 2


def test_mail_from_our_own_mailboxes_is_a_machines(tmp_path: Path) -> None:
    with receiving(tmp_path, mail_from="aduan@contoh.id") as (memory, port), client_at(port) as client:
        for number, ours in enumerate((TO, "Aduan@Contoh.id")):
            client.sendmail("sari@contoh.id", [TO], mail(number).replace(b"sari@contoh.id", ours.encode()))
        assert [event.automated for event in memory.received()] == [True, True]


def test_while_kafka_is_away_it_is_451_and_the_same_mail_is_taken_after(tmp_path: Path) -> None:
    with receiving(tmp_path) as (memory, port), client_at(port) as client:
        memory.publisher.away = True
        with pytest.raises(smtplib.SMTPDataError) as refused:
            client.sendmail("sari@contoh.id", [TO], mail())
        assert refused.value.smtp_code == 451
        memory.publisher.away = False
        assert client.sendmail("sari@contoh.id", [TO], mail()) == {}
        assert len(memory.received()) == 1
        assert not memory.received()[0].automated
