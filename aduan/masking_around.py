"""What stands around a name and says whose it is, a pupil's or the writer's, for `aduan.masking_reading`. Pure."""

import re
from typing import Final

_AGE: Final = (
    r"kelas|kls|umur|usia|(?:dia )?(?:siswa|siswi|murid|pelajar)\b(?! ?:)|anak yatim|\d{1,2} ?(?:th|thn|tahun)\b"
)
_AGED: Final = re.compile(rf"[\s,(/]{{0,3}}+(?:{_AGE})", re.IGNORECASE)
_CHILD_AFTER: Final = re.compile(
    rf"[\s,(\-–/]{{0,4}}+(?:(?:yg |yang )?(?:{_AGE}|umurnya|berusia|berumur)|nisn\b|\(\d{{1,2}}\)"
    r"|(?:sdn?|smpn?|sman?|smkn?|tk|mts|paud)\b)",
    re.IGNORECASE,
)
_PUPIL: Final = re.compile(
    r"\b(?:siswa|siswi|murid|pelajar|santri|peserta didik|anak didik|kip|pip|rapor|raport)\b", re.IGNORECASE
)
_GROWN: Final = re.compile(
    r"\b(?:guru|wali|ortu|orang\s?tua|ibu|ayah|bapak|nuptk|nip|honor\w*|pelapor|pengirim|saya|sy|hp|telp|wa)\b|\n",
    re.IGNORECASE,
)
_WRITES_AS_PUPIL: Final = re.compile(
    r"\b(?:saya|sy|aku) (?:adalah |seorang |masih )?(?:siswa|siswi|murid|pelajar|kelas)\b", re.IGNORECASE
)
_NISN: Final = re.compile(r"\bnisn\b", re.IGNORECASE)
WRITERS: Final = frozenset(["dari", "guru", "wali", "ortu", "mahasiswa", "siswa", "siswi", "warga", "honorer"])
"""After a name these tell who writes: *saya dwi dari Blora*."""
_WHO_WRITES: Final = re.compile(
    rf" {{0,2}}(?:, {{0,2}}(?:anak|mau|ingin|orang tua|ortu|wali|guru|dari)|{'|'.join(sorted(WRITERS))})\b",
    re.IGNORECASE,
)
_CLOSING: Final = re.compile(
    r"\b(?:hormat|wassalam\w*|salam|ttd|sekian|kasih|trims|tks|makasih)\b(?:[^\n]{0,40}\n|[.,! ]{1,4}$)", re.IGNORECASE
)
_CLOSED_LINE: Final = re.compile(
    r"\b(?:hormat|wassalam\w*|salam|ttd|sekian|kasih|trims|tks|makasih)\b[^\n]{0,20}\n[\s(]*$", re.IGNORECASE
)
_SIGNED: Final = re.compile(r"\bbertanda\s?tangan[^\n]{0,20}[:\s]$", re.IGNORECASE)
_FROM: Final = re.compile(
    r"[\s#*]{0,3}(?:dari|by|from|fr|sms)[\s:]{1,3}(?:(?:ibu|bu|bpk|bapak|pak|mas|mbak) )?", re.IGNORECASE
)
_PARENT_AFTER: Final = re.compile(
    r"[\s,(]{0,3}+(?:selaku |sebagai )?"
    r"(?:(?:orang\s?tua|ortu|wali) (?:murid|siswa|siswi|dari|anak)|ortu\b|ibunya|ayahnya)",
    re.IGNORECASE,
)
_NEAR: Final = 40
_TAIL: Final = 80
"""A name so near the end of a text, after a greeting, is a signature."""


def is_aged(text: str, end: int) -> bool:
    """Whether a class, an age or *murid* follows the name that ends here."""
    return _AGED.match(text, end) is not None


def is_pupil(text: str, start: int, end: int, *, naming: bool) -> bool:
    """Whether a name is a pupil's: *nama Rafi (9)*, *NISN 0012345678, nama Rafi*, *KIP a.n. Rafi*.

    Only for `naming` does the nearest word before count that tells whose papers these are.
    """
    if _CHILD_AFTER.match(text, end) is not None or has_pupils_number_before(text, start):
        return True
    if naming and _WRITES_AS_PUPIL.search(text, max(0, start - _TAIL), start) is not None:
        return True
    before = text[max(0, start - _NEAR) : start] if naming else ""
    papers = max((found.end() for found in _PUPIL.finditer(before)), default=0)
    return papers > 0 and _GROWN.search(before, papers) is None


def has_pupils_number_before(text: str, start: int) -> bool:
    """Whether *NISN* stands close before the name that starts here."""
    return _NISN.search(text, max(0, start - _NEAR), start) is not None


def is_sender(text: str, start: int) -> bool:
    """*yang bertanda tangan di bawah ini: …*, and *dari …* as the first words."""
    return _SIGNED.search(text, max(0, start - _NEAR), start) is not None or _FROM.fullmatch(text, 0, start) is not None


def is_parent(text: str, end: int) -> bool:
    """*Ibu Sumarno selaku orang tua murid*: whether what follows says that it is a parent."""
    return _PARENT_AFTER.match(text, end) is not None


def is_signature_line(text: str, start: int) -> bool:
    """Whether a line of its own starts here that closes the text: *Hormat kami,* and the name below."""
    return len(text) - start < _TAIL and _CLOSED_LINE.search(text, max(0, start - _TAIL), start) is not None


def is_signature(text: str, start: int, end: int) -> bool:
    """Whether this name closes the text: *hormat saya, …*, *terima kasih. …*."""
    return len(text) - end < _TAIL and _CLOSING.search(text, max(0, start - _TAIL), start) is not None


def tells_who_writes(text: str, end: int) -> bool:
    """*saya agus, wali murid*, *sy dwi dari Blora*: whether what follows makes an ordinary word a name."""
    return _WHO_WRITES.match(text, end) is not None
