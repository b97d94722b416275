"""What other people's adapters write, and the stage that admits it with its parts in memory, for tests."""

import hashlib
import hmac
import json
import threading
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

from aduan.connections.log_reader import LogRecord
from aduan.connections.patience import Patience
from aduan.connections.publisher import Publisher, Record
from aduan.dead_letters import open_original
from aduan.settings import Settings
from aduan.tokens import Role, Tokens, tokens_path
from producers.admission import Admission
from producers.sources import Sources
from schemas.codec import Headers, decode
from schemas.events import DeadLetter
from schemas.exchange import SubmissionAdmitted, SubmissionRefused
from tests.case_log import read_topic
from tests.doors import MemoryDoor, MemoryPublisher

TOPIC = "complaints.submitted"
Answer = SubmissionAdmitted | SubmissionRefused


def body(number: int = 1, **changes: Any) -> dict[str, Any]:
    """What an adapter says of one message; a None takes a field away."""
    said = {
        "external_id": f"m-{number}",
        "channel": "social",
        "account": "halaman-1",
        "sender": "u-77",
        "text": f"Dana PIP anak saya belum cair, pesan {number}.",
    } | changes
    return {name: value for name, value in said.items() if value is not None}


def headers_of(number: int = 1, source: str = "/adapters/contoh", **changes: bytes | None) -> Headers:
    """CloudEvents headers as docs/adapters.md asks for them; `ce_type=None` takes one away."""
    given: dict[str, bytes | None] = {
        "ce_specversion": b"1.0",
        "ce_id": f"m-{number}".encode(),
        "ce_type": b"id.aduan.ComplaintSubmitted",
        "ce_source": source.encode(),
        "content-type": b"application/json",
    }
    changed = {name.replace("content_type", "content-type"): value for name, value in changes.items()}
    return [(name, value) for name, value in (given | changed).items() if value is not None]


def record(
    number: int = 1,
    *,
    source: str = "/adapters/contoh",
    value: bytes | None = b"",
    key: bytes | None = b"",
    headers: Headers | None = None,
    unknown: dict[str, Any] | None = None,
    **changes: Any,
) -> LogRecord:
    """A record on complaints.submitted; its offset is its number."""
    return LogRecord(
        topic=TOPIC,
        partition=number % 4,
        offset=number,
        timestamp=0,
        key=f"m-{number}".encode() if key == b"" else key,
        value=json.dumps(body(number, **changes) | (unknown or {})).encode() if value == b"" else value,
        headers=headers_of(number, source) if headers is None else headers,
    )


class MemoryAdmission:
    """The stage with its answers in memory; suspensions and claims are a real file."""

    def __init__(self, folder: Path, *adapters: str, **settings: Any) -> None:
        self.made = MemoryDoor(folder, **settings)
        self.tokens = Tokens(tokens_path(self.made.settings))
        self.secrets = {name: self.tokens.new(name, Role.ADAPTER) for name in adapters or ("contoh",)}
        self.answers_out = MemoryPublisher()
        self.sources = Sources(self.made.claims)
        self.stage = self.new_stage()

    def new_stage(self) -> Admission:
        """As after a restart of the process."""
        return Admission(
            self.made.settings,
            self.made.door,
            publisher=self.answers_out,
            sources=self.sources,
            tokens=self.tokens,
            keyring=self.made.keyring,
            patience=Patience(threading.Event()),
            clock=lambda: self.made.now,
        )

    def sign(self, written: LogRecord, token: str) -> LogRecord:
        """The record with the signature of whoever holds that token."""
        secret = hashlib.sha256(token.encode()).hexdigest().encode()
        signature = hmac.new(secret, written.value or b"", "sha256").hexdigest().encode()
        return written._replace(headers=[*written.headers, ("aduan_signature", signature)])

    def settle(self, *records: LogRecord) -> list[Answer]:
        """What these records are answered."""
        before = len(self.answers())
        self.stage.settle(records)
        return self.answers()[before:]

    def answers(self) -> list[Answer]:
        """All answers, in order."""
        found: list[Answer] = []
        for one in self.answers_out.records:
            if one.topic.endswith("admissions"):
                answer = decode_answer(one.value, one.headers)
                found.append(answer)
        return found

    def letters(self) -> list[DeadLetter]:
        """All dead letters, in order."""
        return [
            decode(one.value, one.headers, (DeadLetter,))
            for one in self.answers_out.records
            if one.topic.endswith("dead-letter")
        ]

    def original(self, letter: DeadLetter) -> bytes | None:
        """The value that a dead letter holds, unsealed."""
        return open_original(self.made.keyring, letter).value


def decode_answer(value: bytes | None, headers: Headers) -> Answer:
    """An answer as an adapter reads it: the header `ce_type` says which."""
    kind = dict(headers)["ce_type"].decode().removeprefix("id.aduan.")
    model = {one.TYPE: one for one in (SubmissionAdmitted, SubmissionRefused)}[kind]
    return model.model_validate_json(value or b"")


def register(settings: Settings, *names: str) -> None:
    """Adapters that may submit."""
    for name in names:
        Tokens(tokens_path(settings)).new(name, Role.ADAPTER)


def submit(settings: Settings, numbers: range, source: str = "contoh", value: bytes = b"") -> None:
    """As an adapter does: keyed by the external id, acknowledged by all replicas."""
    records = [record(number, source=f"/adapters/{source}", value=value) for number in numbers]
    with closing(Publisher(settings, "tests")) as publisher:
        publisher.publish([Record(settings.topics.submitted, one.key, one.value, one.headers) for one in records])


def answers(settings: Settings) -> list[Answer]:
    """All answers on the real topic."""
    return [decode_answer(value, headers) for headers, value in read_topic(settings, settings.topics.admissions)]


def outcomes(settings: Settings) -> Counter[str]:
    """How many distinct answers there are of each kind; a repeat has the same id."""
    found = {one.event_id: one for one in answers(settings)}.values()
    return Counter("admitted" if isinstance(one, SubmissionAdmitted) else one.reason for one in found)
