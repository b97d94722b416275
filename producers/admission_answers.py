"""What a submission is answered on complaints.admissions, and the dead letter of one that is turned away. Pure."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple, Protocol

from aduan.connections.publisher import Record
from aduan.dead_letters import build_dead_letter, coordinates, encode_dead_letter
from aduan.ids import event_id
from aduan.keyring import SealingKey
from aduan.settings import Settings
from producers.admission_reading import Admissible, Turned
from producers.door import Receipt
from schemas.codec import encode
from schemas.events import NO_COMPLAINT
from schemas.exchange import MAX_KEY, RefusedField, SubmissionAdmitted, SubmissionRefused
from schemas.topics import MAX_RAW_BYTES

SOURCE: Final = "/producers/admission"


class Incoming(Protocol):
    """A record as it was read."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...


class Admitted(NamedTuple):
    """A submission that the door took."""

    read: Admissible
    receipt: Receipt


Verdict = Admitted | Turned


def answer(verdict: Verdict, record: Incoming, settings: Settings, now: datetime) -> Record:
    """The record for complaints.admissions: the submission's key, in the submission's partition."""
    event = _admitted(verdict) if isinstance(verdict, Admitted) else _refused(verdict, record, settings, now)
    submitter = event.submitter
    _, value, headers = encode(event, source=SOURCE, extra=[("submitter", submitter)] if submitter else [])
    key = record.key if record.key and len(record.key) <= MAX_KEY else None
    return Record(settings.topics.admissions, key, value, headers, record.partition)


def dead_letter(turned: Turned, record: Incoming, settings: Settings, key: SealingKey, now: datetime) -> Record:
    """The sealed original and where it stood, by whom and why. Of one larger than its topic takes, the beginning."""
    letter = build_dead_letter(
        reason=turned.reason,
        group=settings.group("admission"),
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=record.key,
        value=record.value[:MAX_RAW_BYTES] if record.value is not None else None,
        headers=record.headers,
        key_ring_key=key,
        now=now,
    )
    letter = letter.model_copy(update={"size": len(record.value or b"")})
    return Record(settings.topics.dead_letter, *encode_dead_letter(letter, source=SOURCE))


def digest_of(external_id: str) -> str:
    """What stands for an external id in an answer: any adapter can make it, and only its own says something to it."""
    return hashlib.sha256(external_id.encode()).hexdigest()


def _admitted(verdict: Admitted) -> SubmissionAdmitted:
    receipt, read = verdict.receipt, verdict.read
    digest = digest_of(read.submission.external_id)
    return SubmissionAdmitted(
        event_id=event_id(f"{receipt.complaint_id}/{read.submitter}/{digest}", SubmissionAdmitted.TYPE),
        complaint_id=receipt.complaint_id,
        occurred_at=receipt.received_at,
        submitter=read.submitter,
        external_id_sha256=digest,
        tracking_number=receipt.tracking_number,
        lane=receipt.lane,
        received_at=receipt.received_at,
        joined=receipt.joined,
    )


def _refused(turned: Turned, record: Incoming, settings: Settings, now: datetime) -> SubmissionRefused:
    where = coordinates(settings.group("admission"), record.topic, record.partition, record.offset)
    return SubmissionRefused(
        event_id=event_id(where, SubmissionRefused.TYPE),
        complaint_id=NO_COMPLAINT,
        occurred_at=now.astimezone(UTC),
        submitter=turned.submitter,
        external_id_sha256=digest_of(turned.external_id) if turned.external_id is not None else None,
        reason=turned.reason.value,
        errors=tuple(
            RefusedField(field=one.field[:200], code=one.code[:60], message=one.message[:300]) for one in turned.errors
        ),
        partition=record.partition,
        offset=record.offset,
    )
