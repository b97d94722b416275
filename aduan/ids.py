"""Deterministic names: the same cause always gets the same id, and nobody outside can guess one.

Every id is an HMAC with the installation's secret over length-prefixed fields, so that ("ab", "c") and ("a", "bc")
never meet. Guarantees 2 and 6 of docs/architecture.md stand on this module.
"""

import base64
import hashlib
import hmac
from uuid import UUID


def _mac(secret: bytes, purpose: str, *fields: str) -> bytes:
    mac = hmac.new(secret, digestmod=hashlib.sha256)
    for field in (purpose, *fields):
        raw = field.encode("utf-8", "surrogatepass")
        mac.update(len(raw).to_bytes(8, "big"))
        mac.update(raw)
    return mac.digest()


def complaint_id(secret: bytes, *, channel: str, account: str, sender: str, external_id: str) -> str:
    """UUID (version 8, RFC 9562) of a complaint: a retry, replay or redelivery lands on the same one."""
    raw = bytearray(_mac(secret, "complaint", channel, account, sender, external_id)[:16])
    raw[6] = (raw[6] & 0x0F) | 0x80
    raw[8] = (raw[8] & 0x3F) | 0x80
    return str(UUID(bytes=bytes(raw)))


def body_digest(secret: bytes, *parts: str) -> str:
    """Keyed digest of what was said: equal content, equal digest; no use to somebody who guesses the content."""
    return _mac(secret, "body", *parts)[:16].hex()


def claim_key(secret: bytes, *parts: str) -> str:
    """Keyed digest of an idempotency key, so that the claims file holds no sender."""
    return _mac(secret, "claim", *parts)[:16].hex()


def receipt_secret(secret: bytes, complaint: str) -> str:
    """What the reporter needs beside the tracking number, e.g. `k3vq-9x2m-h7ta-2bce`; a retry gets the same."""
    code = base64.b32encode(_mac(secret, "receipt", complaint)[:10]).decode().lower()
    return "-".join(code[start : start + 4] for start in range(0, 16, 4))


def thread_token(secret: bytes, complaint: str) -> str:
    """What proves that an answer belongs to a case: it stands in the Message-ID of our own mails about it."""
    return base64.b32encode(_mac(secret, "thread", complaint)[:10]).decode().lower()


def name_key(secret: bytes, *parts: str) -> str:
    """Keyed digest of a message's id, or of a person who belongs to a conversation: the store holds neither."""
    return _mac(secret, "name", *parts)[:16].hex()


def event_id(cause: str, event_type: str, level: int | str = 0) -> str:
    """Id of an event from what caused it (an event id or complaint id), its type and level: 32 hex digits.

    Not secret: causes already are.
    """
    return hashlib.blake2b(f"{cause}\0{event_type}\0{level}".encode(), digest_size=16).hexdigest()
