"""What adapters written by others say on `complaints.submitted`, and what they are answered on `complaints.admissions`.

A submission is plain and strict: an unknown field is a mistake that its writer should hear of. It is no event of the
flow: it has no complaint id, which only the door can give. docs/adapters.md is the contract in words.
"""

from typing import Annotated, ClassVar, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from schemas.events import ALL_EVENTS, Channel, Code, ComplaintId, Event, Part, ReplyKind, Utc
from schemas.topics import MAX_TEXT_BYTES, Lane

MAX_KEY: Final = 255
"""Longest key of a record, external id and `ce_id`, in bytes or characters."""
SOURCE_PREFIX: Final = "/adapters/"
"""Begins every `ce_source` on complaints.submitted; the name of the adapter's token follows."""

SIGNATURE: Final = "aduan_signature"
"""Header: HMAC-SHA256 of the value in hex, its key the SHA-256 of the adapter's token in hex. Proves who wrote it."""

SourceName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,60}$")]
ExternalId = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,255}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Strict(BaseModel):
    """A part of a submission; an unknown field is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SubmittedReporter(Strict):
    """Who reports; every field is optional, and none at all is anonymous."""

    name: str | None = Field(None, max_length=200)
    email: str | None = Field(None, max_length=320)
    phone: str | None = Field(None, max_length=40)
    address: str | None = Field(None, max_length=500)
    handle: str | None = Field(None, max_length=200, description="Name on the platform, e.g. @sari.")


class SubmittedAttachment(Strict):
    """One small file; the record as a whole may have 2.5 MB. Larger ones come by the HTTP intake."""

    name: str = Field(min_length=1, max_length=200)
    media_type: str = Field("application/octet-stream", pattern=r"^[\w.+-]{1,50}/[\w.+-]{1,49}$")
    content_base64: str = Field(repr=False, description="RFC 4648, padded, without line breaks.")


class ComplaintSubmitted(Strict):
    """A complaint as an adapter heard it, before it was admitted. Topic complaints.submitted."""

    TYPE: ClassVar[str] = "ComplaintSubmitted"
    type: Literal["ComplaintSubmitted"] = "ComplaintSubmitted"
    version: Literal[1] = 1
    external_id: ExternalId = Field(description="The message's own id on its platform: the same on every retry.")
    channel: Channel
    account: str = Field("", max_length=120, description="Page, bot or counter of ours that took it; not the reporter.")
    sender: str = Field("", max_length=320, description="The platform's id of the person, the same on all messages.")
    title: str | None = Field(None, max_length=500)
    text: str = Field(min_length=1, max_length=MAX_TEXT_BYTES, description="At most 256 kB with the title, in UTF-8.")
    place: str | None = Field(None, max_length=500, description="School or place, as the reporter named it.")
    reporter: SubmittedReporter | None = None
    kerahasiaan: Code | None = Field(None, description="Confidentiality that the reporter chose.")
    kategori: Code | None = None
    provinsi: Code | None = Field(None, description="Kemendagri province code, two digits.")
    kabupaten: Code | None = Field(None, description="Kemendagri kabupaten/kota code, four digits.")
    sent_at: AwareDatetime | None = Field(None, description="When the platform says it was written; with an offset.")
    in_reply_to: tuple[ExternalId, ...] = Field(
        (), max_length=20, description="External ids of earlier messages that this one answers, edits or deletes."
    )
    kind: ReplyKind = ReplyKind.REPLY
    public: bool = Field(False, description="It was posted where anybody can read it.")
    automated: bool = Field(False, description="A machine wrote it: it is never answered.")
    attachments: tuple[SubmittedAttachment, ...] = Field((), max_length=10)


class SubmissionAdmitted(Event):
    """The door's yes to a submission; the same submission gives the same one. Topic complaints.admissions.

    The receipt's secret is not in it, since other adapters can read the topic: `POST /api/v1/receipts` gives it.
    """

    TYPE: ClassVar[str] = "SubmissionAdmitted"
    type: Literal["SubmissionAdmitted"] = "SubmissionAdmitted"
    submitter: SourceName = Field(description="Name of the adapter that submitted it.")
    external_id_sha256: Sha256 = Field(description="SHA-256 of the external id in UTF-8, in hex.")
    tracking_number: str
    lane: Lane = Field(description="urgent: tell the reporter at once where help is.")
    received_at: Utc
    joined: bool = Field(False, description="It was added to a case that is open already.")


class RefusedField(Part):
    """A field that is wrong, and how; never its value."""

    field: str = Field(max_length=200)
    code: str = Field(max_length=60)
    message: str = Field("", max_length=300)


class SubmissionRefused(Event):
    """The door's no to a submission, for good: correct it and submit it anew. Topic complaints.admissions."""

    TYPE: ClassVar[str] = "SubmissionRefused"
    type: Literal["SubmissionRefused"] = "SubmissionRefused"
    complaint_id: ComplaintId = Field(description="All zeros: there is no complaint.")
    submitter: SourceName | None = Field(None, description="Adapter that submitted it; absent when no such is known.")
    external_id_sha256: Sha256 | None = Field(None, description="Absent when the submission could not be read.")
    reason: Code
    errors: tuple[RefusedField, ...] = Field((), description="What is wrong with which field.")
    partition: int = Field(ge=0, description="Of the submission on complaints.submitted.")
    offset: int = Field(ge=0)


Message = type[Event] | type[ComplaintSubmitted]
ADMISSIONS: Final[tuple[type[Event], ...]] = (SubmissionAdmitted, SubmissionRefused)
ALL_MESSAGES: Final[tuple[Message, ...]] = (*ALL_EVENTS, ComplaintSubmitted, *ADMISSIONS)
"""Everything that stands on any topic, in the order of the flow's events first."""
