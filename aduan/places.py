"""Kabupaten and kota by a few letters of their name, as people type them into a form. Pure."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Final, NamedTuple

from aduan.regions import provinces, regencies

MOST: Final = 12
_WORD: Final = re.compile(r"[a-z0-9]+")
_FILLER: Final = frozenset({"kab", "kabupaten", "kota", "di", "prov", "provinsi"})


class Place(NamedTuple):
    """A place to choose: its Kemendagri code and what people call it."""

    code: str
    label: str


@cache
def regency_places() -> tuple[Place, ...]:
    """Every kabupaten and kota with its province, e.g. `Kota Surabaya, Jawa Timur`."""
    return tuple(
        Place(regency.code, f"{regency.name}, {province.name}")
        for province in provinces()
        for regency in regencies(province.code)
    )


def find_places(text: str, most: int = MOST) -> list[Place]:
    """Those with a word that begins with each typed word, e.g. `sidoarjo` or `kota bek`; best first, never more."""
    asked = words_of(text)
    if not asked:
        return []
    found = [(_misses(asked, place.label), place) for place in regency_places() if _fits(asked, place.label)]
    return [place for _, place in sorted(found)[:most]]


def place_named(label: str) -> Place | None:
    """The place with exactly this label (case and spaces aside): what a list of suggestions puts into the field."""
    return _by_label().get(" ".join(label.lower().split()))


def words_of(text: str) -> list[str]:
    """Lower-case words of what was typed, at most eight; without `kab`, `kota` and the like unless that is all."""
    words = _WORD.findall(text.lower())[:8]
    return [word for word in words if word not in _FILLER] or words


@cache
def _by_label() -> dict[str, Place]:
    return {place.label.lower(): place for place in regency_places()}


def _fits(asked: Sequence[str], label: str) -> bool:
    words = _WORD.findall(label.lower())
    return all(any(word.startswith(one) for word in words) for one in asked)


def _misses(asked: Sequence[str], label: str) -> int:
    """Words of the label that nobody asked for: `Surabaya` is nearer to `Kota Surabaya` than to a longer name."""
    words = _WORD.findall(label.lower())
    return len(words) - sum(1 for one in asked if one in words)
