"""Which language a complaint is written in: votes of the small words that only that language uses."""

from collections import Counter
from collections.abc import Sequence
from functools import cache
from itertools import chain
from typing import Final

from aduan.datafiles import load_rows

LOOKED_AT: Final = 300
"""Words that are enough to tell."""
SHARE: Final = 0.12
"""Another language than Indonesian needs so large a share of the words, and at least two of them."""


@cache
def _markers() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for code, words in load_rows("languages.tsv", 2):
        for word in words.split():
            found[word] = (*found.get(word, ()), code)
    return found


@cache
def languages() -> tuple[str, ...]:
    """Codes of all languages that are told apart, in the order of the data file."""
    return tuple(code for code, _ in load_rows("languages.tsv", 2))


def detect_language(words: Sequence[str]) -> str:
    """ISO 639 code of the main language of surface words; `id` where nothing else is clear."""
    looked_at = words[:LOOKED_AT]
    votes = Counter(chain.from_iterable(filter(None, map(_markers().get, looked_at))))
    votes_id = votes.pop("id", 0)
    if not votes:
        return "id"
    best = max(votes, key=votes.__getitem__)
    count = votes[best]
    clear = count >= 2 and count >= SHARE * len(looked_at) and count > votes_id * (1.0 if best == "en" else 0.8)  # noqa: PLR2004
    return best if clear else "id"
