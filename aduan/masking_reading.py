"""Reads the names out of one text, left to right, for `aduan.masking_names`. Pure."""

import re
from collections.abc import Sequence
from typing import Final

from aduan.masking_around import (
    has_pupils_number_before,
    is_aged,
    is_parent,
    is_pupil,
    is_sender,
    is_signature,
    is_signature_line,
    tells_who_writes,
)
from aduan.masking_context import ANY_WORD, CHILD, INITIAL, OFFICIAL, OWN, PRIVATE, WORDS, Said, Token, said_before
from aduan.masking_numbers import Found
from aduan.masking_words import (
    LISTED,
    NO_START,
    continues,
    is_abstract,
    is_free,
    is_ordinary,
    is_strange,
    may_be_unlisted,
)

_LONE_TITLES: Final = "i m r h ni la wa cut nur siti sri a abd moh muh muhd mohd moch md st ode lalu baiq"
_LONE: Final = frozenset(_LONE_TITLES.split())
"""Titles that are parts of anybody's name, or other things too: they alone tell of no office."""
_BEFORE_SMALL: Final = OWN | {"an", "n"}
"""After these a name in small letters may also be an ordinary word."""
_PEERS: Final = frozenset({"sdr", "sdri", "saudara", "saudari"})
_LONGEST: Final = 5
"""A name has at most so many words."""
_ACRONYM: Final = 5
_SHORTEST: Final = 3
_PLACE_REACH: Final = 3
_OFFICE_REACH: Final = 6
_FAR: Final = len(", sama ")
_ITEM: Final = re.compile(r"[,;]?\s*\(?\d{1,2}[.)]")
"""The number of the next one in a list."""
_LIST_GOES_ON: Final = re.compile(r"\s{0,2}(?:[,;.]|$|\n|(?:dan|dn|serta|&)\s)")
_AND: Final = frozenset({"dan", "dn", "dgn", "sama", "&", "and"})
_DEGREES: Final = re.compile(
    r"(?:,? {0,2}(?:S|M|A|Dr|Drs)\.? ?"
    r"(?:Pd|Ag|Si|Kom|E|H|Sos|T|Hum|Psi|Kes|Ma|M|IP|Farm|Ked)\b(?:\.?(?:I|SD)\b)?\.?){1,3}+"
)
_MONTHS: Final = frozenset({"januari", "april", "mei", "juni", "juli", "oktober", "desember", "agus", "agustus"})
_DAY_OR_YEAR: Final = re.compile(r"[ ,]{1,2}\d")
_VALUES: Final = frozenset({"pekerti", "luhur"})
"""*Budi Pekerti* is a subject."""
_INITIALS: Final = re.compile(r"[A-Z]\.(?: ?[A-Z]\.){0,3}(?: ?[A-Z]\b)?")


class NameReader:
    """One text under reading; the tokens are those of its words that nothing has masked yet."""

    def __init__(self, text: str, tokens: Sequence[Token]) -> None:
        self._text = text
        self._tokens = tokens
        self._last: Found | None = None

    def names(self) -> list[Found]:
        """Every name that its surroundings announce, ordered."""
        found: list[Found] = []
        at = 0
        before = ""
        while at < len(self._tokens):
            token = self._tokens[at]
            listed = WORDS.names if before not in _BEFORE_SMALL else LISTED
            may_start = token.text[0].isupper() or token.lower in listed or before in ANY_WORD
            before = token.lower
            name = self._name(at) if may_start else None
            if name is None:
                at += 1
                continue
            found.append(name)
            self._last = name
            while at < len(self._tokens) and self._tokens[at].start < name[1]:
                before = self._tokens[at].lower
                at += 1
        return found

    def _name(self, at: int) -> Found | None:
        """The name that starts at this token."""
        token = self._tokens[at]
        if token.lower in NO_START or (len(token.text) == INITIAL and token.lower not in WORDS.titles):
            return self._initials(at)
        titled = self._titled(at)
        if token.lower in WORDS.titles and token.lower not in LISTED and not titled:
            return None
        said = said_before(self._text, self._tokens, at)
        if not (self._counts(at, said, titled) or self._follows(at)):
            return None
        end = self._end(at, named=said.naming)
        kind = self._kind(at, end, said, titled)
        return None if kind is None else (token.start if said.address is None else said.address, end, kind)

    def _counts(self, at: int, said: Said, titled: bool) -> bool:
        """Whether what announces the name is strong enough for what the word is."""
        token = self._tokens[at]
        announced = said.role is not None or said.address is not None
        small = not token.is_capital or (token.shouts and at > 0 and self._tokens[at - 1].shouts)
        if token.lower in WORDS.names or titled:
            return announced or said.naming or token.is_capital
        is_writer = self._is_introduced(at, said)
        if token.lower in WORDS.ambiguous:
            is_date = token.lower in _MONTHS and _DAY_OR_YEAR.match(self._text, token.end) is not None
            weak = (not small and (announced or self._goes_on(at))) or is_writer
            return said.naming or (weak and not is_date)
        if said.naming:
            return self._is_called(token, said)
        if is_ordinary(token) or (token.shouts and len(token.text) <= _ACRONYM):
            return False
        is_writer = is_writer or is_signature_line(self._text, token.start)
        return not small and (is_writer or (announced and self._counts_unlisted(at, said)))

    def _is_called(self, token: Token, said: Said) -> bool:
        """*a.n. Wignyo*: a capital and no ordinary word; after *bernama* any word."""
        if token.is_capital and not is_ordinary(token):
            return True
        return said.word in ANY_WORD and may_be_unlisted(token, said)

    def _is_introduced(self, at: int, said: Said) -> bool:
        """*saya agus, wali murid*, *sy dwi dari Blora*: what follows tells who writes."""
        return said.word in OWN and tells_who_writes(self._text, self._end(at))

    def _counts_unlisted(self, at: int, said: Said) -> bool:
        """A word with a capital that no list knows and nothing calls a name."""
        token, before = self._tokens[at], self._tokens[at - 1]
        if len(token.text) < _SHORTEST or token.lower in WORDS.regions or is_abstract(token):
            return False
        if said.address is not None:
            return True
        if "," in self._text[before.end : token.start]:
            return said.role == CHILD and self._text[token.end : token.end + 1] == ","
        if said.role == OFFICIAL:
            return before.lower in WORDS.sure
        is_apart = not before.is_capital or ":" in self._text[before.end : token.start]
        return said.role == CHILD and is_apart and said.word != "oleh"

    def _goes_on(self, at: int) -> bool:
        """*Dewi Anggraini*: a listed name comes right after."""
        following = self._tokens[at + 1] if at + 1 < len(self._tokens) else None
        is_name = following is not None and following.is_capital and following.lower in WORDS.names
        return is_name and self._text[self._tokens[at].end] == " "

    def _follows(self, at: int) -> bool:
        """*Rafi dan Tulus*, *Rafi, Tulus, dan Ina*, *1. Rafi 2. Tulus*: another name right after a name."""
        token = self._tokens[at]
        known = len(token.text) >= _SHORTEST and token.lower not in WORDS.regions and not token.shouts
        known = known and not is_ordinary(token)
        if not (known and (token.is_capital or token.lower in WORDS.names)):
            return False
        gap = self._gap_to_last(token).strip()
        if gap in _AND or _ITEM.fullmatch(gap):
            return True
        is_list = gap.startswith(",") and self._last is not None and self._last[2] != OFFICIAL
        return is_list and gap.strip(", ") in ("", *_AND) and _LIST_GOES_ON.match(self._text, self._end(at)) is not None

    def _kind(self, at: int, end: int, said: Said, titled: bool) -> str | None:
        """Whose name it is; None when nothing says that it is one."""
        role = said.role
        if said.address is not None:
            if self._tokens[at - 1].lower in _PEERS and is_aged(self._text, end):
                return CHILD
            is_private = role in (CHILD, PRIVATE) or (role is None and said.naming)
            start = said.address
            is_own = is_parent(self._text, end) or is_sender(self._text, start)
            return PRIVATE if is_private or is_own else OFFICIAL
        if role in (CHILD, OFFICIAL):
            return role
        if role is None and not said.naming:
            return self._unannounced(at, end, titled)
        return CHILD if is_pupil(self._text, self._tokens[at].start, end, naming=said.naming) else PRIVATE

    def _unannounced(self, at: int, end: int, titled: bool) -> str | None:
        """A listed name alone: masked, unless it is that of a place, or an office stands near."""
        token = self._tokens[at]
        if self._is_of_place(at) or self._is_of_value(at):
            return None
        if is_aged(self._text, end) or has_pupils_number_before(self._text, token.start):
            return CHILD
        if is_signature(self._text, token.start, end) or is_sender(self._text, token.start):
            return PRIVATE
        has_rank = titled and token.lower not in _LONE
        if self._last is not None and not has_rank and self._is_listed_on(token):
            return self._last[2]
        return self._by_office(at, titled)

    def _is_of_place(self, at: int) -> bool:
        """*SD Kartini*, *jalan raya Ahmad Yani*, but not *anak SD, Kartini*."""
        places = [one for one in self._tokens[max(0, at - _PLACE_REACH) : at] if one.lower in WORDS.places]
        return bool(places) and "," not in self._text[places[-1].end : self._tokens[at].start]

    def _is_of_value(self, at: int) -> bool:
        following = self._tokens[at + 1].lower if at + 1 < len(self._tokens) else ""
        return following in _VALUES

    def _is_listed_on(self, token: Token) -> bool:
        gap = self._gap_to_last(token).strip(" ,")
        return gap in ("", *_AND) or _ITEM.fullmatch(gap) is not None

    def _gap_to_last(self, token: Token) -> str:
        """What stands between the last name and this word; a full stop when they are far apart."""
        if self._last is None or token.start - self._last[1] > _FAR:
            return "."
        return self._text[self._last[1] : token.start]

    def _by_office(self, at: int, titled: bool) -> str | None:
        token = self._tokens[at]
        if titled and token.lower not in _LONE:
            return OFFICIAL
        if token.shouts and (at == 0 or self._tokens[at - 1].shouts):
            return None
        near = self._tokens[max(0, at - _OFFICE_REACH) : at + _OFFICE_REACH]
        return OFFICIAL if any(one.lower in WORDS.official for one in near) else PRIVATE

    def _titled(self, at: int) -> bool:
        """*Drs. H. …*, *I Made …*: a title and a name after it."""
        here = at
        while (
            here + 1 < len(self._tokens)
            and here - at < _LONGEST
            and self._tokens[here].lower in WORDS.titles
            and self._tokens[here].is_capital
            and self._text[self._tokens[here].end : self._tokens[here + 1].start] in (" ", ". ", ".")
        ):
            here += 1
        name = self._tokens[here]
        return here > at and name.is_capital and name.lower not in NO_START and len(name.text) > INITIAL

    def _end(self, at: int, *, named: bool = False) -> int:
        """Where the name that starts here ends, with its academic degrees; `named` if something calls it a name."""
        first, here = self._tokens[at], at
        while here + 1 < len(self._tokens) and here + 1 - at < _LONGEST:
            last, following = self._tokens[here], self._tokens[here + 1]
            gap = self._text[last.end : following.start]
            abbreviated = last.lower in WORDS.titles or len(last.text) == INITIAL
            if not (gap in (" ", "-") or (abbreviated and gap in (".", ". "))):
                break
            goes_on = continues(first, following, here - at + 1) or (named and is_strange(first, following))
            if not (goes_on or (self._is_field(at) and first.shouts and following.shouts and is_free(following))):
                break
            here += 1
        last = self._tokens[here]
        degrees = _DEGREES.match(self._text, last.end)
        if degrees is not None:
            return degrees.end()
        return last.end + (len(last.text) == INITIAL and self._text[last.end : last.end + 1] == ".")

    def _is_field(self, at: int) -> bool:
        """*NAMA: LIM KOK SENG*: in a form every word up to the next field is part of the name."""
        return at > 0 and ":" in self._text[self._tokens[at - 1].end : self._tokens[at].start]

    def _initials(self, at: int) -> Found | None:
        """*korban: A.S.*: the initials of a child."""
        token = self._tokens[at]
        initials = _INITIALS.match(self._text, token.start) if len(token.text) == INITIAL else None
        if initials is None or len(initials[0]) < _SHORTEST:
            return None
        said = said_before(self._text, self._tokens, at)
        return (token.start, initials.end(), CHILD) if said.role == CHILD else None
