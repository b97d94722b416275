"""JPEG, PNG and WebP without EXIF, XMP, IPTC, comments and what hangs behind the picture. The pixels' bytes stay.

Nothing is decoded: segments are copied or left out, so a picture of a billion pixels costs no more than its bytes, and
evidence is not compressed a second time.
"""

import re
import struct
import zlib
from typing import Final

from producers.files.exif import only_orientation, orientation
from producers.files.refused import damaged

_EXIF: Final = b"Exif\0\0"
_AFTER_SCAN: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_SOS, _EOI, _APP0, _APP1, _APP2, _APP14, _APP15, _COM = 0xDA, 0xD9, 0xE0, 0xE1, 0xE2, 0xEE, 0xEF, 0xFE
_MAX_SEGMENTS: Final = 20_000
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT: Final = {
    *(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"pHYs"),
    *(b"hIST", b"cICP", b"mDCV", b"cLLI", b"acTL", b"fcTL", b"fdAT"),
}
_WEBP_KEPT: Final = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"}
_WEBP_EXIF_FLAG, _WEBP_XMP_FLAG = 0x08, 0x04


def clean_jpeg(data: bytes) -> bytes:
    """The same scans (ITU-T T.81, annex B); of the application segments only JFIF, ICC and Adobe's colour transform."""
    jfif, rest, turned, at, scanned = b"", bytearray(), 1, 2, False
    segments = 0
    while (found := _marker(data, at)) is not None:
        marker, at = found
        segments += 1
        if segments > _MAX_SEGMENTS:
            raise damaged()
        if marker == _EOI:
            break
        size = int.from_bytes(data[at : at + 2], "big")
        segment = data[at - 2 : at + size]
        body = segment[4:]
        if size < 2 or len(segment) < size + 2:  # noqa: PLR2004 - a length counts itself
            break
        at += size
        if marker == _APP1 and body.startswith(_EXIF):
            turned = orientation(body[6:])
        elif marker == _APP0:
            jfif = jfif or (segment if body.startswith(b"JFIF\0") else b"")
        elif _jpeg_keeps(marker, body):
            rest += segment
        if marker == _SOS:
            scanned = True
            ended = _AFTER_SCAN.search(data, at)
            end = ended.start() if ended else len(data)
            rest += data[at:end]
            at = end
    if not scanned:
        raise damaged()
    exif = only_orientation(turned)
    kept = b"\xff\xe1" + struct.pack(">H", len(exif) + 8) + _EXIF + exif if exif else b""
    return b"\xff\xd8" + jfif + kept + bytes(rest) + b"\xff\xd9"


def _marker(data: bytes, at: int) -> tuple[int, int] | None:
    """The marker at this place and where its segment begins; None at the end of the data."""
    if at >= len(data):
        return None
    if data[at] != 0xFF:  # noqa: PLR2004 - what begins every marker
        raise damaged()
    while at < len(data) and data[at] == 0xFF:  # noqa: PLR2004 - fill bytes
        at += 1
    return (data[at], at + 1) if at < len(data) else None


def _jpeg_keeps(marker: int, body: bytes) -> bool:
    if _APP0 <= marker <= _APP15:
        return (marker == _APP2 and body.startswith(b"ICC_PROFILE\0")) or (
            marker == _APP14 and body.startswith(b"Adobe")
        )
    return marker != _COM


def clean_png(data: bytes) -> bytes:
    """The critical chunks and those about colour (W3C PNG, 11.3); none with text, time or EXIF but the orientation."""
    out, at, turned, ended = bytearray(_PNG), len(_PNG), 1, False
    while not ended:
        size, name = struct.unpack_from(">I4s", data, at)
        chunk = data[at : at + size + 12]
        if len(chunk) < size + 12:
            raise damaged()
        at += size + 12
        ended = name == b"IEND"
        if name == b"eXIf":
            turned = orientation(chunk[8:-4])
        elif ended:
            out += _png_exif(turned) + chunk
        elif name in _PNG_KEPT:
            out += chunk
    return bytes(out)


def _png_exif(turned: int) -> bytes:
    body = only_orientation(turned)
    if not body:
        return b""
    return struct.pack(">I", len(body)) + b"eXIf" + body + struct.pack(">I", zlib.crc32(b"eXIf" + body))


def clean_webp(data: bytes) -> bytes:
    """The chunks of the picture (RFC 9649, 2.7), with the flags of EXIF and XMP put right."""
    end = min(8 + int.from_bytes(data[4:8], "little"), len(data))
    chunks: list[tuple[bytes, bytes]] = []
    at, turned, extended = 12, 1, -1
    while at + 8 <= end:
        name, size = struct.unpack_from("<4sI", data, at)
        body = data[at + 8 : at + 8 + size]
        if len(body) < size:
            raise damaged()
        at += 8 + size + size % 2
        if name == b"EXIF":
            turned = orientation(body.removeprefix(_EXIF))
        elif name in _WEBP_KEPT:
            extended = len(chunks) if name == b"VP8X" else extended
            chunks.append((name, body))
    if not chunks:
        raise damaged()
    if extended >= 0:
        exif = only_orientation(turned)
        flags = chunks[extended][1]
        first = flags[0] & ~(_WEBP_EXIF_FLAG | _WEBP_XMP_FLAG) | (_WEBP_EXIF_FLAG if exif else 0)
        chunks[extended] = (b"VP8X", bytes([first]) + flags[1:])
        chunks += [(b"EXIF", exif)] if exif else []
    packed = b"".join(name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2) for name, body in chunks)
    return b"RIFF" + struct.pack("<I", len(packed) + 4) + b"WEBP" + packed
