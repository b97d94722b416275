"""What staff type into the search box, as words, "phrases" and -not words. The engine never sees the raw text. Pure."""

import re
from dataclasses import dataclass
from typing import Final

from aduan.acronyms import Acronyms
from portal.problems import ProblemError

LONGEST: Final = 500
MOST_TERMS: Final = 32
_TOKEN: Final = re.compile(r'(-?)(?:"([^"]*)"|(\S+))')
_PLAIN: Final = re.compile(r"[^\w@./'-]+")
_EDGES: Final = "-.'/@_"


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that is searched for: a word or a phrase, and what else means the same."""

    text: str
    phrase: bool = False
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """A parsed search: most of `wanted` must occur, all of `needed`, none of `unwanted`."""

    wanted: tuple[Term, ...] = ()
    needed: tuple[Term, ...] = ()
    unwanted: tuple[Term, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.wanted or self.needed or self.unwanted)


def parse_words(text: str, acronyms: Acronyms) -> Words:
    """Words, "phrases" and -not words of a search. ProblemError(400) when it is too long.

    A quote that is never closed counts as no quote. Long forms of acronyms are found among the words, so that
    `program indonesia pintar` also finds PIP; inside quotes the reader's own words are taken as they stand.
    """
    if len(text) > LONGEST:
        raise ProblemError.wrong("search_term", f"at most {LONGEST} characters")
    words: list[str] = []
    needed: list[Term] = []
    unwanted: list[Term] = []
    for minus, phrase, word in _TOKEN.findall(text):
        cleaned = " ".join(_clean(phrase or word))
        if not cleaned:
            continue
        if minus:
            unwanted.append(Term(cleaned, phrase=" " in cleaned))
        elif phrase:
            needed.append(Term(cleaned, phrase=" " in cleaned, synonyms=acronyms.synonyms(cleaned)))
        else:
            words.extend(cleaned.split())
    wanted = _join_long_forms(words, acronyms)
    if len(wanted) + len(needed) + len(unwanted) > MOST_TERMS:
        raise ProblemError.wrong("search_term", f"at most {MOST_TERMS} words and phrases")
    return Words(tuple(wanted), tuple(needed), tuple(unwanted))


def _clean(text: str) -> list[str]:
    words = (word.strip(_EDGES) for word in _PLAIN.split(text))
    return [word for word in words if word]


def _join_long_forms(words: list[str], acronyms: Acronyms) -> list[Term]:
    terms: list[Term] = []
    at = 0
    while at < len(words):
        for length in range(min(acronyms.longest, len(words) - at), 0, -1):
            joined = " ".join(words[at : at + length])
            synonyms = acronyms.synonyms(joined)
            if synonyms or length == 1:
                terms.append(Term(joined, phrase=length > 1, synonyms=synonyms))
                at += length
                break
    return list(dict.fromkeys(terms))
