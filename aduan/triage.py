"""The door's first look: danger words put a complaint in the urgent lane. Recall first; classification decides."""

from collections.abc import Sequence
from typing import Final

from aduan.rules import BREAK, Entry, danger_lexicon
from aduan.text import surface_words
from schemas.events import Finding
from schemas.topics import Lane

URGENT: Final = 2.0
"""Danger from here on is urgent: one plain word (3), one serious one (2), or two faint ones (1)."""
FEW_WORDS: Final = 6
FEW_FINDINGS: Final = 4


def triage(title: str, text: str) -> tuple[Lane, tuple[Finding, ...]]:
    """Which lane a complaint travels in, and the danger words that say so (words of our list, never of the text)."""
    lexicon = danger_lexicon()
    words = lexicon.words(surface_words(title))
    words.append(BREAK)
    words += lexicon.words(surface_words(text))
    hits = lexicon.match(words)
    if not hits:
        return Lane.ORDINARY, ()
    level, kinds = danger(hits)
    if level < URGENT:
        return Lane.ORDINARY, ()
    return Lane.URGENT, findings("lane", "urgent", kinds)


def danger(hits: Sequence[Entry]) -> tuple[float, dict[str, list[str]]]:
    """How dangerous the phrases are together, and by kind which. A person near a faint word makes it serious."""
    kinds: dict[str, list[str]] = {}
    strongest = others = 0.0
    victim = False
    for entry in hits:
        for kind, weight in entry.dangers:
            kinds.setdefault(kind, []).append(entry.phrase)
            if weight > strongest:
                others += strongest
                strongest = weight
            else:
                others += weight
        if "victim" in entry.signals:
            victim = True
    if not kinds:
        return 0.0, kinds
    return strongest + min(others, 2.0) + (1.0 if victim else 0.0), kinds


def findings(field: str, value: str, kinds: dict[str, list[str]]) -> tuple[Finding, ...]:
    """One finding per kind of danger."""
    return tuple(
        Finding(field=field, value=value, rule=f"danger:{kind}", words=tuple(words[:FEW_WORDS]))
        for kind, words in list(kinds.items())[:FEW_FINDINGS]
    )
