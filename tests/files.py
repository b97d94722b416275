"""Real files made on the spot: pictures with a place in them, documents with macros, archives with programs."""

import io
import struct
import zipfile
from collections.abc import Mapping
from typing import Any

from PIL import ExifTags, Image
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NumberObject, TextStringObject

SECRET = b"Sari Contoh di -6.2088"
"""What must not be left in a file: who made it, and where."""


def picture(kind: str, *, turned: int = 6, size: tuple[int, int] = (64, 48), **options: Any) -> bytes:
    """A picture that says who made it, where, and how it is turned."""
    image = Image.effect_noise(size, 80).convert("RGB")
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = turned
    exif[ExifTags.Base.Artist] = SECRET.decode()
    exif[ExifTags.Base.Make] = "Kamera Contoh"
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef] = "S"
    place[ExifTags.GPS.GPSLatitude] = (6.0, 12.0, 31.7)
    exif._ifds[ExifTags.IFD.GPSInfo] = place
    out = io.BytesIO()
    image.save(out, kind, exif=exif, **options)
    return out.getvalue()


def zipped(parts: Mapping[str, bytes | str]) -> bytes:
    """An archive of these."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    return out.getvalue()


_TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{}</Types>'
_RELS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MS = "http://schemas.microsoft.com/office/2006/relationships"
_VBA = "word/vbaProject.bin"
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def word(
    *, macros: bool = False, links: str = "", more: Mapping[str, bytes] | None = None, macro_part: str = _VBA
) -> bytes:
    """A Word file; with macros it is what Word calls a .docm."""
    main = (
        "application/vnd.ms-word.document.macroEnabled.main+xml"
        if macros
        else "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    )
    vba = f'<Override PartName="/{macro_part}" ContentType="application/vnd.ms-office.vbaProject"/>'
    core_type = "application/vnd.openxmlformats-package.core-properties+xml"
    core = f'<Override PartName="/docProps/core.xml" ContentType="{core_type}"/>'
    head = (
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{main}"/>{core}{vba if macros else ""}'
    )
    root = (
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/>'
        f'<Relationship Id="rId2" Type="{_OFFICE}/core-properties" Target="docProps/core.xml"/>'
    )
    macro = f'<Relationship Id="rId9" Type="{_MS}/vbaProject" Target="/{macro_part}"/>' if macros else ""
    parts: dict[str, bytes | str] = {
        "[Content_Types].xml": _TYPES.format(head),
        "_rels/.rels": _RELS.format(root),
        "word/document.xml": f'<w:document xmlns:w="{_W}"><w:body><w:t>Isi surat</w:t></w:body></w:document>',
        "word/_rels/document.xml.rels": _RELS.format(macro + links),
        "docProps/core.xml": b"<x>" + SECRET + b"</x>",
        **({macro_part: b"macros"} if macros else {}),
        **(more or {}),
    }
    return zipped(parts)


def macro_sheet_types() -> str:
    """How an Excel file declares a sheet of Excel 4 macros."""
    kind = "application/vnd.ms-excel.macrosheet+xml"
    return f'<Override PartName="/xl/macrosheets/sheet1.xml" ContentType="{kind}"/>'


def spreadsheet(*, types: str = "", more: Mapping[str, bytes] | None = None) -> bytes:
    """An Excel file."""
    main = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    head = f'<Override PartName="/xl/workbook.xml" ContentType="{main}"/>{types}'
    return zipped({"[Content_Types].xml": _TYPES.format(head), "xl/workbook.xml": "<workbook/>", **(more or {})})


def opendocument(*, encrypted: bool = False) -> bytes:
    """An .odt with a macro and its author."""
    ns = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    names = ("content.xml", "meta.xml", "Basic/script-lc.xml")
    sealed = "<m:encryption-data/>" if encrypted else ""
    rows = "".join(
        f'<m:file-entry m:full-path="{name}" m:media-type="text/xml">{sealed}</m:file-entry>' for name in names
    )
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": "<x>Isi surat</x>",
            "meta.xml": b"<x>" + SECRET + b"</x>",
            "Basic/script-lc.xml": "<x>macro</x>",
            "META-INF/manifest.xml": f'<m:manifest xmlns:m="{ns}">{rows}</m:manifest>',
        }
    )


def recording(brand: bytes) -> bytes:
    """A container of a camera or telephone with the place in its metadata; no real sound is needed to tell it."""

    def box(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body) + 8) + kind + body

    place = box(b"udta", box(b"\xa9xyz", SECRET))
    moov = box(b"moov", box(b"mvhd", bytes(100)) + box(b"trak", box(b"tkhd", bytes(84)) + place) + place)
    return box(b"ftyp", brand + bytes(4) + brand) + moov + box(b"mdat", b"sound")


def pdf(*, script: bool = False, file: bool = False, password: str = "", signed: bool = False) -> bytes:
    """A page; on wish with a script that runs at once, a file inside, or a password."""
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    if script:
        runs = DictionaryObject(
            {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("x()")}
        )
        writer.root_object[NameObject("/OpenAction")] = writer._add_object(runs)
    if file:
        writer.add_attachment("x.exe", b"MZ program")
    if signed:
        signature = DictionaryObject({NameObject("/ByteRange"): ArrayObject([NumberObject(0)])})
        writer.root_object[NameObject("/Contoh")] = writer._add_object(signature)
    if password:
        writer.encrypt(password)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
