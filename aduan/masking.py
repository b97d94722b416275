"""Masks what identifies or endangers a person in a complaint's text, between the unsealing and every index.

Recall comes first: a long run of digits that can't be told apart from an account or identity number is masked.
Money, dates, years, times, school numbers and NPSN stay. The number grammar is in `aduan.masking_numbers`.
Every pattern runs in linear time: runs are consumed possessively and only from their first character.
"""

import re
from typing import Final

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
}
"""What stands in the text instead, by kind. None holds a digit or an @, so masking twice changes nothing."""

_DIGIT: Final = re.compile(r"\d")
_AT_SIGNS: Final = "@@﹫"
_LOCAL: Final = r"(?<![\w.%+\-])[\w.%+\-]++"
_PROVIDER: Final = (
    r"(?:g\s?mail|gmial|gmai|yahoo|ymail|rocketmail|hotmail|outlook|live|msn|icloud|proton(?:mail)?|aol|zoho|mail)"
    r"(?![\w\-])"
)
_DOT: Final = r"(?:\s?\.\s?|\s?[\[({]\s?(?:dot|titik|\.)\s?[\])}]\s?|\s(?:dot|titik)\s)"
_TAIL: Final = rf"(?:{_DOT}[\w\-]++){{0,6}}+"
_EMAIL: Final = re.compile(
    # nama@host: anything with an @ between two words, however long
    rf"{_LOCAL}[{_AT_SIGNS}][\w\-]++(?:\.[\w\-]++)*+(?:(?:\s(?:dot|titik)\s|\s?[\[({{](?:dot|titik)[\])}}]\s?)[\w\-]++)*+"
    # nama @ gmail . com
    rf"|{_LOCAL}\s{{0,2}}[{_AT_SIGNS}]\s{{0,2}}{_PROVIDER}{_TAIL}",
    re.IGNORECASE,
)
_SPOKEN_EMAIL: Final = re.compile(
    # nama[at]host.com, nama (at) host (dot) com
    rf"{_LOCAL}\s{{0,2}}[\[({{<]\s?(?:at|et|a|@)\s?[\])}}>]\s{{0,2}}[\w\-]++{_TAIL}"
    # nama at host dot com, nama at gmail.com, nama at gmail com
    rf"|{_LOCAL}\s{{1,2}}(?:at|et)\s{{1,2}}(?:[\w\-]++(?:\s(?:dot|titik)\s[\w\-]++){{1,6}}+"
    rf"|{_PROVIDER}(?:{_TAIL}|\s(?:com|co\sid|co|id)\b))",
    re.IGNORECASE,
)
_SPOKEN_HINTS: Final = (" at ", " et ", "at]", "at)", "at}", "at>", "et)", "et]", "a)", "a]", "@)", "@]")


def mask(text: str) -> str:
    """The text with every personal number and address replaced by its kind, as in `[NIK]`. Never raises.

    Idempotent, and linear in the length of the text.
    """
    found = _found(text)
    if not found:
        return text
    parts: list[str] = []
    last = 0
    for start, end, kind in found:
        parts += (text[last:start], REPLACEMENTS[kind])
        last = end
    parts.append(text[last:])
    return "".join(parts)


def spans(text: str) -> list[Span]:
    """What `mask` replaces: ordered, not overlapping. Positions are indexes into the text."""
    return [Span(*found) for found in _found(text)]


def _found(text: str) -> list[Found]:
    emails = _emails(text)
    if _DIGIT.search(text) is None:
        return emails
    numbers = number_spans(text, emails)
    return sorted(emails + numbers) if emails else numbers


def _emails(text: str) -> list[Found]:
    """Addresses in both ways of writing; those that overlap become one."""
    matches: list[re.Match[str]] = []
    if any(sign in text for sign in _AT_SIGNS):
        matches += _EMAIL.finditer(text)
    lower = text.lower()
    if any(hint in lower for hint in _SPOKEN_HINTS):
        matches += _SPOKEN_EMAIL.finditer(text)
    found: list[Found] = []
    for start, end in sorted(match.span() for match in matches):
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]), "email")
        else:
            found.append((start, end, "email"))
    return found
