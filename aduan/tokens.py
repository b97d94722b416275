"""API tokens: who calls, with which role and unit. The intake (adapters) and the portal (staff) ask here.

A JSON file, mode 0600, holds only SHA-256 digests. A token is 32 random bytes, so a plain digest is enough: there is no
dictionary to try. The file is read again when it changes, so a revoked token stops at the next request.
"""

import fcntl
import hashlib
import hmac
import json
import os
import secrets
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, StringConstraints, TypeAdapter, ValidationError

from aduan.settings import Settings
from schemas.errors import SettingsError, UnavailableError
from schemas.events import Code

PREFIX: Final = "aduan_"
"""Starts every token, so that secret scanners find one that leaked."""

_NAMES: Final = "letters, digits, '.', '_' and '-' only (a unit: lower case)"


class Role(StrEnum):
    """What a caller may do; the fence of `rahasia` cases is drawn by role and unit."""

    ADAPTER = "adapter"
    CLERK = "clerk"
    """Enters complaints for others at a counter or by telephone, and reads none."""
    STAFF = "staff"
    SUPERVISOR = "supervisor"
    INSPECTOR = "inspector"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. `unit` is the code of the caller's unit; `rate` a limit of its own, e.g. `100/minute`; or None."""

    name: str
    role: Role
    unit: str | None = None
    rate: str | None = None


class TokenRow(BaseModel):
    """One row of the file: the digest of a token and whom it speaks for."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,60}$")]
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    role: Role
    unit: Code | None = None
    rate: Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,7}/(second|minute|hour|day)$")] | None = None


_ROWS: Final = TypeAdapter(list[TokenRow])


def tokens_path(settings: Settings) -> Path:
    """The file of the installation's tokens."""
    return settings.tokens_file or settings.data_dir / "tokens.json"


class Tokens:
    """The tokens of one file; thread-safe. A file that isn't there holds no tokens."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._stamp: tuple[int, int, int] | None = None
        self._rows: tuple[TokenRow, ...] = ()

    def find(self, token: str | None) -> Caller | None:
        """Who holds that token, or None. Takes as long for a near miss as for a far one.

        Raises UnavailableError or SettingsError when the file can't be read: nobody is let in then.
        """
        rows = self.rows()
        if not token:
            return None
        digest = _digest(token)
        found = None
        for row in rows:
            if hmac.compare_digest(row.sha256, digest):
                found = row
        return Caller(found.name, found.role, found.unit, found.rate) if found else None

    def rows(self) -> tuple[TokenRow, ...]:
        """All rows, read again if the file has changed."""
        with self._lock:
            stamp = self._stat()
            if stamp != self._stamp or stamp is None:
                self._rows = self._read() if stamp is not None else ()
                self._stamp = stamp
            return self._rows

    def new(self, name: str, role: Role, unit: str | None = None, rate: str | None = None) -> str:
        """Make a token, keep its digest and return it: it can't be shown again. SettingsError if the name is taken."""
        token = PREFIX + secrets.token_urlsafe(32)
        try:
            row = TokenRow(name=name, sha256=_digest(token), role=role, unit=unit, rate=rate)
        except ValidationError as error:
            field = error.errors(include_input=False, include_url=False)[0]["loc"][0]
            needed = "like 100/minute (second, minute, hour or day)" if field == "rate" else _NAMES
            raise SettingsError(f"token {field}: {needed}") from None
        with self._rewriting() as rows:
            if any(existing.name == name for existing in rows):
                raise SettingsError(f"a token named {name} exists; revoke it first or choose another name")
            self._write([*rows, row])
        return token

    def revoke(self, name: str) -> None:
        """Forget a token; SettingsError if there is none of that name."""
        with self._rewriting() as rows:
            left = [row for row in rows if row.name != name]
            if len(left) == len(rows):
                raise SettingsError(f"there is no token named {name}; see `aduan token list`")
            self._write(left)

    def _stat(self) -> tuple[int, int, int] | None:
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise UnavailableError(f"{self._path} can't be read: {error.strerror}") from None
        return stat.st_mtime_ns, stat.st_size, stat.st_ino

    def _read(self) -> tuple[TokenRow, ...]:
        try:
            raw = self._path.read_bytes()
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise UnavailableError(f"{self._path} can't be read: {error.strerror}") from None
        try:
            return tuple(_ROWS.validate_json(raw))
        except ValidationError as error:
            where = ".".join(str(part) for part in error.errors(include_input=False, include_url=False)[0]["loc"])
            raise SettingsError(
                f"{self._path} is no file of tokens (at '{where}'): restore it or make new ones"
            ) from None

    @contextmanager
    def _rewriting(self) -> Iterator[Sequence[TokenRow]]:
        """The rows, while no other process changes them."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(self._path.with_name(self._path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield self._read()
        finally:
            os.close(lock)

    def _write(self, rows: Sequence[TokenRow]) -> None:
        """Replace the file whole; `mkstemp` makes it 0600."""
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=".tokens-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump([row.model_dump(mode="json", exclude_none=True) for row in rows], file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self._path)
        finally:
            Path(name).unlink(missing_ok=True)


def bearer(authorization: str | None) -> str | None:
    """The token in an `Authorization: Bearer …` header (RFC 6750), or None."""
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
