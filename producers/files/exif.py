"""The one thing worth keeping of a picture's metadata: how it is turned (TIFF 6.0, tag 0x0112)."""

import struct
from typing import Final

_ORIENTATION: Final = 0x0112
_UPRIGHT: Final = 1
_TURNED: Final = range(2, 9)
_MAX_ENTRIES: Final = 1000


def orientation(tiff: bytes) -> int:
    """1 to 8; 1 (upright) when it isn't said or can't be read."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(bytes(tiff[:4]))
    if order is None:
        return _UPRIGHT
    try:
        (first,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, first)
        for number in range(min(count, _MAX_ENTRIES)):
            tag, _, _, value = struct.unpack_from(f"{order}HHIH", tiff, first + 2 + 12 * number)
            if tag == _ORIENTATION:
                return value if value in _TURNED else _UPRIGHT
    except struct.error:
        pass
    return _UPRIGHT


def only_orientation(turned: int) -> bytes:
    """A TIFF block that says this and nothing else; empty for an upright picture."""
    if turned == _UPRIGHT:
        return b""
    return struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, _ORIENTATION, 3, 1, turned, 0, 0)
