"""Dead letters: what could not be read or applied, with its coordinates, a reason code and the sealed original.

Shared by streams and consumers, which publish them, and by `aduan dead-letters`, which shows and replays them. Pure.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from pydantic import TypeAdapter, ValidationError

from aduan.ids import event_id
from aduan.keyring import Keyring, SealingKey
from aduan.privacy import Purpose, seal, unseal
from schemas.codec import Headers, encode, header
from schemas.errors import InvalidError, Reason
from schemas.events import NO_COMPLAINT, ComplaintId, DeadLetter
from schemas.exchange import ALL_MESSAGES

_KNOWN_TYPES: Final = {f"id.aduan.{event.TYPE}".encode(): event.TYPE for event in ALL_MESSAGES}
_COMPLAINT_ID: Final = TypeAdapter(ComplaintId)
_MOST_HEADERS: Final = 1_000
"""Ours have about ten. More are dropped, so that a dead letter never outgrows its topic."""


class Original(NamedTuple):
    """A record as it was read."""

    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]


def coordinates(group: str, topic: str, partition: int, offset: int) -> str:
    """`topic/partition/offset/group`: key of a dead letter's record, and what its original is sealed for."""
    return f"{topic}/{partition}/{offset}/{group}"


def build_dead_letter(
    *,
    reason: Reason,
    group: str,
    topic: str,
    partition: int,
    offset: int,
    key: bytes | None,
    value: bytes | None,
    headers: Sequence[tuple[str, bytes | None]],
    key_ring_key: SealingKey,
    now: datetime,
) -> DeadLetter:
    """The dead letter of one record for one group; a repeat has the same event id.

    Nothing of the record is in the clear but its key where that is a complaint id, its type where we know it, and its
    size. An original of 2.5 MB, the most that a topic of the flow takes, fits the topic of dead letters.
    """
    where = coordinates(group, topic, partition, offset)
    kept = list(headers[:_MOST_HEADERS])
    return DeadLetter(
        event_id=event_id(where, DeadLetter.TYPE),
        complaint_id=_complaint_in(key),
        occurred_at=now,
        reason=reason.value,
        group=group,
        topic=topic,
        partition=partition,
        offset=offset,
        event_type=_KNOWN_TYPES.get(header(((name, text or b"") for name, text in kept), "ce_type") or b""),
        size=len(value or b""),
        null_value=value is None,
        sealed_original=seal(key_ring_key, Purpose.DEAD_LETTER, where, _pack(Original(key, value, kept))),
    )


def encode_dead_letter(letter: DeadLetter, *, source: str) -> tuple[bytes, bytes, Headers]:
    """Key, value and headers of the record to publish on the topic of dead letters."""
    _, value, headers = encode(letter, source=source, extra=[("reason", letter.reason)])
    return coordinates(letter.group, letter.topic, letter.partition, letter.offset).encode(), value, headers


def open_original(keyring: Keyring, letter: DeadLetter) -> Original:
    """The record again, byte for byte; errors as `aduan.privacy.unseal`."""
    where = coordinates(letter.group, letter.topic, letter.partition, letter.offset)
    return _unpack(unseal(keyring, Purpose.DEAD_LETTER, where, letter.sealed_original))


def _complaint_in(key: bytes | None) -> str:
    try:
        return _COMPLAINT_ID.validate_python((key or b"").decode("ascii"))
    except (ValidationError, UnicodeDecodeError):
        return NO_COMPLAINT


def _pack(original: Original) -> bytes:
    """A line of JSON with the lengths, then the bytes as they are: base64 inside base64 would not fit the topic."""
    parts = [original.key, original.value, *(value for _, value in original.headers)]
    lengths = [None if part is None else len(part) for part in parts]
    line = json.dumps({"lengths": lengths, "headers": [name for name, _ in original.headers]})
    return line.encode() + b"\n" + b"".join(part for part in parts if part is not None)


def _unpack(packed: bytes) -> Original:
    line, _, rest = packed.partition(b"\n")
    try:
        document = json.loads(line)
        names, lengths = document["headers"], document["lengths"]
    except (ValueError, KeyError, TypeError):
        raise InvalidError(Reason.UNSEALABLE, "a sealed original is not in our form") from None
    parts: list[bytes | None] = []
    start = 0
    for length in lengths:
        parts.append(None if length is None else rest[start : start + length])
        start += length or 0
    return Original(parts[0], parts[1], list(zip(names, parts[2:], strict=True)))
