"""Who is signed in at the counter: a signed value without a secret, short-lived, void once its token is revoked.

`{name}.{signed in}.{last seen}.{signature}`, seconds in hex. The signature covers the digest of the person's token, so
that revoking or replacing the token ends every session at once. There is no state to keep (docs/decisions/0006).
"""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from aduan.tokens import Caller, Role, TokenRow

IDLE: Final = timedelta(minutes=60)
"""A session ends so long after its last request: a counter is a public place."""
LONGEST: Final = timedelta(hours=10)
"""And so long after signing in, whatever is done: a working day."""
MAY_ENTER: Final = frozenset({Role.CLERK, Role.STAFF, Role.SUPERVISOR, Role.ADMIN})
"""Who may enter complaints for others."""


@dataclass(frozen=True, slots=True)
class Session:
    """A person at the counter, since when signed in."""

    caller: Caller
    began: datetime


def signed(secret: bytes, row: TokenRow, began: datetime, now: datetime) -> str:
    """The session of that token's holder, seen now."""
    body = f"{row.name}.{int(began.timestamp()):x}.{int(now.timestamp()):x}"
    return f"{body}.{_signature(secret, body, row)}"


def read_session(secret: bytes, rows: Iterable[TokenRow], value: str, now: datetime) -> Session | None:
    """The session that `signed` made; None when it is over, forged, of a revoked token or of another role."""
    body, _, signature = value.rpartition(".")
    name, _, times = body.rpartition(".")[0].rpartition(".")
    row = next((one for one in rows if one.name == name), None)
    if row is None or row.role not in MAY_ENTER:
        return None
    if not hmac.compare_digest(_signature(secret, body, row).encode(), signature.encode("utf-8", "replace")):
        return None
    began, seen = (datetime.fromtimestamp(int(part, 16), UTC) for part in (times, body.rpartition(".")[2]))
    if not began <= seen <= now + timedelta(seconds=1) or now - seen > IDLE or now - began > LONGEST:
        return None
    return Session(Caller(row.name, row.role, row.unit, row.rate), began)


def row_of(rows: Iterable[TokenRow], caller: Caller) -> TokenRow | None:
    """The row of a caller who has shown the token."""
    return next((one for one in rows if one.name == caller.name), None)


def _signature(secret: bytes, body: str, row: TokenRow) -> str:
    message = f"counter-session\0{body}\0{row.sha256}".encode("utf-8", "replace")
    return hmac.new(secret, message, sha256).hexdigest()
