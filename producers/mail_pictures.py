"""Which pictures of a mail show nothing: the counters in newsletters and signatures. In doubt a picture stays."""

from typing import Final

_MOST_BYTES: Final = 200
"""A larger file may hide something behind a header that says one pixel."""


def is_blank_pixel(data: bytes) -> bool:
    """Whether it is a GIF or PNG of one pixel, and too small to be anything else."""
    if len(data) > _MOST_BYTES:
        return False
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return data[6:10] == b"\x01\x00\x01\x00"
    return data[:8] == b"\x89PNG\r\n\x1a\n" and data[12:24] == b"IHDR\x00\x00\x00\x01\x00\x00\x00\x01"
