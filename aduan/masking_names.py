"""Names of children and of other persons in a complaint, found by the words around them. Pure.

A name counts when something announces it: *anak saya bernama …*, *a.n. …*, *Pak …*, *hormat saya, …*. Whose name it is
says the nearest word to its left; the words stand in `aduan/data`. Decision 9 says which names stay readable.
"""

import re
from collections.abc import Sequence
from typing import Final

from aduan.masking_around import WRITERS
from aduan.masking_context import ANY_WORD, OFFICIAL, OWN, SHORT_FORMS, WORDS, Token
from aduan.masking_first_look import Look
from aduan.masking_numbers import Found
from aduan.masking_reading import NameReader
from aduan.masking_words import LISTED, NO_CAPITAL, NO_START

__all__ = ["OFFICIAL", "name_spans"]

_ANNOUNCE: Final = (
    WORDS.address | WORDS.child | WORDS.deeds | WORDS.sure | WORDS.naming | WORDS.private | {"n", "kandung", "dari"}
)
"""Only where a capital follows one of these, or a text has a listed name, is it read."""
_SURE_ANNOUNCE: Final = _ANNOUNCE - OWN - {"dari", "saja"}
_PARENTS: Final = WORDS.adult | WORDS.private
_NAMED_OR_CHILD: Final = WORDS.naming | WORDS.child
_SHORTEST: Final = 3
_CLOSERS: Final = frozenset({"kami", "saya", "kasih", "hormat", "wassalam", "trims"})
_MAY_ANNOUNCE: Final = _ANNOUNCE | _CLOSERS | {"saja"}
_SIGNATURE: Final = 8
"""So many words from the end a name after one of these may be a signature."""
_STOPS: Final = frozenset({".", "/"})
_TOKEN: Final = re.compile(r"[^\W\d_]++(?:['’][^\W\d_]++)*+")
_new_token: Final = tuple.__new__
"""Makes a token without the detour of a named tuple, which would be half of its cost."""
_MASKED: Final = re.compile(r"\[[A-Za-z ]{2,10}\]")


def name_spans(text: str, seen: Look, holes: Sequence[Found]) -> list[Found]:
    """The names outside the holes (what is masked already), ordered: child_name, person_name or official_name."""
    if not _may_name(seen):
        return []
    tokens = _tokens(text, holes)
    found = NameReader(text, tokens).names()
    return _again(tokens, found) if found else found


def _may_name(seen: Look) -> bool:
    """Whether it is worth looking closely; most texts name nobody."""
    if seen.named:
        return True
    words = seen.words
    starts = [at for at, word in enumerate(words) if word[0].isupper() and word.lower() not in NO_CAPITAL and at]
    if not ANY_WORD.isdisjoint(seen.signs):
        starts += [at for at, word in enumerate(words[:-1], 1) if word.lower() in ANY_WORD]
    return any([_may_start(words, at) for at in starts])  # noqa: C419 - a list is faster


def _may_start(words: Sequence[str], at: int) -> bool:
    """Whether a name may start at this word, after one that announces names."""
    before = words[at - 1].lower()
    if before in _STOPS and at > 1 and words[at - 2].lower() in SHORT_FORMS:
        before = words[at - 2].lower()
    word = words[at]
    low = word.lower()
    if before not in _MAY_ANNOUNCE or (not word[0].isupper() and low in NO_START):
        return False
    if not word[0].isupper():
        return word[0].isalpha()
    if (low in LISTED or low in WORDS.titles) and before != "saja":
        return True
    if word.isupper():
        is_initial = len(word) == 1 and before in WORDS.child and words[at + 1 : at + 2] == ["."]
        return is_initial or before in WORDS.naming
    return before in _SURE_ANNOUNCE or _is_said_near(words, at, before)


def _is_said_near(words: Sequence[str], at: int, before: str) -> bool:
    """Whether more words tell of a name after *saya*, *dari* or what closes a text, which announce other things too."""
    if before in _CLOSERS and at >= len(words) - _SIGNATURE:
        return True
    if before == "saja":
        return words[at - 2].lower() == "sebut"
    if before in OWN and not WRITERS.isdisjoint(map(str.lower, words[at + 1 : at + 4])):
        return True
    return at > 1 and words[at - 2].lower() in (_NAMED_OR_CHILD if before in OWN else _PARENTS)


def _tokens(text: str, holes: Sequence[Found]) -> list[Token]:
    """The words that are neither in a hole nor part of what a mask left behind, as in `[nama]`."""
    tokens = [_new_token(Token, (*match.span(), match[0], match[0].lower())) for match in _TOKEN.finditer(text)]
    if not holes and "[" not in text:
        return tokens
    shut = sorted([*((start, end) for start, end, _ in holes), *(match.span() for match in _MASKED.finditer(text))])
    free, at = [], 0
    for token in tokens:
        while at < len(shut) and shut[at][1] <= token.start:
            at += 1
        if at == len(shut) or token.end <= shut[at][0]:
            free.append(token)
    return free


def _again(tokens: Sequence[Token], found: list[Found]) -> list[Found]:
    """The names found, and every other place where a masked one is said again."""
    owners = _owners(tokens, found)
    kinds: dict[str, str] = {}
    for token, owner in zip(tokens, owners, strict=True):
        if owner is not None and owner[2] != OFFICIAL and _is_telling(token):
            kinds.setdefault(token.lower, owner[2])
    if not kinds:
        return found
    spans = {span[0]: span for span in found}
    for at, (token, owner) in enumerate(zip(tokens, owners, strict=True)):
        if token.lower in kinds and (token.is_capital or token.lower in WORDS.names):
            if owner is None and (at == 0 or tokens[at - 1].lower not in WORDS.places):
                spans[token.start] = (token.start, token.end, kinds[token.lower])
            elif owner is not None and token.lower in WORDS.names and spans[owner[0]][2] == OFFICIAL:
                spans[owner[0]] = (owner[0], owner[1], kinds[token.lower])
    return sorted(spans.values())


def _owners(tokens: Sequence[Token], found: Sequence[Found]) -> list[Found | None]:
    """Per token the name that it belongs to."""
    owners: list[Found | None] = []
    at = 0
    for token in tokens:
        while at < len(found) and found[at][1] <= token.start:
            at += 1
        owners.append(found[at] if at < len(found) and found[at][0] <= token.start else None)
    return owners


def _is_telling(token: Token) -> bool:
    """Whether the word alone points at the person."""
    is_form = token.lower in WORDS.address or (token.lower in WORDS.titles and token.lower not in WORDS.names)
    is_name = token.is_capital or token.lower in WORDS.names
    return is_name and len(token.text) >= _SHORTEST and not is_form
