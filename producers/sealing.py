"""From a submission to what goes out: sealed blobs, sealed content, and the event that carries them."""

import base64
import os
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from aduan import ids
from aduan.keyring import Keyring, SealingKey
from aduan.lanes import choose_lane
from aduan.model.opinion import Judge
from aduan.privacy import Purpose, seal, seal_blob, seal_model, unseal
from producers.attachments import BlobStore, safe_name
from producers.files.inspected import Inspected
from producers.submission import Submission
from schemas.content import Content, SealedAttachment
from schemas.events import Attachment, ComplaintReceived, ReplyKind, ReporterReplied

_SEED_BYTES: Final = 32


def new_seed(key: SealingKey, complaint_id: str) -> str:
    """A sealed random seed: a retry of the same claim derives the same blob ids and keys from it, and nobody else can.

    It is dropped once the complaint is accepted; then a blob's key stands in the sealed content alone.
    """
    return seal(key, Purpose.CONTENT, complaint_id, os.urandom(_SEED_BYTES))


def open_seed(keyring: Keyring, complaint_id: str, seed: str) -> bytes:
    """The seed again; InvalidError(UNSEALABLE) once its month's key was destroyed."""
    return unseal(keyring, Purpose.CONTENT, complaint_id, seed)


def store_files(
    blobs: BlobStore, files: Sequence[Inspected], seed: bytes, *, keep_refused: bool = True
) -> tuple[list[Attachment], list[SealedAttachment]]:
    """Put every file, sealed, into the blob store; returns what the event says and what its sealed content says.

    Blob id and data key derive from the seed, so a retry leaves no orphan and never changes a blob that an event names.
    A refused file is listed all the same; its bytes are kept with `keep_refused` only.
    """
    shown, sealed = [], []
    for number, file in enumerate(files):
        blob_id = _derive(seed, f"blob-id:{number}", 16).hex()
        data_key = base64.urlsafe_b64encode(_derive(seed, f"data-key:{number}", 32)).decode()
        if keep_refused or file.refused is None:
            blobs.put(blob_id, seal_blob(data_key, blob_id, file.data))
        refused = file.refused.value if file.refused else None
        shown.append(
            Attachment(blob_id=blob_id, size=len(file.data), media_type=file.media_type[:100], refused=refused)
        )
        sealed.append(SealedAttachment(blob_id=blob_id, name=safe_name(file.name), key=data_key))
    return shown, sealed


def _derive(seed: bytes, purpose: str, size: int) -> bytes:
    return HKDFExpand(SHA256(), size, purpose.encode()).derive(seed)


def received_event(
    key: SealingKey,
    submission: Submission,
    *,
    complaint_id: str,
    digest: str,
    received_at: datetime,
    attachments: Sequence[Attachment] = (),
    sealed_attachments: Sequence[SealedAttachment] = (),
    related: str | None = None,
    by: Judge | None = None,
) -> ComplaintReceived:
    """The event: triaged (`by` the doors' model), its words and its reporter sealed with the month's key."""
    lane, findings = choose_lane(submission.title, submission.text, by)
    content = Content(
        title=submission.title, text=submission.text, place=submission.place, attachments=tuple(sealed_attachments)
    )
    reporter = submission.reporter
    return ComplaintReceived(
        event_id=ids.event_id(complaint_id, ComplaintReceived.TYPE),
        complaint_id=complaint_id,
        occurred_at=received_at,
        channel=submission.channel,
        account=submission.account,
        source=submission.source,
        lane=lane,
        triage=findings,
        body_digest=digest,
        received_at=received_at,
        sent_at=submission.sent_at,
        sealed_content=seal_model(key, Purpose.CONTENT, complaint_id, content),
        sealed_reporter=seal_model(key, Purpose.REPORTER, complaint_id, reporter) if reporter else None,
        attachments=tuple(attachments),
        claimed=submission.claimed,
        automated=submission.automated,
        origin=submission.origin.model_copy(update={"related": related}) if related else submission.origin,
    )


def replied_event(
    key: SealingKey,
    submission: Submission,
    *,
    complaint_id: str,
    cause: str,
    received_at: datetime,
    attachments: Sequence[Attachment] = (),
    sealed_attachments: Sequence[SealedAttachment] = (),
    by: Judge | None = None,
) -> ReporterReplied:
    """The event of a message that joins its case; `cause` is its claim's key, so that a retry makes the same event."""
    content = Content(title=submission.title, text=submission.text, attachments=tuple(sealed_attachments))
    return ReporterReplied(
        event_id=ids.event_id(complaint_id, ReporterReplied.TYPE, cause),
        complaint_id=complaint_id,
        occurred_at=received_at,
        source=submission.source,
        lane=choose_lane(submission.title, submission.text, by)[0],
        received_at=received_at,
        sealed_content=seal_model(key, Purpose.CONTENT, complaint_id, content),
        kind=submission.thread.kind if submission.thread else ReplyKind.REPLY,
        channel=submission.channel,
        attachments=tuple(attachments),
        automated=submission.automated,
    )
