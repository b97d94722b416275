"""The keyring: one sealing key a month for the logs, one vault key for the record.

A folder of small files, mode 0600: `2026-11.key` (32 random bytes), `vault-1.key`, and `2026-01.destroyed` where a key
was destroyed because the logs that it sealed are past their retention: old copies of those logs are noise from then on.
The folder is shared by the processes of an installation, as a mount or a secret.
"""

import os
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from schemas.errors import InvalidError, Reason, SettingsError, UnavailableError

VAULT = "vault-1"
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class SealingKey:
    """One key, ready to use. Its bytes are never shown."""

    key_id: str
    cipher: AESGCM = field(repr=False)


class Keyring:
    """The keys of one installation, read when first needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._keys: dict[str, SealingKey] = {}

    def current(self, now: datetime) -> SealingKey:
        """The month's key, made if it is not there yet. Only doors and dead letters seal with it."""
        return self._get_or_create(f"{now.astimezone(UTC):%Y-%m}")

    def vault(self) -> SealingKey:
        """The key of the restricted index `reporters`; lives as long as the record."""
        return self._get_or_create(VAULT)

    def get(self, key_id: str) -> SealingKey:
        """A key by its id. InvalidError(UNSEALABLE) if it was destroyed, UnavailableError if it isn't here (yet)."""
        known = self._keys.get(key_id)
        if known is not None:
            return known
        if not key_id.replace("-", "").isalnum():
            raise InvalidError(Reason.UNSEALABLE, "not a key id")
        if (self._folder / f"{key_id}.destroyed").exists():
            raise InvalidError(Reason.UNSEALABLE, f"key {key_id} was destroyed: its retention has passed")
        return self._read(key_id)

    def forget(self) -> None:
        """Drop the keys held in memory, so that destroyed ones can't be used on."""
        self._keys.clear()

    def key_ids(self) -> list[str]:
        """Ids of the keys in the folder, oldest first."""
        return sorted(path.stem for path in self._folder.glob("*.key"))

    def destroy_expired(self, now: datetime, retention_days: int) -> list[str]:
        """Destroy month keys whose logs are all past their retention; returns their ids. Safe to repeat."""
        destroyed = []
        for key_id in self.key_ids():
            if key_id == VAULT or _month_end(key_id) + timedelta(days=retention_days) > now:
                continue
            (self._folder / f"{key_id}.destroyed").touch(mode=0o600)
            (self._folder / f"{key_id}.key").unlink(missing_ok=True)
            self._keys.pop(key_id, None)
            destroyed.append(key_id)
        return destroyed

    def _get_or_create(self, key_id: str) -> SealingKey:
        known = self._keys.get(key_id)
        if known is not None:
            return known
        if not (self._folder / f"{key_id}.key").exists():
            self._create(key_id)
        return self._read(key_id)

    def _create(self, key_id: str) -> None:
        """Write a new key whole, on disk before its name appears; a concurrent creator's key wins."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._folder, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(os.urandom(_KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
            try:
                Path(self._folder / f"{key_id}.key").hardlink_to(name)
            except FileExistsError:
                return
            folder = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        finally:
            Path(name).unlink(missing_ok=True)

    def _read(self, key_id: str) -> SealingKey:
        path = self._folder / f"{key_id}.key"
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise UnavailableError(f"key {key_id} can't be read from {self._folder}: {error.strerror}") from None
        if len(raw) != _KEY_BYTES:
            raise SettingsError(f"{path} must hold {_KEY_BYTES} bytes, it holds {len(raw)}: restore it from a backup")
        key = SealingKey(key_id, AESGCM(raw))
        self._keys[key_id] = key
        return key


def _month_end(key_id: str) -> datetime:
    year, month = (int(part) for part in key_id.split("-"))
    return datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
