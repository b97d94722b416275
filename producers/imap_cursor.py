"""How far a mailbox has been read: (UIDVALIDITY, UID) in a file of its own, on disk before the reader goes on."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from aduan.settings import Settings
from schemas.errors import UnavailableError


class Cursor(BaseModel):
    """Every mail up to `uid` was kept, or set aside because it can't be taken.

    UIDs mean nothing without their validity. A UID is never given twice under one UIDVALIDITY, and grows (RFC 3501,
    section 2.3.1.1).
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    uidvalidity: int = 0
    uid: int = 0


@dataclass(frozen=True, slots=True)
class CursorFile:
    """The cursor of one mailbox."""

    path: Path

    @classmethod
    def of(cls, settings: Settings) -> "CursorFile":
        """The file of the mailbox that the settings name; its name tells nobody which mailbox that is."""
        mailbox = "\0".join((settings.imap_host, str(settings.imap_port), settings.imap_username, settings.imap_folder))
        return cls(settings.data_dir / "imap" / f"{hashlib.sha256(mailbox.encode()).hexdigest()[:32]}.json")

    def load(self) -> Cursor:
        """The saved cursor; the beginning when there is none or it can't be read: the claims know what was kept."""
        try:
            return Cursor.model_validate_json(self.path.read_bytes())
        except (OSError, ValidationError):
            return Cursor()

    def save(self, cursor: Cursor) -> None:
        """Replace it, durably. Raises UnavailableError when the disk does not take it."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=".new-")
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(cursor.model_dump_json())
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(self.path)
            finally:
                Path(name).unlink(missing_ok=True)
            _sync_folder(self.path.parent)
        except OSError as error:
            raise UnavailableError(f"the mailbox's cursor can't be saved: {error.strerror}") from error


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
