"""OpenDocument files (OASIS ODF 1.3, part 2) without macros, scripts, and who wrote them."""

from typing import Final
from xml.etree.ElementTree import tostring

from defusedxml.ElementTree import fromstring

from aduan.file_kinds import Refusal
from producers.files import ole
from producers.files.archives import packed, unpacked
from producers.files.refused import RefusedFileError

MIMETYPE: Final = "mimetype"
_MANIFEST: Final = "META-INF/manifest.xml"
_NS: Final = "{urn:oasis:names:tc:opendocument:xmlns:manifest:1.0}"
_DROPPED: Final = ("Basic/", "Scripts/", "meta.xml")
_PROGRAMS: Final = (b"MZ", b"\x7fELF")


def clean_opendocument(data: bytes) -> bytes:
    """The document with the same words. RefusedFileError for a password or a packed program."""
    parts = unpacked(data)
    manifest = fromstring(parts[_MANIFEST], forbid_dtd=True)
    if manifest.find(f".//{_NS}encryption-data") is not None:
        raise RefusedFileError(Refusal.ENCRYPTED)
    for one in list(manifest):
        if (one.get(f"{_NS}full-path") or "").startswith(_DROPPED):
            manifest.remove(one)
    kept = {name: body for name, body in parts.items() if not name.startswith(_DROPPED)}
    if any(_hides(body) for body in kept.values()):
        raise RefusedFileError(Refusal.EMBEDDED)
    kept[_MANIFEST] = tostring(manifest, encoding="UTF-8", xml_declaration=True)
    return packed({MIMETYPE: parts[MIMETYPE]} | kept, stored=MIMETYPE)


def _hides(body: bytes) -> bool:
    if body.startswith(ole.MAGIC):
        return ole.check_ole(body) is not None
    return body.startswith(_PROGRAMS)
