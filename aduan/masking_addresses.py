"""Home addresses in a complaint: a run of street, number, RT/RW, village and district. Pure.

A street alone stays, so that a complaint about a road or a school can be read: a run counts when a word before it says
that someone lives there, or when it names a house and its RT. Kabupaten and kota are never part of it.
"""

import re
from collections.abc import Set
from typing import Final, NamedTuple

from aduan.masking_lexicon import load_lexicon
from aduan.masking_numbers import Found

ADDRESS: Final = "address"
DISTRICT: Final = "district"
"""Kecamatan at the end of an address: part of it, but staff need it, so it stays readable."""

_WORDS: Final = load_lexicon()
_NAMED_PLACES: Final = _WORDS.streets | _WORDS.hamlets | _WORDS.villages
_ENDS_NAME: Final = (
    _NAMED_PLACES | _WORDS.numbered | _WORDS.districts | _WORDS.beyond | {"dekat", "depan", "samping", "belakang"}
)
_DIRECTIONS: Final = frozenset({"raya", "barat", "timur", "utara", "selatan", "dalam", "ujung"})
"""Parts of a street's name that are often written small."""
_WITHIN_NAMES: Final = frozenset({"masjid", "gereja", "pondok", "pusat", "baru", "lama", "satu", "dua", "mas"})
_NOT_NAMES: Final = _WORDS.not_names - _WORDS.names - _WORDS.ambiguous - _WITHIN_NAMES
STREET_SIGNS: Final = _WORDS.streets | _WORDS.hamlets | {"rt", "rw", "blok"}
HOME_SIGNS: Final = _WORDS.homes


def _any(words: Set[str]) -> str:
    """One of these, the longest that fits; by first letters, so that most places cost one look per letter."""
    rest: dict[str, list[str]] = {}
    for word in sorted(words, key=lambda word: (-len(word), word)):
        rest.setdefault(word[0], []).append(word[1:])
    return "|".join(f"{first}(?:{'|'.join(ends)})" for first, ends in rest.items())


_START: Final = re.compile(rf"(?<!\w)(?:{_any(_NAMED_PLACES | {'rt', 'rw', 'blok'})})(?![^\W\d_])", re.IGNORECASE)
_NAMED: Final = re.compile(
    rf"(?:({_any(_WORDS.streets)})|({_any(_WORDS.hamlets)})|({_any(_WORDS.villages)})|({_any(_WORDS.districts)}))\b\.?",
    re.IGNORECASE,
)
_HOUSE: Final = re.compile(
    rf"(?:rt|rw|(?:{_any(_WORDS.numbered)})\b)[ .:]{{0,3}}+"
    r"(?:[a-z]{0,2}[-. ]?\d{1,4}(?: ?[a-d](?!\w)|[a-z]|,\d)?(?:[/\-]\d{1,3})?|[a-z])(?!\w)",
    re.IGNORECASE,
)
_BARE: Final = re.compile(
    r"(?:\d{1,3} ?[A-Da-d]?|[IVX]{1,4})(?!\w)(?![./\-]\d)"
    r"(?! {0,2}(?:m|km|meter|tahun|th|thn|siswa|anak|hari|bulan|bln|jam|orang|kali|ribu|juta|titik|kilo|kk|warga"
    r"|rumah)\b)"
)
_SEPARATOR: Final = re.compile(r"[ \t]{0,3}+[,./;\-–(\n]?[ \t]{0,3}+")
_NAME_WORD: Final = re.compile(r"[ \t]{0,2}+([^\W\d_][\w'’\-]{0,24}+)(\.?)")
_LANDMARK: Final = re.compile(
    r"(?:dekat|depan|belakang|samping|sebelah) (?!(?i:s[dm]|tk\b|mts))[^\W\d_]{2,20}+(?: [A-Z][\w']{0,20}+){0,3}+"
)
_LINKS: Final = (
    r"(?:[\s:,=.()\-]|\b(?:saya|sy|kami|kita|aku|rumah|rmh|ktp|kk|lengkap|sekarang|asli|asal|di|ke|lewat|pos|kos|kost|tinggal|domisili"
    r"|orang|tua|ortu|ayah|ibu|ibunya|korban|pelapor|anak|siswa|nya|ini|adalah|sesuai|surat|jawaban|lama|baru|ada|nenek|pak|bu)\b)"
    r"{0,14}+"
)
_LABEL: Final = re.compile(
    rf"\b(?:(?:ber)?alamat\w{{0,3}}|almt|(?:ber)?domisili\w{{0,3}}|tinggal|(?:di)?kirim(?:kan)?)\b{_LINKS}"
    r"(?-i:([A-Z][a-z]+ (?:[A-Z][a-z]+ )?))?$",
    re.IGNORECASE,
)
"""That someone lives there; up to two names may stand between: *alamat Gundih gg 3*."""
_HOUSE_LABEL: Final = re.compile(
    rf"\b(?:rumah\w{{0,3}}|rmh|(?:nge)?kost?|kontrakan|ngontrak|kediaman|(?:saya|sy)\s(?:adalah\s)?warga)\b{_LINKS}$",
    re.IGNORECASE,
)
"""The same, of a house; a street alone after it only says where something happened."""
_PUBLIC: Final = re.compile(
    r"\b(?:sd|sdn|smpn?|sman?|smkn?|slbn?|tk|paud|mi|mts|sekolah\w*|madrasah|kantor|dinas|kampus|universitas|puskesmas|masjid|lampu|pju|"
    r"rusak|berlubang|macet|banjir|perbaikan|jembatan|aspal|drainase|selokan|sampah|jalan di|pohon)\b",
    re.IGNORECASE,
)
_PERSON: Final = re.compile(r"\b(?:saya|sy|kami|kita|aku|rumah\w*|anak\w*|siswa\w*|pelapor|korban)\b", re.IGNORECASE)
_SENTENCE_END: Final = re.compile(r"[.,;\n]")
_LANES: Final = ("gang", "gg")
_OWN_HOUSE: Final = re.compile(r"\b(?:rumah|rmh) (?:saya|sy|kami|kita|aku)\b[^.\n]*$", re.IGNORECASE)
"""A numbered house in a lane after this is where they live, though a school may be named between."""
_REACH: Final = 60
_MOST_PARTS: Final = 14
_MOST_NAME_WORDS: Final = 5


class _Run(NamedTuple):
    end: int
    """Where what is masked ends."""
    whole: int
    """Where the kecamatan ends that follows it."""
    parts: frozenset[str]


def address_spans(text: str, signs: Set[str]) -> list[Found]:
    """Home addresses, ordered, each perhaps with its kecamatan right after it.

    The signs are some of the text's words, in small letters.
    """
    if STREET_SIGNS.isdisjoint(signs) or HOME_SIGNS.isdisjoint(signs):
        return []
    found: list[Found] = []
    low = 0
    for start in _START.finditer(text):
        if start.start() < low:
            continue
        run = _run(text, start.start())
        if run is None:
            continue
        low = run.whole
        home = _home(text, start.start(), run.parts)
        if home is not None:
            found.append((home, run.end, ADDRESS))
            if run.whole > run.end:
                found.append((run.end, run.whole, DISTRICT))
    return found


def _home(text: str, start: int, parts: frozenset[str]) -> int | None:
    """Where the address of a home starts of which these parts are; None when it is no home's."""
    before = text[max(0, start - _REACH) : start]
    numbered = not parts.isdisjoint({"house", "rt"})
    label = _LABEL.search(before)
    if label is not None and (numbered or "street" in parts or {"hamlet", "village"} <= parts):
        return None if _is_of_office(before, label) else start - len(label[1] or "")
    if _HOUSE_LABEL.search(before) is not None:
        return start if numbered else None
    if {"street", "house"} <= parts and _is_lane(text, start) and _OWN_HOUSE.search(before):
        return start
    is_home = {"street", "house"} <= parts and not parts.isdisjoint({"rt", "block"})
    return start if is_home and _PUBLIC.search(before) is None else None


def _is_lane(text: str, start: int) -> bool:
    return text[start : start + len("gang")].lower().startswith(_LANES)


def _is_of_office(before: str, label: re.Match[str]) -> bool:
    """Whether a school or office stands there, and nobody lives: *SDN 3 beralamat di …*."""
    subject = _SENTENCE_END.split(before[: label.start()])[-1]
    is_stated = "alamat" in label[0][: len("beralamat")].lower()
    return is_stated and _PUBLIC.search(subject) is not None and _PERSON.search(subject) is None


def _run(text: str, start: int) -> _Run | None:
    """The parts of an address that follow one another from here."""
    parts: set[str] = set()
    at = end = whole = start
    for _ in range(_MOST_PARTS):
        part = _part(text, at, parts)
        if part is None:
            break
        after, kind = part
        parts.add(kind)
        if kind == "district":
            whole = after
            break
        at = end = whole = after
        separator = _SEPARATOR.match(text, at)
        at = separator.end() if separator is not None else at
    if "street" not in parts:
        parts.discard("block")
    return _Run(end, whole, frozenset(parts)) if parts and end > start else None


def _part(text: str, at: int, parts: set[str]) -> tuple[int, str] | None:
    """End and kind of the part that starts here: house, rt, block, street, hamlet, village, district or landmark."""
    house = _HOUSE.match(text, at)
    if house is not None:
        word = house[0][:2].lower()
        if word == "bl":
            parts.update({"street", "house"} if house[0][-1].isdigit() else ())
        return house.end(), {"rt": "rt", "rw": "rt", "bl": "block"}.get(word, "house")
    named = _NAMED.match(text, at)
    if named is not None:
        kind = ("street", "hamlet", "village", "district")[(named.lastindex or 1) - 1]
        end = _name_end(text, named.end())
        return (end, kind) if end > named.end() else None
    if parts:
        bare = _BARE.match(text, at)
        if bare is not None and not parts.isdisjoint({"street", "hamlet"}) and text[at - 1 : at] in (" ", "."):
            return bare.end(), "house"
        landmark = _LANDMARK.match(text, at) if "house" in parts else None
        if landmark is not None:
            return landmark.end(), "landmark"
    return None


def _is_region(text: str, word: re.Match[str]) -> bool:
    """*Jl. Merdeka Surabaya*, but not *Jl. Danau Toba No 5*."""
    if word[1].lower() not in _WORDS.regions:
        return False
    separator = _SEPARATOR.match(text, word.end())
    return _HOUSE.match(text, separator.end() if separator is not None else word.end()) is None


def _begins_name(text: str, word: re.Match[str]) -> bool:
    """*Kel. Kampung Melayu*, *Jl. Kota Baru*: a place within the name of another."""
    following = _NAME_WORD.match(text, word.end())
    both = following is not None and word[1][0].isupper() and following[1][0].isupper()
    return both and word[1].lower() in _WORDS.hamlets | {"kota"}


def _name_end(text: str, at: int) -> int:
    """Where the name of the street or place ends that starts here; a name in small letters needs a number after it."""
    end = low = at
    capital = None
    for count in range(_MOST_NAME_WORDS):
        word = _NAME_WORD.match(text, end)
        if word is None or (word[1].lower() in _ENDS_NAME and not (count == 0 and _begins_name(text, word))):
            break
        if word[1].lower() in _NOT_NAMES and (count or not word[1][0].isupper()):
            break
        is_capital = word[1][0].isupper()
        capital = is_capital if capital is None else capital
        if (capital and not (is_capital or word[1].lower() in _DIRECTIONS)) or (count and _is_region(text, word)):
            break
        end = word.end() if word[1].lower() in _WORDS.ranks else word.end(1)
        low = low if low > at else end
    number = _SEPARATOR.match(text, end)
    follows = number.end() if number is not None else end
    numbered = _HOUSE.match(text, follows) or _BARE.match(text, follows)
    if end == at:
        return follows if numbered is not None and follows <= at + 2 else at
    return end if capital or numbered is not None or _NAMED.match(text, follows) else low
