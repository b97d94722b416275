"""Attachments for staff who may see the case: `GET /berkas/{complaint_id}/{blob_id}`, on an origin of its own.

The case is found through the caller's fence; the blob's key stands only in the sealed original of the restricted index.
So whoever was erased has taken the key along, and a copy of the blob store alone opens nothing.
"""

import os
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import structlog
from elasticsearch import ApiError, Elasticsearch, NotFoundError, TransportError
from starlette.requests import Request
from starlette.responses import Response

from aduan.keyring import Keyring
from aduan.privacy import Purpose, unseal_blob, unseal_model
from aduan.settings import Settings
from aduan.tokens import Caller, Role
from consumers.index import reporters_index, unavailable
from consumers.vault import reply_id
from portal.own_host import FILES
from portal.problems import ProblemError
from portal.search import Searcher
from producers.attachments import BlobStore
from schemas.content import Content, SealedAttachment
from schemas.documents import CaseDocument, ReporterDocument
from schemas.errors import InvalidError, SettingsError
from schemas.events import Attachment, ReplyAdded

PATH: Final = f"{FILES}{{complaint_id:uuid}}/{{blob_id}}"
_EXAMINERS: Final = frozenset({Role.INSPECTOR, Role.ADMIN})
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Served:
    """A file as it goes out."""

    name: str
    media_type: str
    data: bytes

    def response(self) -> Response:
        """To be saved, never shown: whatever is in it runs neither here nor in the name of this origin."""
        named = {"Content-Disposition": disposition(self.name)}
        return Response(self.data, media_type=self.media_type, headers=_HEADERS | named)


@dataclass(frozen=True, slots=True)
class Attachments:
    """Reads attachments for callers. Thread-safe. Raises ProblemError (4xx) or UnavailableError (retry)."""

    searcher: Searcher
    keyring: Keyring
    blobs: BlobStore

    def read(self, reference: str, blob_id: str, caller: Caller, *, examine: bool = False) -> Served:
        """The file. 404: no such file in a case that the caller may see; 403: refused at the door; 410: erased.

        `examine` opens a refused one too, for inspectors and admins at the command line; no HTTP handler asks for it.
        """
        case = self.searcher.document(reference, caller)
        shown, original = _place(case, blob_id)
        if shown.refused is not None and not (examine and caller.role in _EXAMINERS):
            raise ProblemError.forbidden(f"the file was refused at the door ({shown.refused}) and is never served")
        if case.erased_at is not None:
            raise _gone()
        sealed = self._key(case.complaint_id, original, blob_id)
        try:
            data = unseal_blob(sealed.key, blob_id, self.blobs.get(blob_id))
        except (KeyError, InvalidError):
            _log.error("attachment_lost", case=case.complaint_id, blob=blob_id)
            raise _gone() from None
        return Served(sealed.name, shown.media_type, data)

    def save(self, reference: str, blob_id: str, caller: Caller, path: Path, *, examine: bool = False) -> Served:
        """Write the file to a path where none is yet, readable by its owner alone. Errors as `read`; SettingsError."""
        found = self.read(reference, blob_id, caller, examine=examine)
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(found.data)
        except OSError as error:
            raise SettingsError(f"{path} can't be written: {error.strerror}") from None
        _log.info("attachment_saved", caller=caller.name, case=reference, blob=blob_id)
        return found

    def _key(self, complaint_id: str, original: str, blob_id: str) -> SealedAttachment:
        """Name and key of the blob, from the sealed original; 410 once its person was erased."""
        document = _original(self.searcher.settings, self.searcher.client, original)
        if document is None or document.erased_at is not None or document.sealed_content is None:
            raise _gone()
        try:
            content = unseal_model(self.keyring, Purpose.CONTENT, complaint_id, document.sealed_content, Content)
        except InvalidError:
            raise _gone() from None
        found = next((one for one in content.attachments if one.blob_id == blob_id), None)
        if found is None:
            raise ProblemError.not_found()
        return found


def serve(attachments: Attachments, request: Request, caller: Caller) -> Response:
    """The handler behind PATH: every access that was allowed or denied is noted, by the token's name and ids alone."""
    complaint_id, blob_id = str(request.path_params["complaint_id"]), request.path_params["blob_id"]
    if not (blob_id.isascii() and blob_id.isalnum()):
        raise ProblemError.not_found()
    try:
        served = attachments.read(complaint_id, blob_id, caller)
    except ProblemError as error:
        _log.warning(
            "attachment_denied", caller=caller.name, case=complaint_id, blob=blob_id[:64], status=error.status.value
        )
        raise
    _log.info("attachment_served", caller=caller.name, case=complaint_id, blob=blob_id)
    return served.response()


def disposition(name: str) -> str:
    """`attachment` with the name for every browser: plain ASCII, and as it is (RFC 6266, RFC 8187)."""
    plain = "".join(one if one.isascii() and one.isprintable() and one not in '"\\%' else "_" for one in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='', errors='replace')}"


def _place(case: CaseDocument, blob_id: str) -> tuple[Attachment, str]:
    """What the case says of the file, and the id of the original that holds its key."""
    for shown in case.attachments:
        if shown.blob_id == blob_id:
            return shown, case.complaint_id
    for stored in case.events:
        if isinstance(stored.event, ReplyAdded):
            for shown in stored.event.attachments:
                if shown.blob_id == blob_id:
                    return shown, reply_id(stored.event)
    raise ProblemError(HTTPStatus.NOT_FOUND, "the case has no such file")


def _original(settings: Settings, client: Elasticsearch, original: str) -> ReporterDocument | None:
    try:
        found: Any = client.get(index=reporters_index(settings), id=original, source_excludes="sealed_reporter")
    except NotFoundError as error:
        if error.body.get("found") is False:
            return None
        raise unavailable(error) from None
    except (ApiError, TransportError) as error:
        raise unavailable(error) from None
    return ReporterDocument.model_validate(found["_source"])


def _gone() -> ProblemError:
    return ProblemError(HTTPStatus.GONE, "the file is no longer here")
