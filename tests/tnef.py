"""Writes winmail.dat as Outlook does (MS-OXTNEF), for the tests of what reads it."""

import struct
from collections.abc import Sequence

MESSAGE, ATTACHMENT = 1, 2
STRING, UNICODE, OBJECT, BINARY, INTEGER = 0x1E, 0x1F, 0x0D, 0x102, 3


def attribute(level: int, name: int, value: bytes) -> bytes:
    """One attribute with its checksum."""
    return struct.pack("<BHHI", level, name, 6, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)


def properties(*found: tuple[int, int, bytes]) -> bytes:
    """A block of MAPI properties: type, name and value of each."""
    block = struct.pack("<I", len(found))
    for kind, name, value in found:
        block += struct.pack("<HH", kind, name)
        if kind == INTEGER:
            block += value
        else:
            block += struct.pack("<II", 1, len(value)) + value + b"\0" * (-len(value) % 4)
    return block


def tnef(*attributes: bytes) -> bytes:
    """The whole file."""
    return struct.pack("<IH", 0x223E9F78, 1) + b"".join(attributes)


def winmail(body: str, files: Sequence[tuple[str, bytes]], *, rtf: bool = False) -> bytes:
    """A message with a body in Unicode and files with long names."""
    words = [(UNICODE, 0x1000, f"{body}\0".encode("utf-16-le"))] if body else []
    if rtf:
        words.append((BINARY, 0x1009, b"compressed"))
    parts = [attribute(MESSAGE, 0x9007, struct.pack("<II", 1252, 0)), attribute(MESSAGE, 0x9003, properties(*words))]
    for name, data in files:
        long_name = (UNICODE, 0x3707, f"{name}\0".encode("utf-16-le"))
        parts += [
            attribute(ATTACHMENT, 0x9002, b"\0" * 14),
            attribute(ATTACHMENT, 0x8010, b"SHORT~1.XXX\0"),
            attribute(ATTACHMENT, 0x800F, data),
            attribute(ATTACHMENT, 0x9005, properties((INTEGER, 0x0E20, struct.pack("<I", 7)), long_name)),
        ]
    return tnef(*parts)
