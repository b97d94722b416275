"""Masks what identifies or endangers a person in a complaint's text, between the unsealing and every index.

Recall comes first: a long run of digits that can't be told apart from an account or identity number is masked.
Money, dates, years, times, school numbers and NPSN stay. The number grammar is in `aduan.masking_numbers`.
Every pattern runs in linear time: runs are consumed possessively and only from their first character.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from aduan.masking_addresses import DISTRICT, address_spans
from aduan.masking_breaks import LOST_BREAKS, with_breaks
from aduan.masking_first_look import AT_WORDS, DIGIT_WORDS, Look, look
from aduan.masking_labels import label_left_of
from aduan.masking_names import OFFICIAL, name_spans
from aduan.masking_numbers import Found, Span, number_spans

__all__ = ["REPLACEMENTS", "Span", "mask", "spans"]

REPLACEMENTS: Final = {
    "nik": "[NIK]",
    "kk": "[KK]",
    "phone": "[telepon]",
    "email": "[email]",
    "account": "[rekening]",
    "card": "[kartu]",
    "npwp": "[NPWP]",
    "nisn": "[NISN]",
    "nuptk": "[NUPTK]",
    "nip": "[NIP]",
    "number": "[nomor]",
    "child_name": "[nama anak]",
    "person_name": "[nama]",
    "address": "[alamat]",
}
"""What stands in the text instead, by kind. None holds a digit or an @, so masking twice changes nothing."""

_SAID_AS: Final = {OFFICIAL: "person_name", DISTRICT: "address"}
"""Found and told, but not masked."""
_PASSES: Final = 8
"""A mask seldom makes something new look like personal data; then it is masked too."""
_TOKENS: Final = [re.escape(token) for token in REPLACEMENTS.values()]
_NOT_BEHIND: Final = "".join(f"(?<!{token})" for token in _TOKENS)
_NOT_BEFORE: Final = f"(?!{'|'.join(_TOKENS)})"
"""Where a masked number touches a word, the word must not be read in another way when it is masked again."""

_DIGIT_WORD: Final = r"(?:nol|kosong|satu|dua|tiga|empat|lima|enam|tujuh|delapan|sembilan)"
_IN_WORDS: Final = re.compile(
    rf"\b{_NOT_BEHIND}{_DIGIT_WORD}(?:[\s,.\-]{{1,3}}+{_DIGIT_WORD}\b{_NOT_BEFORE}){{7,}}+", re.IGNORECASE
)
"""Eight digits or more, said in words."""
_LETTERED: Final = re.compile(r"(?<!\w)[Oo0]8[1-9OoIl](?:[ .\-]?[\dOoIl]){6,10}(?!\w)")
"""A telephone number with letters for some digits: *O812 3456 78I0*."""
_HYPHENED: Final = tuple(f"{word}-" for word in DIGIT_WORDS)
_MOBILE_PREFIXES: Final = ("O8", "o8", "08")
_AT_SIGNS: Final = "@@﹫"
_LOCAL: Final = rf"(?<![\w.%+\-])(?=[\w.%+\-]){_NOT_BEHIND}[\w.%+\-]++"
_PROVIDER: Final = (
    r"(?:g\s?mail|gmial|gmai|yahoo|ymail|rocketmail|hotmail|outlook|live|msn|icloud|proton(?:mail)?|aol|zoho|mail)"
    rf"(?![\w\-]){_NOT_BEFORE}"
)
_DOT: Final = r"(?:\s?\.\s?|\s?[\[({]\s?(?:dot|titik|\.)\s?[\])}]\s?|\s(?:dot|titik)\s)"
_TAIL: Final = rf"(?:{_DOT}[\w\-]++){{0,6}}+"
_AT: Final = re.compile(rf"[{_AT_SIGNS}]")
_HOST: Final = re.compile(
    rf"[{_AT_SIGNS}][\w\-]++(?:\.[\w\-]++)*+(?:,(?:com?|id)\b(?:[.,]id\b)?)?(?:(?:\s(?:dot|titik)\s|\s?[\[({{](?:dot|titik)[\])}}]\s?)[\w\-]++)*+",
    re.IGNORECASE,
)
_KNOWN_HOST: Final = re.compile(rf"[{_AT_SIGNS}]\s{{0,2}}{_PROVIDER}{_TAIL}", re.IGNORECASE)
_LOCAL_SIGNS: Final = frozenset("_.%+-")
_MOST_SPACES: Final = 2
_SPOKEN_EMAIL: Final = re.compile(
    # nama[at]host.com, nama (at) host (dot) com, nama(a)host.com
    rf"{_LOCAL}\s{{0,2}}[\[({{<]\s?(?:at|et|@)\s?[\])}}>]\s{{0,2}}[\w\-]++{_TAIL}"
    rf"|{_LOCAL}[\[({{<]a[\])}}>][\w\-]++{_TAIL}"
    # nama at host dot com, nama at gmail.com, nama at gmail com
    rf"|{_LOCAL}\s{{1,2}}(?:at|et)\s{{1,2}}(?:[\w\-]++(?:\s(?:dot|titik)\s[\w\-]++){{1,6}}+"
    rf"|{_PROVIDER}(?:{_TAIL}|\s(?:com|co\sid|co|id)\b{_NOT_BEFORE}))",
    re.IGNORECASE,
)
_SPOKEN_HINTS: Final = ("(at", "[at", "{at", "<at", "(et", "[et", "(a)", "[a]", "(@", "[@")


def mask(text: str) -> str:
    """The text with every personal number, address and name replaced by its kind, as in `[NIK]`. Never raises.

    Names of officials and the district of an address stay (decision 9). Idempotent, and linear in the text's length.
    """
    masked = _mask(text) if text else text  # complaints often have no title
    for _ in range(_PASSES):
        if masked is text:
            break
        text, masked = masked, _mask(masked)
    return masked


def spans(text: str) -> list[Span]:
    """What `mask` replaces, and the names and districts that it leaves: ordered, not overlapping.

    Positions are indexes into the text.
    """
    found: list[Span] = []
    for start, end, kind in _found(text):
        if kind == DISTRICT and found and found[-1].end == start:
            found[-1] = Span(found[-1].start, end, found[-1].kind)
        else:
            found.append(Span(start, end, _SAID_AS.get(kind, kind)))
    return found


def _mask(text: str) -> str:
    parts: list[str] = []
    last = 0
    for start, end, kind in _found(text):
        if kind not in _SAID_AS:
            parts += (text[last:start], REPLACEMENTS[kind])
            last = end
    if not parts:
        return text
    parts.append(text[last:])
    return "".join(parts)


def _found(text: str) -> list[Found]:
    seen, read = look(text), text
    if "nN" in text or not LOST_BREAKS.isdisjoint(seen.signs):
        read = with_breaks(text)
        seen = look(read)
    found = _of_words(text, read, seen)
    numbers = number_spans(read, found)
    if numbers:
        found = sorted(found + numbers)
    names = name_spans(read, seen, found)
    return sorted(found + names) if names else found


def _of_words(text: str, read: str, seen: Look) -> list[Found]:
    """Addresses of mail in both ways of writing, numbers in words and homes; those that overlap become one."""
    found = list(_addresses(text)) if "@" in text or "@" in text or "﹫" in text else []
    if seen.signs:
        found += address_spans(read, seen.signs)
    if not AT_WORDS.isdisjoint(seen.signs) or _has_spoken_at(text):
        found += ((*match.span(), "email") for match in _SPOKEN_EMAIL.finditer(text))
    if "08" in text or "O8" in text or "o8" in text:
        found += _lettered(text)
    if not DIGIT_WORDS.isdisjoint(seen.signs) or ("-" in text and _has_hyphened_digits(text)):
        found += ((*match.span(), _spoken_kind(text, match.start())) for match in _IN_WORDS.finditer(text))
    return _joined(found) if found else found


def _lettered(text: str) -> Iterator[Found]:
    for prefix in _MOBILE_PREFIXES:
        at = text.find(prefix)
        while at >= 0:
            number = _LETTERED.match(text, at)
            if number is not None and any(map(str.isalpha, number[0])):
                yield *number.span(), "phone"
            at = text.find(prefix, at + len(prefix) if number is None else number.end())


def _has_spoken_at(text: str) -> bool:
    if not ("(" in text or "[" in text or "{" in text or "<" in text):
        return False
    lower = text.lower()
    return any(map(lower.__contains__, _SPOKEN_HINTS))


def _has_hyphened_digits(text: str) -> bool:
    lower = text.lower()
    return any(map(lower.__contains__, _HYPHENED))


def _spoken_kind(text: str, start: int) -> str:
    label = label_left_of(text, 0, start)
    return label if label in REPLACEMENTS else "phone"


def _addresses(text: str) -> Iterator[Found]:
    """nama@host: whatever stands around an @, however long; with spaces around it only at a known mail provider."""
    low = 0
    for sign in _AT.finditer(text):
        at = end = sign.start()
        while end > low and at - end < _MOST_SPACES and text[end - 1].isspace():
            end -= 1
        start = end
        while start > low and (text[start - 1].isalnum() or text[start - 1] in _LOCAL_SIGNS):
            start -= 1
        host = (_HOST.match(text, at) if end == at else None) or _KNOWN_HOST.match(text, at)
        if start < end and host is not None and any(map(str.isalnum, text[start:end])):
            low = host.end()
            yield start, low, "email"


def _joined(spans: Iterable[Found]) -> list[Found]:
    found: list[Found] = []
    for start, end, kind in sorted(spans):
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]), found[-1][2])
        else:
            found.append((start, end, kind))
    return found
