"""Attachments on their way in: limits, names, and the blob store that has them on disk, sealed, before the yes."""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from aduan.settings import Settings
from producers.submission import MAX_NAME, FieldError, FieldsError, File
from schemas.errors import Reason, UnavailableError


class BlobStore(Protocol):
    """Where sealed attachments lie. Three implementations, one contract suite (tests/blob_contract.py)."""

    def put(self, blob_id: str, sealed: bytes) -> None:
        """Keep it durably before returning; the same id again keeps the first. UnavailableError: nothing was kept."""

    def get(self, blob_id: str) -> bytes:
        """The sealed bytes. KeyError if there is none, UnavailableError if it can't be read now."""

    def delete(self, blob_id: str) -> None:
        """Forget it; fine if there is none."""


class MemoryBlobs:
    """A store for tests."""

    def __init__(self) -> None:
        self._blobs: dict[str, bytes] = {}

    def put(self, blob_id: str, sealed: bytes) -> None:
        """Keep it in memory."""
        check_blob_id(blob_id)
        self._blobs.setdefault(blob_id, sealed)

    def get(self, blob_id: str) -> bytes:
        """The sealed bytes, or KeyError."""
        return self._blobs[blob_id]

    def delete(self, blob_id: str) -> None:
        """Forget it."""
        self._blobs.pop(blob_id, None)


class FolderBlobs:
    """A store in a local folder, `ab/abcdef…`: 256 folders, so that none grows too large to list."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, blob_id: str, sealed: bytes) -> None:
        """Write whole, fsync file and folder, then return. A crash leaves a `.new-` file at most, never half a blob."""
        path = self._path(blob_id)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not path.exists():
                _write_whole(path, sealed)
            _sync_folder(path.parent)
            _sync_folder(self._folder)
        except OSError as error:
            raise UnavailableError(f"the blob store can't be written: {error.strerror}") from error

    def get(self, blob_id: str) -> bytes:
        """The sealed bytes."""
        try:
            return self._path(blob_id).read_bytes()
        except FileNotFoundError:
            raise KeyError(blob_id) from None
        except OSError as error:
            raise UnavailableError(f"the blob store can't be read: {error.strerror}") from error

    def delete(self, blob_id: str) -> None:
        """Remove the file."""
        try:
            self._path(blob_id).unlink(missing_ok=True)
        except OSError as error:
            raise UnavailableError(f"the blob store can't be written: {error.strerror}") from error

    def _path(self, blob_id: str) -> Path:
        check_blob_id(blob_id)
        return self._folder / blob_id[:2] / blob_id


def check_blob_id(blob_id: str) -> None:
    """KeyError for what could lead out of a folder or prefix."""
    if not (blob_id.isascii() and blob_id.isalnum()):
        raise KeyError("not a blob id")


def blobs_folder(settings: Settings) -> Path:
    """The folder of the installation's local blob store."""
    return settings.data_dir / "blobs"


def open_blobs(settings: Settings) -> BlobStore:
    """The store that the settings choose: a bucket, or the local folder. SettingsError when they are wrong."""
    if not settings.blobs_url:
        return FolderBlobs(blobs_folder(settings))
    from producers.blobs_s3 import S3Blobs  # noqa: PLC0415 - its client takes a third of a second to import

    return S3Blobs(settings)


def check_files(settings: Settings, files: Sequence[File]) -> None:
    """Raise FieldsError(TOO_LARGE) when there are too many files, or one or all together are too large."""
    if len(files) > settings.attachments_max:
        message = f"at most {settings.attachments_max} files"
        raise FieldsError(FieldError("attachments", "too_many", message), reason=Reason.TOO_LARGE)
    for number, file in enumerate(files):
        if len(file.data) > settings.attachment_bytes:
            message = f"at most {settings.attachment_bytes} bytes a file"
            raise FieldsError(FieldError(f"attachments.{number}", "too_large", message), reason=Reason.TOO_LARGE)
    if sum(len(file.data) for file in files) > settings.attachments_bytes:
        message = f"at most {settings.attachments_bytes} bytes together"
        raise FieldsError(FieldError("attachments", "too_large", message), reason=Reason.TOO_LARGE)


def safe_name(name: str) -> str:
    """A file name without folders and control characters, at most 200 characters; never empty."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(character for character in last if character.isprintable()).strip(" .")
    return kept[-MAX_NAME:] or "lampiran"


def _write_whole(path: Path, sealed: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(sealed)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
