"""`aduan imap` on a real mail server and a real broker: every mail once, whatever is killed, recreated or away."""

import contextlib
import threading
import time
from pathlib import Path

import httpx
import pytest

from aduan.keyring import Keyring
from aduan.settings import Settings
from ops.engines.ports import free_port
from producers.imap_mailbox import Mailbox
from schemas.errors import UnavailableError
from schemas.events import ComplaintReceived
from tests.certificates import self_signed
from tests.chosen_engines import ChosenEngines
from tests.doors import content_of, received_on_kafka, reporter_of
from tests.imap_reading import cursor_of, deliver, flagged, mail, mailbox_of, mailbox_settings, reading
from tests.indexing import wait_until
from tests.processes import start
from tests.relay import relayed


def kept(settings: Settings) -> list[ComplaintReceived]:
    """Complaints on Kafka, each once."""
    events = [event for event in received_on_kafka(settings) if isinstance(event, ComplaintReceived)]
    return list({event.complaint_id: event for event in events}.values())


def test_waiting_and_new_mails_are_kept_then_marked_and_know_their_way_back(
    engines: ChosenEngines, topics: Settings
) -> None:
    settings = mailbox_settings(topics, engines)
    deliver(engines, settings, [mail(number) for number in range(30)])
    with reading(settings) as reader:
        wait_until(lambda: reader.state.kept == 30)
        deliver(engines, settings, [mail(99, "Baru saja.")])
        wait_until(lambda: reader.state.kept == 31)  # IDLE tells at once; the next look would be in nine minutes
        wait_until(lambda: cursor_of(settings).uid == 31)
    assert flagged(settings, engines, "UNSEEN") == 0
    events = kept(settings)
    assert len(events) == 31
    assert {event.account for event in events} == {settings.imap_username}
    keyring = Keyring(settings.data_dir / "keyring")
    [newest] = [event for event in events if "Baru saja." in content_of(keyring, event).text]
    reporter = reporter_of(keyring, newest)
    assert reporter is not None
    assert reporter.reply is not None
    assert (reporter.reply.to, reporter.reply.ref) == ("pelapor99@contoh.id", "<surat-99@contoh.id>")


def test_mails_that_arrive_while_it_reads_are_not_left_till_idle_is_given_again(
    engines: ChosenEngines, topics: Settings
) -> None:
    """A server tells of them once, in its answer to whatever was asked: not again when IDLE begins."""
    settings = mailbox_settings(topics, engines)
    deliver(engines, settings, [mail(0)])
    with reading(settings) as reader:
        for number in range(1, 60):
            deliver(engines, settings, [mail(number)])
        wait_until(lambda: reader.state.kept == 60)  # the next look would be in nine minutes


def test_a_reader_killed_in_mid_mailbox_goes_on_where_it_was(engines: ChosenEngines, topics: Settings) -> None:
    settings = mailbox_settings(topics, engines)
    deliver(engines, settings, [mail(number) for number in range(600)])
    for place in (100, 300):
        process = start(settings, "imap")
        wait_until(lambda: cursor_of(settings).uid >= place, 30)  # noqa: B023 - waited for at once
        process.kill()
        process.wait(10)
    assert cursor_of(settings).uid < 600
    with reading(settings):
        wait_until(lambda: cursor_of(settings).uid == 600, 30)
    assert len(kept(settings)) == 600
    assert flagged(settings, engines, "UNSEEN") == 0


def test_a_folder_that_was_made_anew_is_read_again_and_nothing_is_kept_twice(
    engines: ChosenEngines, topics: Settings
) -> None:
    settings = mailbox_settings(topics, engines, imap_folder="Pengaduan")
    fill(settings, engines, range(20))
    with reading(settings) as reader:
        wait_until(lambda: reader.state.kept == 20)
        before = cursor_of(settings)
        with mailbox_of(settings, engines) as client:
            client.delete("Pengaduan")
        fill(settings, engines, range(10, 25))  # fewer than before: the old cursor would be past all of them
        wait_until(lambda: reader.state.kept == 25, 30)
    assert cursor_of(settings).uidvalidity != before.uidvalidity
    assert len(kept(settings)) == 25


def fill(settings: Settings, engines: ChosenEngines, numbers: range) -> None:
    """Make the folder and put mails into it, as a person's mail program would."""
    with mailbox_of(settings, engines) as client:
        client.create(settings.imap_folder)
        for number in numbers:
            client.append(settings.imap_folder, "", "", mail(number))


def test_while_kafka_is_away_nothing_is_marked_and_it_goes_on_by_itself(
    engines: ChosenEngines, topics: Settings
) -> None:
    port = free_port()
    settings = mailbox_settings(topics, engines, kafka_bootstrap=f"127.0.0.1:{port}", publish_timeout=1.0)
    deliver(engines, settings, [mail(number) for number in range(5)])
    with reading(settings) as reader:
        wait_until(lambda: "Kafka" in reader.state.waiting_for)
        assert flagged(settings, engines, "SEEN") == 0
        assert cursor_of(settings).uid == 0
        with relayed(int(engines.kafka_bootstrap.rpartition(":")[2]), port=port):
            wait_until(lambda: reader.state.kept == 5, 40)
    assert flagged(settings, engines, "SEEN") == 5
    assert len(kept(topics)) == 5


@pytest.mark.parametrize("folder", ["", "Ditolak"])
def test_a_mail_that_cannot_be_taken_is_set_aside_unread_and_blocks_nothing(
    engines: ChosenEngines, topics: Settings, folder: str
) -> None:
    settings = mailbox_settings(topics, engines, attachments_bytes=100_000, imap_refused_folder=folder)
    deliver(engines, settings, [mail(1), mail(2, "kata kata\r\n" * 200_000), mail(3)])
    with reading(settings) as reader:
        wait_until(lambda: cursor_of(settings).uid == 3)
        assert (reader.state.kept, reader.state.refused) == (2, 1)
    assert flagged(settings, engines, "UNSEEN" if folder else "FLAGGED", folder or "INBOX") == 1
    assert flagged(settings, engines, "SEEN") == 2


def test_the_connection_is_made_anew_when_the_mail_server_was_away(engines: ChosenEngines, topics: Settings) -> None:
    port = free_port()
    settings = mailbox_settings(topics, engines, imap_port=port)
    with reading(settings) as reader:
        with relayed(engines.imap_port, port=port):
            wait_until(lambda: reader.state.connected)
        wait_until(lambda: reader.state.waiting_for != "")
        deliver(engines, settings, [mail(1)])
        with relayed(engines.imap_port, port=port):
            wait_until(lambda: reader.state.kept == 1, 40)


class TestTls:
    def test_a_server_with_the_given_authority_is_trusted(
        self, engines: ChosenEngines, topics: Settings, tmp_path: Path
    ) -> None:
        pair = self_signed(tmp_path)
        with relayed(engines.imap_port, tls=pair.server_context()) as port:
            secure = {"imap_port": port, "imap_tls": "implicit", "imap_ca_file": pair.certificate}
            settings = mailbox_settings(topics, engines, **secure)
            with Mailbox(settings) as mailbox:
                assert mailbox.open().uidnext == 1

    def test_any_other_server_never_sees_the_password(
        self, engines: ChosenEngines, topics: Settings, tmp_path: Path
    ) -> None:
        with relayed(engines.imap_port, tls=self_signed(tmp_path).server_context()) as port:
            settings = mailbox_settings(topics, engines, imap_port=port, imap_tls="implicit")
            with pytest.raises(UnavailableError, match="SSLCertVerificationError"):
                Mailbox(settings)

    def test_a_server_without_starttls_never_sees_it_either(self, engines: ChosenEngines, topics: Settings) -> None:
        settings = mailbox_settings(topics, engines, imap_tls="starttls")
        with pytest.raises(UnavailableError, match="CapabilityError"):
            Mailbox(settings)


def test_the_health_endpoint_says_what_it_waits_for(engines: ChosenEngines, topics: Settings) -> None:
    settings = mailbox_settings(topics, engines, imap_port=free_port(), health_port=free_port())
    process = start(settings, "imap")
    try:
        wait_until(lambda: bool(_health(settings).get("waiting_for")))
        found = _health(settings)
        assert found["connected"] == 0
        assert found["waiting_for"] == "the mailbox can't be read (ConnectionRefusedError)"
    finally:
        process.terminate()
        assert process.wait(10) == 0


def _health(settings: Settings) -> dict[str, object]:
    with contextlib.suppress(httpx.TransportError):
        details: dict[str, object] = httpx.get(f"http://127.0.0.1:{settings.health_port}/healthz").json()["details"]
        return details
    return {}


def test_ending_does_not_wait_for_idle(engines: ChosenEngines, topics: Settings) -> None:
    settings = mailbox_settings(topics, engines)
    stopped = threading.Event()

    def idles() -> None:
        with Mailbox(settings) as mailbox:
            mailbox.open()
            mailbox.wait(stopped)

    thread = threading.Thread(target=idles)
    thread.start()
    time.sleep(0.5)
    stopped.set()
    thread.join(10)
    assert not thread.is_alive()
