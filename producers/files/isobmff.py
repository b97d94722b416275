"""HEIC and AVIF pictures, MP4, MOV and 3GP recordings (ISO/IEC 14496-12): metadata overwritten in place."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from producers.files.refused import damaged

_MAX_BOXES: Final = 20_000
_NO_EXIF: Final = b"\0\0\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"
"""An EXIF block with nothing in it."""
_HOLDERS: Final = {b"moov", b"trak", b"mdia", b"moof", b"traf"}
_METADATA: Final = {b"udta", b"meta", b"uuid"}
"""Where cameras write place, owner and device."""


@dataclass(frozen=True, slots=True)
class _Box:
    kind: bytes
    start: int
    body: int
    end: int


def brand(data: bytes) -> bytes:
    """The major brand of a file that begins with `ftyp`, else nothing."""
    return bytes(data[8:12]) if data[4:8] == b"ftyp" else b""


def clean_recording(data: bytes) -> bytes:
    """The same tracks; boxes of metadata become free space."""
    out = bytearray(data)
    pending = [(0, len(data))]
    seen = 0
    while pending:
        for box in _boxes(out, *pending.pop()):
            seen += 1
            if seen > _MAX_BOXES:
                raise damaged()
            if box.kind in _METADATA:
                _free(out, box)
            elif box.kind in _HOLDERS:
                pending.append((box.body, box.end))
    return bytes(out)


def clean_heic(data: bytes) -> bytes:
    """The same picture (ISO/IEC 23008-12); EXIF and XMP items are overwritten. How it is turned stands elsewhere."""
    out = bytearray(data)
    for box in _boxes(out, 0, len(out)):
        if box.kind == b"uuid":
            _free(out, box)
        elif box.kind == b"meta":
            _clean_items(out, box)
    return bytes(out)


def _free(out: bytearray, box: _Box) -> None:
    out[box.start + 4 : box.start + 8] = b"free"
    out[box.body : box.end] = bytes(box.end - box.body)


def _boxes(data: bytearray, at: int, end: int) -> Iterator[_Box]:
    count = 0
    while at + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, at)
        body = at + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, at + 8)
            body += 8
        stop = end if size == 0 else at + size
        count += 1
        if stop < body or stop > end or count > _MAX_BOXES:
            raise damaged()
        yield _Box(bytes(kind), at, body, stop)
        at = stop


def _clean_items(out: bytearray, meta: _Box) -> None:
    inside = {box.kind: box for box in _boxes(out, meta.body + 4, meta.end)}
    if b"iinf" not in inside or b"iloc" not in inside:
        return
    unwanted = _metadata_items(out, inside[b"iinf"])
    idat = inside[b"idat"].body if b"idat" in inside else 0
    for item, start, size in _places(out, inside[b"iloc"], idat):
        if item in unwanted and start < len(out):
            stop = min(start + size, len(out))
            blank = _NO_EXIF if unwanted[item] == b"Exif" else b""
            out[start:stop] = (blank + bytes(stop - start))[: stop - start]


def _metadata_items(out: bytearray, iinf: _Box) -> dict[int, bytes]:
    """Item ids of EXIF and of XMP."""
    first = iinf.body + (6 if out[iinf.body] == 0 else 8)
    found = {}
    for box in _boxes(out, first, iinf.end):
        version = out[box.body]
        wide = version >= 3  # noqa: PLR2004 - version 3 has wide ids
        (item,) = struct.unpack_from(">I" if wide else ">H", out, box.body + 4)
        at = box.body + (10 if wide else 8)
        kind = bytes(out[at : at + 4])
        if kind in {b"Exif", b"mime"}:
            found[int(item)] = kind
    return found


def _places(out: bytearray, iloc: _Box, idat: int) -> Iterator[tuple[int, int, int]]:
    """(item, start, size) of every extent."""
    version, sizes = out[iloc.body], int.from_bytes(out[iloc.body + 4 : iloc.body + 6], "big")
    offset_size, length_size, base_size, index_size = (sizes >> shift & 0xF for shift in (12, 8, 4, 0))
    reader = _Reader(out, iloc.body + 6, iloc.end)
    wide = 4 if version == 2 else 2  # noqa: PLR2004 - version 2 has wide ids
    for _ in range(reader.number(wide)):
        item = reader.number(wide)
        method = reader.number(2) & 0xF if version else 0
        reader.number(2)
        base = reader.number(base_size)
        for _ in range(reader.number(2)):
            if version:
                reader.number(index_size)
            start = base + reader.number(offset_size) + (idat if method == 1 else 0)
            yield item, start, reader.number(length_size)


@dataclass(slots=True)
class _Reader:
    data: bytearray
    at: int
    end: int

    def number(self, size: int) -> int:
        if self.at + size > self.end:
            raise damaged()
        self.at += size
        return int.from_bytes(self.data[self.at - size : self.at], "big")
