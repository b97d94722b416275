"""The door with its parts in memory or for real, and what it wrote, for the tests of the producers."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aduan.connections.publisher import Record
from aduan.keyring import Keyring
from aduan.privacy import Purpose, unseal_model
from aduan.settings import Settings, load_settings
from producers.attachments import MemoryBlobs
from producers.claims import Claims
from producers.door import Door
from producers.submission import Submission
from schemas.codec import Headers, decode
from schemas.content import Content, Reporter
from schemas.errors import UnavailableError
from schemas.events import Channel, ComplaintReceived, ReporterReplied
from schemas.topics import Lane
from tests.case_log import read_topic

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
Received = ComplaintReceived | ReporterReplied


class MemoryPublisher:
    """The publisher's other implementation. It can be away, or the worst: `writes_then_fails`."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.away = False
        self.writes_then_fails = False

    def publish(self, records: Sequence[Record]) -> None:
        """Keep all, or none, or all and say otherwise."""
        if self.away:
            raise UnavailableError("away")
        self.records += records
        if self.writes_then_fails:
            raise UnavailableError("no acknowledgement")

    def events(self) -> list[Received]:
        """What was published."""
        return [_received(one.value, one.headers) for one in self.records]


class MemoryDoor:
    """A door whose Kafka and blobs are in memory; its claims are a real file."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.settings = load_settings(
            **({"secret": "s" * 64, "data_dir": folder, "intake_rate": "100/second"} | settings)
        )
        self.publisher = MemoryPublisher()
        self.claims = Claims(folder / "claims.sqlite")
        self.keyring = Keyring(folder / "keyring")
        self.blobs = MemoryBlobs()
        self.now = NOW
        self.door = Door(self.settings, self.publisher, self.claims, self.keyring, self.blobs, clock=lambda: self.now)

    def received(self) -> list[ComplaintReceived]:
        """The complaints that were published."""
        return [event for event in self.publisher.events() if isinstance(event, ComplaintReceived)]

    def close(self) -> None:
        """Close the claims."""
        self.claims.close()


def submission(**changes: Any) -> Submission:
    """A complaint as a channel hands it to the door."""
    values: dict[str, Any] = {
        "channel": Channel.WEB,
        "account": "web",
        "source": "/producers/web",
        "sender": "",
        "external_id": "key-1",
        "title": "PIP belum cair",
        "text": "Dana PIP anak saya belum cair sejak Mei.",
        "reporter": Reporter(name="Sari Contoh", email="sari@contoh.id"),
    }
    return Submission(**(values | changes))


def content_of(keyring: Keyring, event: Received) -> Content:
    """The words, unsealed."""
    return unseal_model(keyring, Purpose.CONTENT, event.complaint_id, event.sealed_content, Content)


def reporter_of(keyring: Keyring, event: ComplaintReceived) -> Reporter | None:
    """The reporter, unsealed; None for an anonymous one."""
    if event.sealed_reporter is None:
        return None
    return unseal_model(keyring, Purpose.REPORTER, event.complaint_id, event.sealed_reporter, Reporter)


def received_on_kafka(settings: Settings) -> list[Received]:
    """Every event on both received topics."""
    topics = [settings.topics.received(lane) for lane in Lane]
    return [_received(value, headers) for topic in topics for headers, value in read_topic(settings, topic)]


def _received(value: bytes | None, headers: Headers) -> Received:
    found = decode(value, headers, (ComplaintReceived, ReporterReplied))
    assert isinstance(found, ComplaintReceived | ReporterReplied)
    return found
