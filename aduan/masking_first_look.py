"""A cheap first look at a text, so that masking pays for a close one only where something may be. Pure."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from aduan.masking_addresses import HOME_SIGNS, STREET_SIGNS
from aduan.masking_breaks import WRITTEN_LOST
from aduan.masking_context import ANY_WORD
from aduan.masking_lexicon import load_lexicon

AT_WORDS: Final = frozenset({"at", "et"})
DIGIT_WORDS: Final = frozenset({"nol", "kosong", "delapan"})
"""One of these is in every telephone number that is said in words."""
_NAMES: Final = load_lexicon().names
_SIGNS: Final = STREET_SIGNS | HOME_SIGNS | AT_WORDS | DIGIT_WORDS | ANY_WORD | _NAMES


def _writings(words: Iterable[str]) -> dict[str, str]:
    """Each word in small letters by each of the three ways in which people write it."""
    return {written: word for word in words for written in (word, word.capitalize(), word.upper())}


_WRITTEN: Final = _writings(_SIGNS) | WRITTEN_LOST
_WRITTEN_SIGNS: Final = frozenset(_WRITTEN)


class Look(NamedTuple):
    """What the first look showed."""

    words: list[str]
    """The text cut at spaces and at the marks that most often touch a name."""
    signs: frozenset[str]
    """Words, in small letters, that tell of an address, a name or a number or email said in words."""
    named: bool
    """Whether a listed name is among the signs."""


def look(text: str) -> Look:
    """The words of the text, and which of them are signs of something to mask."""
    words = (
        text.replace(".", " . ").replace(",", " ").replace(":", " ").replace("(", " ").replace(")", " ")
        .replace('"', " ").replace("/", " / ").split()
    )  # fmt: skip
    written = _WRITTEN_SIGNS.intersection(words)
    if not written:
        return Look(words, written, named=False)
    signs = frozenset(_WRITTEN[word] for word in written)
    return Look(words, signs, named=not _NAMES.isdisjoint(signs))
