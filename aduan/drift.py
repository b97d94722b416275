"""How far what comes in has moved from what a model learned from: the population stability index. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

SHIFTED: Final = 0.25
"""From here on the usual reading of the index is: another population; look at it."""
WATCH: Final = 0.1
_LEAST: Final = 1e-4
"""Share that an empty class counts as: the index has no value for none at all."""


@dataclass(frozen=True, slots=True)
class ClassDrift:
    """One class: its share before and now, from 0 to 1, and what it adds to the index."""

    code: str
    before: float
    now: float
    psi: float


def drift(before: Mapping[str, int], now: Mapping[str, int]) -> list[ClassDrift]:
    """Each class of either mix, what moved most first. Empty where one of both holds nothing."""
    total_before, total_now = sum(before.values()), sum(now.values())
    if not total_before or not total_now:
        return []
    found = []
    for code in before.keys() | now.keys():
        was, is_ = before.get(code, 0) / total_before, now.get(code, 0) / total_now
        smoothed = max(was, _LEAST), max(is_, _LEAST)
        index = (smoothed[1] - smoothed[0]) * math.log(smoothed[1] / smoothed[0])
        found.append(ClassDrift(code, was, is_, index))
    return sorted(found, key=lambda one: (-one.psi, one.code))


def psi(classes: list[ClassDrift]) -> float:
    """The whole index: 0 for the same mix."""
    return sum(one.psi for one in classes)


def verdict(index: float) -> str:
    """The usual reading of the index."""
    if index >= SHIFTED:
        return "another mix: look at it"
    return "moving: watch it" if index >= WATCH else "stable"
