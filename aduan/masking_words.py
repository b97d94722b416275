"""What a single word looks like, a part of a name or a word of the language, for `aduan.masking_reading`. Pure."""

from typing import Final

from aduan.masking_context import WORDS, Said, Token

LISTED: Final = WORDS.names | WORDS.ambiguous
NO_START: Final = (
    WORDS.not_names | WORDS.child | WORDS.deeds | WORDS.official | WORDS.private | WORDS.address | WORDS.links
    | WORDS.qualifiers
) - LISTED  # fmt: skip
"""With these no name begins."""
NO_CAPITAL: Final = NO_START | WORDS.ordinary
"""With these no name begins, unless *bernama* or *namanya* stands before."""
_NOT_NAMES: Final = (WORDS.not_names | WORDS.ordinary) - LISTED
_ABSTRACT: Final = 7
_ACRONYM: Final = 5
_SHORTEST: Final = 3
_SHOUTED: Final = 4
"""Of a name that no list knows so many words in capitals are taken."""
_VERB_STARTS: Final = ("di", "me", "ber", "ter")
_ENDINGS: Final = ("nya", "kan")
_PARTICLES: Final = frozenset({"bin", "binti", "br", "boru", "al", "el"})


def may_be_unlisted(token: Token, said: Said) -> bool:
    """*anak saya bernama tegas*, but not *gurunya bernama dilaporkan* nor *namanya sama*."""
    return said.role is not None and len(token.text) >= _SHORTEST and not _is_like_a_verb(token.lower)


def is_ordinary(token: Token) -> bool:
    """Whether it is a word of the language, perhaps with *-nya* or *-kan*."""
    low = token.lower
    return low in WORDS.ordinary or (low.endswith(_ENDINGS) and low not in LISTED)


def is_free(token: Token) -> bool:
    """Whether it may be a part of a name where nothing else can stand; *MOHON*, *ALAMAT* may not."""
    return token.lower not in NO_START and token.lower not in WORDS.not_names


def is_strange(first: Token, token: Token) -> bool:
    """*a.n. siti nurhalijah*: all in small letters, and no word of the language nor like one of its verbs."""
    small = not (first.is_capital or token.is_capital)
    known = is_ordinary(token) or token.lower in NO_START or token.lower in LISTED
    return small and len(token.text) > _SHORTEST and not known and not _is_like_a_verb(token.lower)


def _is_like_a_verb(low: str) -> bool:
    return low.startswith(_VERB_STARTS) or (low.startswith(("pe", "ke")) and low.endswith("an"))


def is_abstract(token: Token) -> bool:
    """*Pelecehan*, *Kekerasan*: made from a root, so no name."""
    return len(token.text) >= _ABSTRACT and token.lower.startswith(("pe", "ke")) and token.lower.endswith("an")


def continues(first: Token, token: Token, length: int) -> bool:
    """Whether this word, after `length` others, still belongs to the name that starts with `first`."""
    if token.lower in _PARTICLES:
        return True
    if token.lower in LISTED:
        return token.is_capital or (not first.is_capital and token.lower in WORDS.names)
    if token.lower in _NOT_NAMES or (token.lower in NO_START and token.lower not in WORDS.titles):
        return False
    if not token.is_capital or set(token.text) <= set("IVX"):
        return False
    if token.shouts:
        return length < _SHOUTED and not _is_like_a_verb(token.lower) if first.shouts else len(token.text) > _ACRONYM
    return token.lower not in WORDS.regions
