"""What parent and child of the sandbox say to one another: a JSON object and bytes, each after its length.

No pickle: a child that a file has taken over must not reach its parent.
"""

import json
import struct
from typing import IO, Final

_LENGTHS: Final = struct.Struct(">II")
_MAX_HEAD: Final = 10_000


def write_frame(pipe: IO[bytes], head: dict[str, str | None], body: bytes) -> None:
    """Send one frame whole."""
    raw = json.dumps(head).encode()
    pipe.write(_LENGTHS.pack(len(raw), len(body)) + raw)
    pipe.write(body)
    pipe.flush()


def read_frame(pipe: IO[bytes], most: int) -> tuple[dict[str, str | None], bytes] | None:
    """The next frame with a body of at most `most` bytes; None when the other side has ended or says nonsense."""
    lengths = pipe.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    head_size, body_size = _LENGTHS.unpack(lengths)
    if head_size > _MAX_HEAD or body_size > most:
        return None
    raw, body = pipe.read(head_size), pipe.read(body_size)
    if len(raw) < head_size or len(body) < body_size:
        return None
    try:
        head = json.loads(raw)
    except ValueError:
        return None
    return (head, body) if isinstance(head, dict) else None
