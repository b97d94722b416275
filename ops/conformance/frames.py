"""The few bytes of the Kafka protocol that the kit looks at: which request it is, and what acknowledgement it asks for.

https://kafka.apache.org/protocol#The_Messages_Produce
"""

import struct
from typing import Final

PRODUCE: Final = 0
_FLEXIBLE: Final = 9
"""Version of Produce from which strings are compact and headers have tags."""
_TRANSACTIONAL: Final = 3


def acks_of(frame: bytes) -> int | None:
    """`acks` of a produce request (-1: all, 0: none), or None for any other request. `frame` has no length before it.

    Raises ValueError for bytes that are no request.
    """
    try:
        key, version = struct.unpack_from(">hh", frame)
        if key != PRODUCE:
            return None
        at = 8
        (length,) = struct.unpack_from(">h", frame, at)
        at += 2 + max(0, length)
        if version >= _FLEXIBLE:
            tags, at = _uvarint(frame, at)
            if tags:
                raise ValueError("tags in a header are not expected")
            size, at = _uvarint(frame, at)
            at += max(0, size - 1)
        elif version >= _TRANSACTIONAL:
            (length,) = struct.unpack_from(">h", frame, at)
            at += 2 + max(0, length)
        (acks,) = struct.unpack_from(">h", frame, at)
    except (struct.error, IndexError):
        raise ValueError("not a Kafka request") from None
    return int(acks)


def _uvarint(frame: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = frame[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if not byte & 0x80:
            return value, at
        shift += 7
