"""Word, Excel and PowerPoint files of today (ECMA-376) without macros, the template's address, and who wrote them."""

import posixpath
import re
from typing import Final
from xml.etree.ElementTree import Element, tostring

from defusedxml.ElementTree import fromstring

from aduan.file_kinds import Refusal
from producers.files import ole
from producers.files.archives import packed, unpacked
from producers.files.refused import RefusedFileError, damaged

TYPES_PART: Final = "[Content_Types].xml"
_TYPES_NS: Final = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELS_NS: Final = "http://schemas.openxmlformats.org/package/2006/relationships"
_DOC: Final = "application/vnd.openxmlformats-officedocument."
_WORD: Final = f"{_DOC}wordprocessingml.document"
_SHEET: Final = f"{_DOC}spreadsheetml.sheet"
_SLIDES: Final = f"{_DOC}presentationml.presentation"
_MAIN: Final = {
    f"{_WORD}.main+xml": _WORD,
    f"{_DOC}wordprocessingml.template.main+xml": _WORD,
    f"{_SHEET}.main+xml": _SHEET,
    f"{_DOC}spreadsheetml.template.main+xml": _SHEET,
    f"{_SLIDES}.main+xml": _SLIDES,
    f"{_DOC}presentationml.slideshow.main+xml": _SLIDES,
    f"{_DOC}presentationml.template.main+xml": _SLIDES,
}
_PLAIN: Final = {
    "application/vnd.ms-word.document.macroenabled.main+xml": f"{_WORD}.main+xml",
    "application/vnd.ms-word.template.macroenabledtemplate.main+xml": f"{_WORD}.main+xml",
    "application/vnd.ms-excel.sheet.macroenabled.main+xml": f"{_SHEET}.main+xml",
    "application/vnd.ms-excel.template.macroenabled.main+xml": f"{_SHEET}.main+xml",
    "application/vnd.ms-powerpoint.presentation.macroenabled.main+xml": f"{_SLIDES}.main+xml",
    "application/vnd.ms-powerpoint.slideshow.macroenabled.main+xml": f"{_SLIDES}.main+xml",
    "application/vnd.ms-powerpoint.template.macroenabled.main+xml": f"{_SLIDES}.main+xml",
}
"""What a file with macros calls its main part, and what it is without them."""
_MACRO_PARTS: Final = ("vbaproject", "vbadata")
_DROPPED_LINKS: Final = {"vbaProject", "wordVbaData", "attachedToolbars", "keyMapCustomizations", "attachedTemplate"}
_RUNNING_LINKS: Final = {"oleObject", "frame", "subDocument", "control", "activeXControlBinary"}
_TEMPLATE: Final = re.compile(rb"<(?:\w+:)?attachedTemplate\b[^>]*?/>")
_PROGRAMS: Final = (b"MZ", b"\x7fELF")


def ooxml_type(types: bytes) -> str | None:
    """The media type without macros by the part that declares types, or None when it is none of the three."""
    return next((_MAIN[_plain(kind)] for _, kind in _declared(types) if _plain(kind) in _MAIN), None)


def clean_ooxml(data: bytes) -> bytes:
    """The document with the same words. RefusedFileError for what runs and can't be taken out: Excel 4, ActiveX."""
    parts = unpacked(data)
    dropped = {name for name, body in parts.items() if name.startswith("docProps/") or _is_macros(body)}
    for place, kind in _declared(parts[TYPES_PART]):
        if "macrosheet" in kind.lower():
            raise RefusedFileError(Refusal.MACROS)
        if "activex" in kind.lower():
            raise RefusedFileError(Refusal.ACTIVE)
        if any(word in kind.lower() for word in _MACRO_PARTS) and place.startswith("/"):
            dropped.add(place.lstrip("/"))
    kept = {name: body for name, body in parts.items() if name not in dropped}
    for name, body in kept.items():
        if name == TYPES_PART:
            kept[name] = _clean_types(body, dropped)
        elif name.endswith(".rels"):
            kept[name] = _clean_links(name, body, dropped)
        elif posixpath.basename(name) == "settings.xml":
            kept[name] = _TEMPLATE.sub(b"", body)
    return packed({TYPES_PART: kept[TYPES_PART]} | kept)


def _is_macros(body: bytes) -> bool:
    """Whether a part holds macros, whatever it is called; raises for a program that is packed in."""
    if body.startswith(_PROGRAMS):
        raise RefusedFileError(Refusal.EMBEDDED)
    if not body.startswith(ole.MAGIC):
        return False
    reason = ole.check_ole(body)
    if reason is Refusal.EMBEDDED:
        raise RefusedFileError(reason)
    return reason is Refusal.MACROS


def _declared(types: bytes) -> list[tuple[str, str]]:
    """(part or extension, content type) as the file declares them."""
    root = fromstring(types, forbid_dtd=True)
    return [(one.get("PartName") or one.get("Extension") or "", one.get("ContentType") or "") for one in root]


def _plain(kind: str) -> str:
    return _PLAIN.get(kind.lower(), kind)


def _clean_types(body: bytes, dropped: set[str]) -> bytes:
    root = fromstring(body, forbid_dtd=True)
    for one in list(root):
        kind = one.get("ContentType") or ""
        if (one.get("PartName") or "").lstrip("/") in dropped:
            root.remove(one)
        elif any(word in kind.lower() for word in _MACRO_PARTS):
            one.set("ContentType", "application/octet-stream")
        else:
            one.set("ContentType", _plain(kind))
    return _written(root, _TYPES_NS)


def _clean_links(name: str, body: bytes, dropped: set[str]) -> bytes:
    root = fromstring(body, forbid_dtd=True)
    folder = posixpath.dirname(posixpath.dirname(name))
    for one in list(root):
        kind = (one.get("Type") or "").rpartition("/")[2]
        outside = (one.get("TargetMode") or "").lower() == "external"
        target = one.get("Target") or ""
        path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
        if kind in _DROPPED_LINKS or (not outside and path in dropped):
            root.remove(one)
        elif kind in _RUNNING_LINKS and (outside or "control" in kind.lower()):
            raise RefusedFileError(Refusal.ACTIVE)
    return _written(root, _RELS_NS)


def _written(root: Element, namespace: str) -> bytes:
    """The element with its namespace as the default one, which is what Office itself writes."""
    for one in root.iter():
        if not isinstance(one.tag, str) or not one.tag.startswith(f"{{{namespace}}}"):
            raise damaged()
        one.tag = one.tag.partition("}")[2]
    root.set("xmlns", namespace)
    written: bytes = tostring(root, encoding="UTF-8", xml_declaration=True)
    return written
