"""Phrases as a tree of their words, so that the longest one that stands at a place is found word by word. Pure."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

T = TypeVar("T")
_NOTHING: Final[dict[str, Any]] = {}
"""What goes on behind the end of a phrase; never written to."""


def phrase_tree(phrases: Mapping[str, T]) -> dict[str, tuple[T | None, dict[str, Any]]]:
    """Word to what ends there (or None) and the words that go on.

    Where nothing goes on, spellings of the same thing share one end: that spares megabytes of tens of thousands.
    """
    root: dict[str, tuple[T | None, dict[str, Any]]] = {}
    ends: dict[int, tuple[T | None, dict[str, Any]]] = {}
    for phrase, meant in phrases.items():
        *before, last = phrase.split()
        level = root
        for word in before:
            held, children = level.get(word, (None, _NOTHING))
            if children is _NOTHING:
                children = {}
                level[word] = (held, children)
            level = children
        children = level[last][1] if last in level else _NOTHING
        level[last] = (meant, children) if children else ends.setdefault(id(meant), (meant, _NOTHING))
    return root
