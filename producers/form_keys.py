"""One-time keys of forms: a double click is one complaint, and a machine that never saw the page has none.

`{seconds in hex}.{random}.{digest}`, signed with the installation's secret: no state, and nothing of a third party.
"""

import hmac
import secrets
from datetime import UTC, datetime, timedelta

from aduan.ids import claim_key

TRAP = "website"
"""A field that people don't see and machines fill in."""


def new_key(secret: bytes, now: datetime) -> str:
    """A key for a form that is shown now."""
    body = f"{int(now.timestamp()):x}.{secrets.token_urlsafe(12)}"
    return f"{body}.{_signature(secret, body)}"


def age_of(secret: bytes, key: str, now: datetime) -> timedelta | None:
    """How long ago the form with this key was shown; None when the key is none of ours."""
    body, _, signature = key.rpartition(".")
    if not body or not hmac.compare_digest(_signature(secret, body).encode(), signature.encode("utf-8", "replace")):
        return None
    return now - datetime.fromtimestamp(int(body.partition(".")[0], 16), UTC)


def _signature(secret: bytes, body: str) -> str:
    return claim_key(secret, "form-key", body)[:24]
