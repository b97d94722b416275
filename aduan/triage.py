"""The door's first look: danger words put a complaint in the urgent lane. Recall first; classification decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from aduan.rules import BREAK, Entry, danger_lexicon
from aduan.text import surface_words
from schemas.events import Finding
from schemas.topics import Lane

URGENT: Final = 2.0
"""Danger from here on is urgent: one plain word (3), one serious one (2), or two faint ones (1)."""
CALM: Final = 2.0
"""So much more a text needs that proposes, asks or teaches and says of nothing that it happened."""
FEW_WORDS: Final = 6
FEW_FINDINGS: Final = 4


@dataclass(frozen=True, slots=True)
class Danger:
    """How dangerous matched phrases are together, which they are by kind, and whether the text speaks in general."""

    level: float
    kinds: Mapping[str, list[str]]
    calm: bool = False


NONE: Final = Danger(0.0, {})


def triage(title: str, text: str) -> tuple[Lane, tuple[Finding, ...]]:
    """Which lane a complaint travels in, and the danger words that say so (words of our list, never of the text)."""
    lexicon = danger_lexicon()
    words = lexicon.words(surface_words(title))
    words.append(BREAK)
    words += lexicon.words(surface_words(text))
    danger = weigh_danger(lexicon.match(words))
    if danger.level < URGENT + (CALM if danger.calm else 0.0):
        return Lane.ORDINARY, ()
    return Lane.URGENT, tuple(
        _finding(kind, tuple(said[:FEW_WORDS])) for kind, said in list(danger.kinds.items())[:FEW_FINDINGS]
    )


@lru_cache(maxsize=4096)
def _finding(kind: str, said: tuple[str, ...]) -> Finding:
    return Finding(field="lane", value="urgent", rule=f"danger:{kind}", words=said)


def weigh_danger(hits: Sequence[Entry]) -> Danger:
    """The strongest phrase counts whole, the others up to 2 more, and a person who may be hurt 1 more."""
    kinds: dict[str, list[str]] = {}
    strongest = others = 0.0
    near: set[str] = set()
    for entry in hits:
        for kind, weight in entry.dangers:
            kinds.setdefault(kind, []).append(entry.phrase)
            others += min(strongest, weight)
            strongest = max(strongest, weight)
        for name, _ in entry.signals:
            near.add(name)
    if not kinds:
        return NONE
    person = "victim" in near or ("building" in near and "collapse" in kinds)
    calm = "teaching" in near and "happened" not in near
    return Danger(strongest + min(others, 2.0) + (1.0 if person else 0.0), kinds, calm)
