"""What is inside the sealed parts of an event. Never on a topic or in an index unsealed."""

from pydantic import BaseModel, ConfigDict


class SealedAttachment(BaseModel):
    """The name and data key of one blob; destroying this makes the blob noise."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    blob_id: str
    name: str
    key: str


class Content(BaseModel):
    """The original words of a complaint or reply."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    title: str = ""
    text: str
    place: str = ""
    attachments: tuple[SealedAttachment, ...] = ()


class ReplyPath(BaseModel):
    """How an answer reaches the reporter through the channel that the complaint came by."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    via: str
    """mail, facebook, instagram, whatsapp, telegram, mastodon or x; none: never answered, not by the address either."""
    account: str
    """Mailbox, page or bot of ours that answers."""
    to: str
    """Address, chat or user that is answered."""
    ref: str = ""
    """Message that is answered: a Message-ID, comment or post."""


class Reporter(BaseModel):
    """Who reported. Every field is optional: anonymous reports are welcome."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    address: str | None = None
    handle: str | None = None
    external_id: str | None = None
    reply: ReplyPath | None = None
