"""The tracking number that a reporter is given: derived from the complaint id, easy to read out on the telephone."""

import re
from typing import Final
from uuid import UUID

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base32: no I, L, O or U (https://www.crockford.com/base32.html)."""
_VALUE: Final = {character: value for value, character in enumerate(ALPHABET)} | {"O": 0, "I": 1, "L": 1}
_POLYNOMIAL: Final = 0b100101
"""x^5 + x^2 + 1, primitive over GF(2): makes GF(32)."""
_LENGTH: Final = 12
_GAP: Final = r"[\s\-‐‑–—.]{0,3}"
_IN_TEXT: Final = re.compile(rf"(?<![0-9A-Z])(?:A[DO0]N{_GAP})?((?:[0-9A-Z]{_GAP}){{12}}[0-9A-Z])(?![0-9A-Z])")


def tracking_number(complaint_id: str) -> str:
    """`ADN-XXXX-XXXX-XXXX-C` for a complaint id: the first 60 bits that are not fixed by the UUID, and a check.

    Of a UUID's hex digits the 13th is its version and the 17th holds its variant, so the 15 digits used are
    the first 12 and the three after the version. Two of a million complaints meet with a chance of 4e-7.
    Raises ValueError for what is no UUID.
    """
    digits = UUID(complaint_id).hex
    bits = int(digits[:12] + digits[13:16], 16)
    body = "".join(ALPHABET[(bits >> shift) & 31] for shift in range(55, -1, -5))
    return _shown(body)


def parse_tracking_number(text: str) -> str | None:
    """The number as `tracking_number` writes it, or None if it is no such number or a character is wrong.

    Takes lower case, missing or other dashes, spaces, a missing prefix, O for 0, I or L for 1. The first number
    of a longer text is found only with its prefix. Any single wrong character and any two neighbours that
    changed places are noticed.
    """
    upper = text.strip().upper()[:500]
    found = _IN_TEXT.fullmatch(upper)
    if found is None:
        found = next((match for match in _IN_TEXT.finditer(upper) if match[0].startswith("A")), None)
    if found is None:
        return None
    characters = [character for character in found[1] if character.isalnum()]
    if any(character not in _VALUE for character in characters):
        return None
    body = "".join(ALPHABET[_VALUE[character]] for character in characters[:_LENGTH])
    return _shown(body) if _check(body) == ALPHABET[_VALUE[characters[_LENGTH]]] else None


def _check(body: str) -> str:
    """A weighted sum in GF(32), each place with another power of a generator: no single error or swap adds to 0."""
    total = 0
    for character in body:
        total = _doubled(total) ^ _VALUE[character]
    return ALPHABET[_doubled(total)]


def _doubled(value: int) -> int:
    value <<= 1
    return value ^ _POLYNOMIAL if value & 32 else value


def _shown(body: str) -> str:
    return f"ADN-{body[:4]}-{body[4:8]}-{body[8:]}-{_check(body)}"
