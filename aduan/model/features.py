"""What the model sees of a complaint: words, neighbours, pieces of words, and what the rules found. Pure.

Training and serving use these very functions. Pieces never cross a word, so a word's part of every score is the same
wherever it stands, and can be kept (`aduan.model.linear`).
"""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from aduan.rules import BREAK, Entry
from aduan.triage import Danger

PIECE_SIZES: Final = (3, 4, 5)
TITLE_WEIGHT: Final = 1.5
_VOTES: Final = 6.0
_MOST_VOTES: Final = 12.0
_STRENGTH: Final = 4.0
_MOST_STRENGTH: Final = 6.0
_MOST_QUESTIONS: Final = 3
_START: Final = 10
"""So many first words count apart: "Yth. Dinas Perhubungan" says whom the writer means."""
_START_WEIGHT: Final = 0.3


class Said(NamedTuple):
    """One complaint as the model sees it."""

    words: Sequence[str]
    """Comparable words in order, title first, `BREAK` between title and text."""
    surface: Collection[str]
    """Distinct words as they were written, lower case."""
    rules: Mapping[str, float]
    """What the rules found, by name: see `rule_values`."""


def pieces(word: str) -> list[str]:
    """Pieces of three to five letters of a word with its ends marked; each weighs one over the root of their number."""
    marked = f"<{word}>"
    return [marked[at : at + size] for size in PIECE_SIZES for at in range(len(marked) - size + 1)]


def piece_weight(count: int) -> float:
    """What each of so many pieces of a word weighs: a long word says no more than a short one."""
    return 1.0 / math.sqrt(count) if count else 0.0


def text_weight(words: Collection[str]) -> float:
    """What each distinct word of a text weighs: long texts say more than short ones, but not in proportion."""
    return 1.0 / math.sqrt(max(1, len(words)))


def pairs(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Neighbouring words; a pair that stands there twice comes twice, and counts once."""
    return pairwise(words)


def rule_values(
    hits: Sequence[Entry],
    *,
    titled: Collection[str],
    votes: Mapping[str, float],
    signals: Mapping[str, float],
    danger: Danger,
    words: Sequence[str],
    questions: int,
) -> dict[str, float]:
    """The rules' findings as numbers near 1: votes by category, signals, danger, length, and each phrase found."""
    found = {f"votes:{code}": max(-1.0, min(score, _MOST_VOTES)) / _VOTES for code, score in votes.items()}
    best = max(votes, key=votes.__getitem__, default=None)
    if best is not None and votes[best] > 0:
        found[f"first:{best}"] = 0.5
    for name, strength in signals.items():
        found[f"signal:{name}"] = min(strength, _MOST_STRENGTH) / _STRENGTH
    for entry in hits:
        found[entry.feature] = 0.5 if entry.phrase not in titled else 0.5 * TITLE_WEIGHT
    found["danger"] = min(danger.level, 6.0) / 3.0
    found["length"] = math.log1p(len(words) - 1) / 6.0
    for word in distinct_words(words[: _START + 1]):
        found[f"start:{word}"] = _START_WEIGHT
    found["questions"] = min(questions, _MOST_QUESTIONS) / _MOST_QUESTIONS
    return found


def distinct_words(words: Sequence[str]) -> list[str]:
    """Each comparable word once, in order; the break is none."""
    found = dict.fromkeys(words)
    found.pop(BREAK, None)
    return list(found)
