"""Bytes of a mail as text, whatever charset it claims: what it says is tried, and disbelieved where that is safe.

Which charset a name stands for follows the WHATWG Encoding Standard, as mail programs do: `iso-8859-1` is read as
Windows-1252 and `gb2312` as GB 18030, of which they are parts. Linear in time: Python's `punycode` and `idna` are not.
"""

import codecs
from typing import Final

_READ_AS: Final = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "big5": "cp950",
    "utf-8": "utf-8-sig",
}
_WESTERN: Final = frozenset({"cp1252", "cp1254"})
"""Any bytes are valid in these, so that UTF-8, which is recognisable, is tried before them."""
_NO_CHARSETS: Final = frozenset(
    {"punycode", "idna", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"}
)
_WIDE: Final = ("utf-16", "utf-32")
_HALF_READ: Final = 8
"""So many good characters beyond ASCII for each broken one, and it is UTF-8 that was cut or damaged."""


def decode_text(data: bytes, charset: str | None) -> str:
    """Text of these bytes; never raises. Holds no surrogates and no NUL."""
    claimed = _codec(charset, data)
    first = (claimed,) if claimed is not None and claimed not in _WESTERN else ()
    for candidate in (*first, "utf-8-sig"):
        try:
            return _clean(data.decode(candidate))
        except (LookupError, ValueError):
            continue
    damaged = data.decode("utf-8", "replace")
    broken = damaged.count("\ufffd")
    beyond = sum(not character.isascii() for character in damaged) - broken
    if beyond >= _HALF_READ * broken:
        return _clean(damaged)
    return _clean(data.decode(claimed if claimed in _WESTERN and claimed else "cp1252", "replace"))


def _codec(charset: str | None, data: bytes) -> str | None:
    """Python's name of the charset, as the standard reads it; None for what is none, or can't be true."""
    try:
        name = codecs.lookup((charset or "").strip().strip("\"'")).name
    except (LookupError, ValueError):
        return None
    if name in _NO_CHARSETS or (name.startswith(_WIDE) and b"\0" not in data[:4_096]):
        return None
    return _READ_AS.get(name, name)


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\0", "")
