"""What is said on the topics: frozen events, tolerant of fields that a newer writer adds.

A reader never needs another message to understand one: events carry all that the next stage needs.
Fields named `sealed_…` are encrypted (`aduan.privacy`); nothing else may hold a person's identity.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from schemas.topics import Lane


def _is_utc(value: datetime) -> datetime:
    offset = value.utcoffset()
    if offset is None or offset.total_seconds() != 0:
        raise ValueError("must be UTC, e.g. 2026-11-24T03:00:00Z")
    return value


Utc = Annotated[datetime, AfterValidator(_is_utc)]
"""A moment in UTC; shown to people in their own zone (WIB, WITA, WIT) only at the edge."""
ComplaintId = Annotated[
    str, StringConstraints(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
]
EventId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Sealed = Annotated[str, StringConstraints(pattern=r"^s1\.[0-9a-z-]{1,20}\.[A-Za-z0-9_-]+$")]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,60}$")]
"""A code of the taxonomy, a unit or a region: stable, lower case; labels live in data files."""


class Channel(StrEnum):
    """How a complaint reached us."""

    EMAIL = "email"
    WEB = "web"
    SOCIAL = "social"
    COUNTER = "counter"
    PHONE = "phone"
    IMPORT = "import"


class Part(BaseModel):
    """A frozen part of an event; unknown fields are ignored, so that older readers live on."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Attachment(Part):
    """A sealed file in the blob store. Its name and key stand in the sealed content."""

    blob_id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32,64}$")]
    size: int = Field(ge=0, description="Bytes of the file as it is kept.")
    media_type: str = Field(max_length=100, description="Its type by content, not what its sender called it.")
    refused: Code | None = Field(None, description="Why it is not taken; such a file is never served.")


class Finding(Part):
    """One reason for one decision: which field got which value, by which rule, on which words of ours."""

    field: str
    value: str
    rule: str
    words: tuple[str, ...] = ()


class Claimed(Part):
    """What the reporter chose in the form; the classifier may differ."""

    jenis: Code | None = None
    kategori: Code | None = None
    provinsi: Code | None = None
    kabupaten: Code | None = None
    kerahasiaan: Code | None = None


class Origin(Part):
    """How a complaint came, beside its channel and account. Holds no identity of the reporter."""

    clerk: str = Field("", max_length=100, description="Token or person at the counter or telephone that entered it.")
    related: ComplaintId | None = Field(None, description="Case that it may belong to; staff judge, nobody merged it.")
    public: bool = Field(False, description="It was posted where anybody can read it.")
    external_ref: str = Field("", max_length=100, description="Its number in the system it came from (SP4N-LAPOR!).")
    due_at: Utc | None = Field(None, description="Deadline that system has set; ours holds where it is earlier.")


class ReplyKind(StrEnum):
    """What a later message of the reporter does: adds words, replaces an edited post, or says that it was deleted."""

    REPLY = "reply"
    EDIT = "edit"
    DELETION = "deletion"


_NOTHING_SPECIAL = Origin()


class Event(Part):
    """What every event has. `event_id` is deterministic: the same cause gives the same id."""

    TYPE: ClassVar[str]
    version: int = 1
    event_id: EventId
    complaint_id: ComplaintId
    occurred_at: Utc


class ComplaintReceived(Event):
    """The door's yes: on disk, sealed, triaged. Topic complaints.received, ordinary or urgent."""

    TYPE: ClassVar[str] = "ComplaintReceived"
    type: Literal["ComplaintReceived"] = "ComplaintReceived"
    channel: Channel
    account: str = Field(max_length=200, description="Mailbox, page or client that took it; never the reporter.")
    source: str = Field(max_length=200, description="CloudEvents source of the adapter, e.g. /producers/web.")
    lane: Lane
    triage: tuple[Finding, ...] = ()
    body_digest: str = Field(description="Keyed digest of the content: the same id with another digest is a conflict.")
    received_at: Utc
    sent_at: Utc | None = Field(None, description="When the channel says that it was written.")
    sealed_content: Sealed = Field(description="Sealed Content: title, text, place and attachment names and keys.")
    sealed_reporter: Sealed | None = Field(None, description="Sealed Reporter; absent when anonymous.")
    attachments: tuple[Attachment, ...] = ()
    claimed: Claimed = Claimed()
    automated: bool = Field(False, description="An auto-reply, delivery report or bulk mail: never answered.")
    origin: Origin = _NOTHING_SPECIAL


class ReporterReplied(Event):
    """The reporter added something; passes both stages like a complaint, so it can't overtake it."""

    TYPE: ClassVar[str] = "ReporterReplied"
    type: Literal["ReporterReplied"] = "ReporterReplied"
    source: str = Field(max_length=200)
    lane: Lane
    received_at: Utc
    sealed_content: Sealed
    kind: ReplyKind = ReplyKind.REPLY
    channel: Channel | None = None
    attachments: tuple[Attachment, ...] = ()
    automated: bool = Field(False, description="A machine wrote it; its words alarm nobody.")


class Share(Part):
    """How likely a category is, from 0 to 1."""

    kategori: Code
    share: float = Field(ge=0, le=1)


class Entity(Part):
    """Something that the masked text names: school, NPSN, programme, amount in rupiah, ISO date, or a unit's code."""

    kind: Literal["school", "npsn", "programme", "amount", "date", "unit"]
    value: str = Field(max_length=120)


class Classification(Part):
    """What the complaint is about and how it is to be treated; codes of the taxonomy."""

    jenis: Code
    kategori: Code
    kategori_alt: Code | None = None
    also: tuple[Code, ...] = Field((), description="Categories of further problems that the message holds.")
    shares: tuple[Share, ...] = Field((), description="The likeliest categories with their probabilities.")
    prioritas: Code
    kerahasiaan: Code
    provinsi: Code | None = Field(None, description="Kemendagri province code, two digits.")
    kabupaten: Code | None = Field(None, description="Kemendagri kabupaten/kota code, four digits.")
    jenjang: Code | None = Field(None, description="School level when named: paud, sd, smp, sma, smk, slb, pt.")
    language: Code = "id"
    confidence: float = Field(ge=0, le=1)
    unsure: bool = Field(False, description="Too unsure to go on without a person: the service desk looks first.")
    entities: tuple[Entity, ...] = Field((), description="What the masked text names.")
    accused: tuple[Code, ...] = Field((), description="Kinds of office that the text accuses: dinas, bpmp, sekolah …")
    findings: tuple[Finding, ...] = ()
    model: str = Field(description="Version of the rules or model that decided.")


class ComplaintClassified(Event):
    """The first agent's word: masked text, classes and the reasons for them."""

    TYPE: ClassVar[str] = "ComplaintClassified"
    type: Literal["ComplaintClassified"] = "ComplaintClassified"
    channel: Channel
    account: str = Field(max_length=200)
    lane: Lane
    body_digest: str
    received_at: Utc
    sent_at: Utc | None = None
    title: str = Field("", description="Masked.")
    text: str = Field(description="Masked.")
    sealed_content: Sealed
    sealed_reporter: Sealed | None = None
    attachments: tuple[Attachment, ...] = ()
    automated: bool = False
    origin: Origin = _NOTHING_SPECIAL
    classification: Classification


class ReplyClassified(Event):
    """A reporter's addition, masked. Topic complaints.classified."""

    TYPE: ClassVar[str] = "ReplyClassified"
    type: Literal["ReplyClassified"] = "ReplyClassified"
    lane: Lane
    received_at: Utc
    text: str
    sealed_content: Sealed
    kind: ReplyKind = ReplyKind.REPLY
    channel: Channel | None = None
    attachments: tuple[Attachment, ...] = ()
    automated: bool = Field(False, description="A machine wrote it; its words alarm nobody.")


class Routing(Part):
    """Which unit handles the case and by when."""

    unit: Code
    due_at: Utc
    findings: tuple[Finding, ...] = ()


class CaseOpened(Event):
    """The second agent's word and the first event of a case. Topic complaints.cases, like all below."""

    TYPE: ClassVar[str] = "CaseOpened"
    type: Literal["CaseOpened"] = "CaseOpened"
    tracking_number: str
    channel: Channel
    account: str = Field(max_length=200)
    lane: Lane
    body_digest: str
    received_at: Utc
    sent_at: Utc | None = None
    title: str = ""
    text: str
    sealed_content: Sealed | None = None
    sealed_reporter: Sealed | None = None
    attachments: tuple[Attachment, ...] = ()
    automated: bool = False
    origin: Origin = _NOTHING_SPECIAL
    classification: Classification
    routing: Routing


class ReplyAdded(Event):
    """What the reporter added later, masked."""

    TYPE: ClassVar[str] = "ReplyAdded"
    type: Literal["ReplyAdded"] = "ReplyAdded"
    received_at: Utc
    text: str
    sealed_content: Sealed | None = None
    kind: ReplyKind = ReplyKind.REPLY
    channel: Channel | None = None
    attachments: tuple[Attachment, ...] = ()
    automated: bool = Field(False, description="A machine wrote it; its words alarm nobody.")


class CaseReclassified(Event):
    """Staff corrected the classes, or the reporter wrote of danger. Only the given fields change."""

    TYPE: ClassVar[str] = "CaseReclassified"
    type: Literal["CaseReclassified"] = "CaseReclassified"
    actor: str = Field(max_length=100, description="Name of the token or person that acted.")
    jenis: Code | None = None
    kategori: Code | None = None
    prioritas: Code | None = None
    kerahasiaan: Code | None = None
    provinsi: Code | None = None
    kabupaten: Code | None = None
    role: Code | None = Field(None, description="Role of who acted: staff, supervisor, inspector or admin.")
    reopens: bool = Field(False, description="Nobody has the case any more, also when it was taken or resolved.")


class CaseTransferred(Event):
    """The case moved to another unit, with a trace."""

    TYPE: ClassVar[str] = "CaseTransferred"
    type: Literal["CaseTransferred"] = "CaseTransferred"
    actor: str = Field(max_length=100)
    unit: Code
    due_at: Utc
    note: str = Field("", max_length=500)
    prioritas: Code | None = Field(None, description="Raised to this, when it was handed on once too often.")


class CaseAcknowledged(Event):
    """A person of the unit has taken the case; an urgent escalation stops climbing."""

    TYPE: ClassVar[str] = "CaseAcknowledged"
    type: Literal["CaseAcknowledged"] = "CaseAcknowledged"
    actor: str = Field(max_length=100)
    unit: Code | None = Field(None, description="Whose case it was then; after a transfer this says nothing of it.")


class EscalationCause(StrEnum):
    """Why a case was escalated."""

    URGENT = "urgent"
    UNACKNOWLEDGED = "unacknowledged"
    OVERDUE = "overdue"
    MISSED = "missed"


class CaseEscalated(Event):
    """Somebody must look at this now. Once per level; a mail was or will be handed to the mail server."""

    TYPE: ClassVar[str] = "CaseEscalated"
    type: Literal["CaseEscalated"] = "CaseEscalated"
    level: int = Field(ge=1, le=99)
    cause: EscalationCause
    unit: Code
    contact: Code = Field(description="Code of the contact in the units file, not an address.")
    then: tuple[Code, ...] = Field((), description="Contacts after this one, nearest first; none that is accused.")
    due_at: Utc | None = Field(None, description="Deadline of the case at that time, for the mail.")


class CaseResolved(Event):
    """The unit has answered and closes the case."""

    TYPE: ClassVar[str] = "CaseResolved"
    type: Literal["CaseResolved"] = "CaseResolved"
    actor: str = Field(max_length=100)
    outcome: Literal["resolved", "outside_remit", "not_a_complaint", "duplicate"]


class CaseReopened(Event):
    """The reporter answered a closed case in time: it is open again, and nobody has it."""

    TYPE: ClassVar[str] = "CaseReopened"
    type: Literal["CaseReopened"] = "CaseReopened"
    actor: str = Field(max_length=100)
    replies: tuple[EventId, ...] = Field(description="Event ids of the answers that came after the closing.")
    due_at: Utc


class CaseContinued(Event):
    """The reporter answered a closed case too late to reopen it: the words are, or joined, a complaint of their own."""

    TYPE: ClassVar[str] = "CaseContinued"
    type: Literal["CaseContinued"] = "CaseContinued"
    actor: str = Field(max_length=100)
    reply: EventId = Field(description="Event id of the answer.")
    continued_as: ComplaintId = Field(description="The new complaint; its origin names this case.")


class ReporterErased(Event):
    """A person asked to be forgotten: identity and original go, the free text too if asked."""

    TYPE: ClassVar[str] = "ReporterErased"
    type: Literal["ReporterErased"] = "ReporterErased"
    actor: str = Field(max_length=100)
    drop_text: bool = False


class DeadLetter(Event):
    """What could not be read or applied. `complaint_id` is all zeros when the message named none."""

    TYPE: ClassVar[str] = "DeadLetter"
    type: Literal["DeadLetter"] = "DeadLetter"
    reason: Code
    group: str = Field(max_length=249, description="Consumer group that could not go on with it.")
    topic: str = Field(max_length=249)
    partition: int = Field(ge=0)
    offset: int = Field(ge=0)
    event_type: str | None = Field(None, max_length=60)
    size: int = Field(ge=0, description="Bytes of the original value.")
    null_value: bool = False
    sealed_original: Sealed = Field(description="Sealed key, headers and value, as they were read.")


CaseEvent = Annotated[
    CaseOpened
    | ReplyAdded
    | CaseReclassified
    | CaseTransferred
    | CaseAcknowledged
    | CaseEscalated
    | CaseResolved
    | CaseReopened
    | CaseContinued
    | ReporterErased,
    Field(discriminator="type"),
]
"""Everything that can stand on complaints.cases."""

NO_COMPLAINT = "00000000-0000-0000-0000-000000000000"
"""complaint_id of a dead letter whose original named none that could be read."""

ALL_EVENTS: tuple[type[Event], ...] = (
    ComplaintReceived,
    ReporterReplied,
    ComplaintClassified,
    ReplyClassified,
    CaseOpened,
    ReplyAdded,
    CaseReclassified,
    CaseTransferred,
    CaseAcknowledged,
    CaseEscalated,
    CaseResolved,
    CaseReopened,
    CaseContinued,
    ReporterErased,
    DeadLetter,
)
