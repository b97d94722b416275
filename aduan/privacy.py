"""Sealing: authenticated encryption (AES-256-GCM) of identity, original words, attachments and dead letters.

A sealed value is `s1.<key id>.<base64url(nonce + ciphertext)>`. The complaint id and the purpose are bound in as
associated data, so that a sealed value can't be moved to another complaint or field. Nonces are random 96-bit values:
with one key a month, NIST SP 800-38D's bound of 2^32 messages a key is far away.
"""

import base64
import os
from enum import StrEnum
from typing import TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import BaseModel, ValidationError

from aduan.keyring import Keyring, SealingKey
from schemas.errors import InvalidError, Reason

_NONCE = 12
M = TypeVar("M", bound=BaseModel)


class Purpose(StrEnum):
    """What a sealed value is; part of its associated data."""

    CONTENT = "content"
    REPORTER = "reporter"
    DEAD_LETTER = "dead-letter"


def seal(key: SealingKey, purpose: Purpose, subject: str, plain: bytes) -> str:
    """Seal bytes for one subject (a complaint id, or a dead letter's coordinates)."""
    nonce = os.urandom(_NONCE)
    sealed = key.cipher.encrypt(nonce, plain, f"{purpose.value}:{subject}".encode())
    return f"s1.{key.key_id}.{base64.urlsafe_b64encode(nonce + sealed).rstrip(b'=').decode()}"


def unseal(keyring: Keyring, purpose: Purpose, subject: str, sealed: str) -> bytes:
    """The bytes again.

    Raises InvalidError(UNSEALABLE) when the key was destroyed or the value was changed or moved, and UnavailableError
    when the key is not on this machine (yet).
    """
    version, _, rest = sealed.partition(".")
    key_id, _, body = rest.partition(".")
    if version != "s1" or not body:
        raise InvalidError(Reason.UNSEALABLE, "not a sealed value")
    key = keyring.get(key_id)
    try:
        raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
        return key.cipher.decrypt(raw[:_NONCE], raw[_NONCE:], f"{purpose.value}:{subject}".encode())
    except (InvalidTag, ValueError):
        raise InvalidError(Reason.UNSEALABLE, f"a value sealed with key {key_id} was changed or moved") from None


def seal_model(key: SealingKey, purpose: Purpose, subject: str, value: BaseModel) -> str:
    """Seal a pydantic model as JSON."""
    return seal(key, purpose, subject, value.__pydantic_serializer__.to_json(value, exclude_none=True))


def unseal_model(keyring: Keyring, purpose: Purpose, subject: str, sealed: str, model: type[M]) -> M:
    """The model again; errors as `unseal`."""
    try:
        return model.model_validate_json(unseal(keyring, purpose, subject, sealed))
    except ValidationError:
        raise InvalidError(Reason.UNSEALABLE, f"sealed {purpose.value} is not a {model.__name__}") from None


def reseal(keyring: Keyring, key: SealingKey, purpose: Purpose, subject: str, sealed: str) -> str:
    """Seal again with another key (the vault's); errors as `unseal`."""
    return seal(key, purpose, subject, unseal(keyring, purpose, subject, sealed))


def new_data_key() -> str:
    """A fresh key for one attachment, as text; it lives only inside sealed content."""
    return base64.urlsafe_b64encode(AESGCM.generate_key(256)).decode()


def seal_blob(data_key: str, blob_id: str, plain: bytes) -> bytes:
    """Seal an attachment with its own data key: destroying the key makes the blob noise."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(base64.urlsafe_b64decode(data_key)).encrypt(nonce, plain, blob_id.encode())


def unseal_blob(data_key: str, blob_id: str, sealed: bytes) -> bytes:
    """The attachment again; raises InvalidError(UNSEALABLE) when it was changed."""
    try:
        cipher = AESGCM(base64.urlsafe_b64decode(data_key))
        return cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], blob_id.encode())
    except (InvalidTag, ValueError):
        raise InvalidError(Reason.UNSEALABLE, "an attachment was changed or its key is wrong") from None
