"""What stands in the indexes: one document per complaint, and the restricted one of its reporter."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.events import (
    Attachment,
    CaseEvent,
    Channel,
    Code,
    ComplaintId,
    Entity,
    EventId,
    Finding,
    Origin,
    Part,
    ReplyKind,
    Sealed,
    Utc,
)
from schemas.topics import Lane


class Position(Part):
    """Where on the log of cases an event stood. Ordered by epoch, then offset, within a partition."""

    epoch: int = Field(ge=1)
    partition: int = Field(ge=0)
    offset: int = Field(ge=0)


class StoredEvent(Part):
    """An event that made the document, without its sealed parts, and where it stood."""

    position: Position
    event: CaseEvent


class Reply(Part):
    """What the reporter added later, masked."""

    received_at: Utc
    text: str
    kind: ReplyKind = ReplyKind.REPLY
    channel: Channel | None = None
    attachments: tuple[Attachment, ...] = ()


class CaseDocument(BaseModel):
    """A case as staff see it. A pure fold of its events (`aduan.case`); holds no identity."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    complaint_id: ComplaintId
    tracking_number: str
    channel: Channel
    account: str
    lane: Lane
    status: Literal["open", "acknowledged", "resolved"]
    title: str = ""
    text: str
    replies: tuple[Reply, ...] = ()
    jenis: Code
    kategori: Code
    kategori_alt: Code | None = None
    prioritas: Code
    kerahasiaan: Code
    provinsi: Code | None = None
    kabupaten: Code | None = None
    jenjang: Code | None = None
    language: Code
    confidence: float
    model: str
    unit: Code
    findings: tuple[Finding, ...] = ()
    entities: tuple[Entity, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    automated: bool = False
    origin: Origin = Origin()
    sent_at: Utc | None = None
    received_at: Utc
    opened_at: Utc
    due_at: Utc
    acknowledged_at: Utc | None = None
    acknowledged_by: str | None = None
    escalation_level: int = 0
    escalated_at: Utc | None = None
    transfers: int = 0
    resolved_at: Utc | None = None
    outcome: str | None = None
    after_closing: tuple[EventId, ...] = ()
    """Answers that came after the case was closed and are still to be acted on (`aduan.reopening`)."""
    continued_as: ComplaintId | None = None
    """The complaint that answers became which came too late to reopen this case."""
    erased_at: Utc | None = None
    updated_at: Utc
    body_digest: str
    position: Position
    events: tuple[StoredEvent, ...]


class ReporterDocument(BaseModel):
    """Identity and original of one complaint, sealed with the vault's key. An erased one is only a marker."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    complaint_id: ComplaintId
    sealed_reporter: Sealed | None = None
    sealed_content: Sealed | None = None
    received_at: Utc
    erased_at: Utc | None = None
