"""What the phrases of a complaint signal: a question, an alleged wrong, a deadline, a level of school … Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from aduan.rules import Entry

SERIOUS: Final = 2.0
"""Danger from which its kinds speak for a category, and make a complaint high."""


@dataclass(slots=True)
class Signals:
    """How strong each signal is, and the phrases that raised it."""

    strength: dict[str, float] = field(default_factory=dict)
    phrases: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, hits: Sequence[Entry], questions: int) -> "Signals":
        """The signals of matched phrases; question marks ask, too."""
        found = cls()
        strength, phrases = found.strength, found.phrases
        for entry in hits:
            for name, weight in entry.signals:
                if name in strength:
                    strength[name] += weight
                    phrases[name].append(entry.phrase)
                else:
                    strength[name] = weight
                    phrases[name] = [entry.phrase]
        if questions:
            found.strength["question"] = found.strength.get("question", 0.0) + min(questions, 2)
        return found

    def get(self, name: str) -> float:
        """Strength of a signal; 0 where it was not raised."""
        return self.strength.get(name, 0.0)
