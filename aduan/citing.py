"""The writer's own words behind the phrases of a classification, cut from the masked text when asked for. Pure."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

from aduan.datafiles import load_rows
from aduan.rules import BREAK, Lexicon, Node, full_lexicon
from aduan.text import surface_words

MOST_CHARS: Final = 60
MAX_CHARS: Final = 20_000
"""What is looked at of a text."""
_TOKEN: Final = re.compile(r"\w+(?:['’]\w+)*")
_LONG_NUMBER: Final = re.compile(r"(?<!\d)(?<!\d\.)(?![1-9]\d{0,2}(?:\.\d{3}){1,4}(?!\d))\d(?:[.\-/ ]?\d){6,}")
"""Seven digits or more that are no sum (3.500.000): a telephone, an account, an identity card that masking left."""
_SPACE: Final = re.compile(r"\s+")
_LABEL: Final = re.compile(r"\[[^\[\]]{1,40}\]")
"""What masking puts for what it hides: never cited, nor looked at."""


class Quotes:
    """A masked text by its comparable words, each with its place, to find again what was matched."""

    def __init__(self, title: str, text: str) -> None:
        self._text = f"{title[:MAX_CHARS]}\n{text[:MAX_CHARS]}"
        self._normal: list[str] = []
        self._surface: list[str] = []
        self._places: list[tuple[int, int]] = []
        normalise, hidden = full_lexicon().normalise, _LABEL.sub(lambda label: " " * len(label[0]), self._text)
        for token in _TOKEN.finditer(hidden):
            if self._places and self._places[-1][1] <= len(title[:MAX_CHARS]) < token.start():
                self._add(BREAK, BREAK, (token.start(), token.start()))
            for surface in surface_words(token[0]):
                for word in normalise(surface):
                    self._add(word, surface, token.span())

    def of(self, phrase: str) -> str | None:
        """How the writer said a phrase of our lists (`minta setor`: diminta menyetor), None where it is not found."""
        rule = _together().get(phrase)
        if rule is not None:
            return self._parted(*rule)
        wanted, glued = phrase.split(), phrase.replace(" ", "")
        for words, parts in ((self._normal, wanted), (self._surface, wanted), (self._surface, [f"di{glued}"])):
            for at in _places_of(words, parts):
                quote = self._quote(at, at + len(parts))
                if quote:
                    return quote
        return None

    def _add(self, normal: str, surface: str, place: tuple[int, int]) -> None:
        self._normal.append(normal)
        self._surface.append(surface)
        self._places.append(place)

    def _quote(self, start: int, end: int) -> str:
        first, last = self._places[start][0], self._places[end - 1][1]
        while first > 1 and self._text[first - 1] in ".," and self._text[first - 2].isdigit():
            first -= 2  # 140 of 1.140
            while first and self._text[first - 1].isdigit():
                first -= 1
        if end - start == 1 and _is_name(self._text[first:last]):
            return ""
        quote = _SPACE.sub(" ", _LONG_NUMBER.sub("…", self._text[first:last][: 2 * MOST_CHARS]))
        return "" if "[" in quote else quote[:MOST_CHARS]

    def _parted(self, wanted: int, within: int) -> str | None:
        """The parts of a rule for neighbours, as they stand near one another."""
        spots = list(self._spots())
        for number, (start, end, own) in enumerate(spots):
            missing = wanted & ~own or wanted
            if not own & wanted:
                continue
            told = [self._quote(start, end)]
            for place, stop, parts in spots[number + 1 :]:
                if place - start > within:
                    break
                if parts & missing:
                    told.append(self._quote(place, stop))
                    missing &= ~parts
                if not missing:
                    return " … ".join(dict.fromkeys(filter(None, told))) or None
        return None

    def _spots(self) -> Iterator[tuple[int, int, int]]:
        """Where phrases stand that are parts of rules, the longest at each place, as `Lexicon.match` sees them."""
        covered = 0
        for start in range(len(self._normal)):
            best, end = None, start
            level, at = full_lexicon().tree, start
            while at < len(self._normal):
                node: Node | None = level.get(self._normal[at])
                if node is None:
                    break
                at += 1
                entry, level = node
                if entry is not None:
                    best, end = entry, at
            if best is not None and end > covered:
                covered = end
                if best.parts and not best.shadow:
                    yield start, end, best.parts


def _places_of(words: list[str], wanted: list[str]) -> Iterable[int]:
    if not wanted:
        return
    for at, word in enumerate(words):
        if word == wanted[0] and words[at : at + len(wanted)] == wanted:
            yield at


@cache
def _together() -> dict[str, tuple[int, int]]:
    lexicon: Lexicon = full_lexicon()
    return {entry.phrase: (wanted, within) for wanted, within, entry in lexicon.together}


def is_title(phrase: str) -> bool:
    """Whether a phrase is only the title of a rule for neighbours, which nobody wrote."""
    return phrase in _together()


@cache
def _names() -> dict[str, str]:
    return {row[0]: row[1] for row in load_rows("names.tsv", 2)}


def _is_name(word: str) -> bool:
    """Whether a lone word may be somebody's name that masking left: hardly ever anything else, or written as one."""
    kind = _names().get(word.lower())
    return kind == "name" or (kind is not None and word[:1].isupper() and not word.isupper())
