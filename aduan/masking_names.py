"""Names of children and of other persons in a complaint, found by the words around them. Pure.

A name counts when something announces it: *anak saya bernama …*, *a.n. …*, *Pak …*, *hormat saya, …*. Whose name it is
says the nearest word to its left; the words stand in `aduan/data`. Decision 9 says which names stay readable.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from aduan.masking_lexicon import load_lexicon
from aduan.masking_numbers import Found

CHILD: Final = "child_name"
PRIVATE: Final = "person_name"
OFFICIAL: Final = "official_name"
"""Found, but not masked: the office must know of whom the complaint speaks."""

_WORDS: Final = load_lexicon()
_LISTED: Final = _WORDS.names | _WORDS.ambiguous
_NOT_NAMES: Final = _WORDS.not_names - _LISTED
_NO_START: Final = (
    _NOT_NAMES | _WORDS.child | _WORDS.deeds | _WORDS.official | _WORDS.private | _WORDS.address | _WORDS.links
    | _WORDS.qualifiers
) - _LISTED  # fmt: skip
_ROLES: Final[dict[str, str]] = {
    **dict.fromkeys(_WORDS.private, PRIVATE),
    **dict.fromkeys(_WORDS.official, OFFICIAL),
    **dict.fromkeys(_WORDS.deeds, CHILD),
    **dict.fromkeys(_WORDS.child, CHILD),
}
_ANY_WORD: Final = frozenset({"bernama", "namanya", "namaku"})
"""After these even a word in small letters that no list knows is a name."""
_LONE: Final = frozenset({"i", "m", "r", "h", "ni", "la", "cut", "nur", "siti", "sri", "a"})
"""Titles that are other things too: they alone announce nobody."""
_OWN: Final = frozenset({"saya", "aku", "namaku"})
_SURE: Final = frozenset(
    {"kepsek", "kepseknya", "pelaku", "pelakunya", "terlapor", "bendahara", "rektor", "dekan", "sekolah"}
)
"""Officials after whose office any word with a capital is a name; after others only a listed one."""
_PLACE_BEFORE: Final = frozenset(
    [
        "jl",
        "jln",
        "jalan",
        "gg",
        "gang",
        "sd",
        "sdn",
        "sdit",
        "smp",
        "smpn",
        "sma",
        "sman",
        "smk",
        "smkn",
        "slb",
        "tk",
        "paud",
        "mi",
        "mts",
        "ma",
        "min",
        "mtsn",
        "man",
        "pkbm",
        "masjid",
        "mushola",
        "musholla",
        "gereja",
        "pura",
        "pondok",
        "pesantren",
        "ponpes",
        "yayasan",
        "universitas",
        "univ",
        "institut",
        "stkip",
        "stie",
        "politeknik",
        "kampus",
        "rs",
        "rsud",
        "rsu",
        "klinik",
        "bandara",
        "stadion",
        "taman",
        "museum",
        "desa",
        "dusun",
        "kampung",
        "kelurahan",
        "kecamatan",
        "kec",
        "kel",
        "kab",
        "kabupaten",
        "kota",
        "pulau",
        "gunung",
        "sungai",
        "danau",
        "pantai",
        "pasar",
        "perum",
        "toko",
        "cv",
        "pt",
        "hotel",
        "gedung",
        "aula",
        "lapangan",
        "jembatan",
        "terminal",
        "stasiun",
        "bukit",
        "raya",
        "letjen",
        "jenderal",
        "jend",
        "sultan",
        "pangeran",
        "raja",
        "presiden",
        "marga",
        "suku",
        "hari",
        "bulan",
        "lembaga",
        "sekolah",
        "madrasah",
    ]
)
_GATE: Final = _WORDS.names | _ANY_WORD | {"ananda"}
_PAIR_GATE: Final = (
    _WORDS.address
    | _WORDS.child
    | _SURE
    | {"nama", "an", "n", "sdr", "sdri", "pelapor", "hormat", "diri", "lengkapnya"}
)
_AFTER_PAIR: Final = _PAIR_GATE | {"saya", "kami"}
_ABBREVIATES: Final = frozenset({".", "/"})
_SHORT_FORMS: Final = frozenset({"an", "a", "n", "sdr", "sdri", "bpk"})
_TOKEN: Final = re.compile(r"[^\W\d_]++(?:['’][^\W\d_]++)*+")

_REACH: Final = 7
"""How many words to the left of a name are looked at."""
_LONGEST: Final = 5
"""A name has at most so many words."""
_LONGEST_GAP: Final = 6
_ACRONYM: Final = 5
_INITIAL: Final = 1
_SHORTEST: Final = 3
_TAIL: Final = 80
"""A name that stands alone so near the end of a text is a signature."""
_MOST: Final = 10_000
"""Only so many words of one text are read for names, so that the work stays bounded."""
_JOINTS: Final = frozenset({"", ":", ",", "(", '"', "'", "“", "-", "–", "=", "/", ":-", ";", "*"})
_DOTTED: Final = frozenset({".", ".:", ".,", ". ,"})
_DEGREES: Final = re.compile(
    r"(?:,? {0,2}(?:S|M|A|Dr|Drs)\.? ?(?:Pd|Ag|Si|Kom|E|H|Sos|T|Hum|Psi|Kes|Ma|IP|Farm|Ked)\b(?:\.?(?:I|SD)\b)?\.?){1,3}+"
)
_CHILD_AFTER: Final = re.compile(
    r"[\s,(\-–]{0,4}+(?:(?:yg |yang )?(?:kelas|kls|umur|usia|umurnya|berusia|berumur)\b|nisn\b|(?:sdn?|smpn?|sman?|smkn?|tk|mts|paud|siswa|"
    r"siswi|murid)\b|\d{1,2} ?(?:th|thn|tahun)\b|\(\d{1,2}\))",
    re.IGNORECASE,
)
_CLOSING: Final = re.compile(r"\b(?:hormat|wassalam\w*|salam|ttd|sekian)\b[^\n]{0,40}\n", re.IGNORECASE)
_AGED: Final = re.compile(r"[\s,(]{0,3}+(?:kelas|kls|umur|usia|\d{1,2} ?(?:th|thn|tahun)\b)", re.IGNORECASE)
_NISN_BEFORE: Final = re.compile(r"\bnisn\b", re.IGNORECASE)
_MASKED: Final = re.compile(r"\[[A-Za-z ]{2,10}\]")
_VERB_STARTS: Final = ("di", "me", "ber", "ter", "ke", "pe")
_INITIALS: Final = re.compile(r"[A-Z]\.(?: ?[A-Z]\.){0,3}(?: ?[A-Z]\b)?")


class _Token(NamedTuple):
    start: int
    end: int
    text: str
    lower: str

    @property
    def is_capital(self) -> bool:
        return self.text[0].isupper()

    @property
    def shouts(self) -> bool:
        return len(self.text) > _INITIAL and self.text.isupper()


class _Said(NamedTuple):
    """What stands to the left of a name."""

    role: str | None
    word: str
    naming: bool
    address: int | None
    """Where the form of address starts that stands directly before."""


def name_spans(text: str, words: Sequence[str], holes: Sequence[Found]) -> list[Found]:
    """The names outside the holes (what is masked already), ordered: child_name, person_name or official_name.

    The words are the text's, as `words_of` cuts it.
    """
    if not _may_name(text, words):
        return []
    tokens = [
        _Token(match.start(), match.end(), match[0], match[0].lower())
        for match, _ in zip(_TOKEN.finditer(text), range(_MOST), strict=False)
    ]
    free = _free(text, tokens, holes)
    found = _Names(text, tokens, free).all()
    return _again(tokens, free, found) if found else found


def words_of(text: str) -> list[str]:
    """The text cut at spaces and at the marks that most often touch a name: cheap, for a first look."""
    return (
        text.replace(".", " . ").replace(",", " ").replace(":", " ").replace('"', " ").replace("(", " ").replace(")", " ")
        .replace("/", " / ").split()
    )  # fmt: skip


def _may_name(text: str, words: Sequence[str]) -> bool:
    """Whether it is worth looking closely; most texts name nobody."""
    if not _GATE.isdisjoint(words):
        return True
    if _PAIR_GATE.isdisjoint(words):
        return False
    written = words_of(text)
    for at, before in enumerate(words[:-1], 1):
        if before in _AFTER_PAIR:
            word = written[at] if at < len(written) else ""
            if word in _ABBREVIATES and at + 1 < len(written):
                word = written[at + 1] if before in _SHORT_FORMS else ""
            if (
                word[:1].isupper()
                and words[at] not in _NO_START
                and not (word.isupper() and before not in _WORDS.naming)
            ):
                return True
    return False


def _free(text: str, tokens: Sequence[_Token], holes: Sequence[Found]) -> list[bool]:
    """Per token, whether it is neither in a hole nor part of what a mask left behind, as in `[nama]`."""
    shut = [(start, end) for start, end, _ in holes]
    if "[" in text:
        shut = sorted([*shut, *(match.span() for match in _MASKED.finditer(text))])
    free, at = [], 0
    for token in tokens:
        while at < len(shut) and shut[at][1] <= token.start:
            at += 1
        free.append(at == len(shut) or token.end <= shut[at][0])
    return free


class _Names:
    """One text under reading, left to right."""

    def __init__(self, text: str, tokens: Sequence[_Token], free: Sequence[bool]) -> None:
        self._text = text
        self._tokens = tokens
        self._free = free
        self._last: Found | None = None

    def all(self) -> list[Found]:
        """Every name that its surroundings announce."""
        found: list[Found] = []
        at = 0
        while at < len(self._tokens):
            after = self._name(at) if self._free[at] else 0
            if after and self._last is not None:
                found.append(self._last)
            at = max(after, at + 1)
        return found

    def _name(self, at: int) -> int:
        """Index after the name that starts at this token, which becomes the last one; 0 without one."""
        token = self._tokens[at]
        listed = token.lower in _LISTED
        if not (token.is_capital or token.lower in _WORDS.names or (at and self._tokens[at - 1].lower in _ANY_WORD)):
            return 0
        if token.lower in _NO_START or (len(token.text) == _INITIAL and token.lower not in _WORDS.titles):
            return self._initials(at)
        titled = self._titled(at)
        if token.lower in _WORDS.titles and not listed and not titled:
            return 0
        said = self._said(at)
        if not self._counts(at, said, titled):
            return 0
        after = self._chain(at)
        end = self._end(after)
        kind = self._kind(at, after, end, said, titled)
        if kind is None:
            return 0
        self._last = (token.start if said.address is None else said.address, end, kind)
        return self._index(after, end)

    def _counts(self, at: int, said: _Said, titled: bool) -> bool:
        """Whether what announces the name is strong enough for what the word is."""
        token = self._tokens[at]
        small = not token.is_capital or (token.shouts and at > 0 and self._tokens[at - 1].shouts)
        if token.lower in _WORDS.names or titled:
            return said.role is not None or said.address is not None or said.naming or token.is_capital
        if token.lower in _WORDS.ambiguous:
            return said.naming or (not small and (said.role is not None or said.address is not None))
        if token.shouts and len(token.text) <= _ACRONYM and not said.naming:
            return False
        if said.naming:
            return token.is_capital or (said.word in _ANY_WORD and self._may_be_unlisted(token, said))
        if small or len(token.text) < _SHORTEST or token.lower in _WORDS.places:
            return False
        if said.address is not None:
            return True
        before = self._tokens[at - 1]
        if before.is_capital or "," in self._text[before.end : token.start]:
            return False
        return (said.role == CHILD and said.word not in _WORDS.deeds) or (
            said.role == OFFICIAL and before.lower in _SURE
        )

    @staticmethod
    def _may_be_unlisted(token: _Token, said: _Said) -> bool:
        """*anak saya bernama tegas*, but not *gurunya bernama dilaporkan* nor *namanya sama*."""
        return said.role is not None and len(token.text) >= _SHORTEST and not token.lower.startswith(_VERB_STARTS)

    def _kind(self, at: int, after: int, end: int, said: _Said, titled: bool) -> str | None:
        """Whose name it is; None when nothing says that it is one."""
        role = said.role
        if said.address is not None:
            return PRIVATE if role in (CHILD, PRIVATE) and said.word not in _WORDS.deeds else OFFICIAL
        if role in (CHILD, OFFICIAL):
            return role
        if role == PRIVATE or said.naming:
            is_child = _CHILD_AFTER.match(self._text, end) or _NISN_BEFORE.search(
                self._text, max(0, self._tokens[at].start - _TAIL // 2), self._tokens[at].start
            )
            return CHILD if is_child else PRIVATE
        return self._unannounced(at, after, end, titled)

    def _unannounced(self, at: int, after: int, end: int, titled: bool) -> str | None:
        token = self._tokens[at]
        if any(one.lower in _PLACE_BEFORE for one in self._tokens[max(0, at - 3) : at]):
            return None
        if _AGED.match(self._text, end):
            return CHILD
        if _CLOSING.search(self._text, max(0, token.start - _TAIL), token.start) and len(self._text) - end < _TAIL:
            return PRIVATE
        if titled and token.lower not in _LONE:
            return OFFICIAL
        if self._last is not None and self._text[self._last[1] : token.start].strip(" ,") in (
            "",
            "dan",
            "dn",
            "dgn",
            "sama",
            "&",
        ):
            return self._last[2]
        rest = self._text[end:].strip(" .\n\t")
        if (
            not rest
            and len(self._text) - token.start < _TAIL
            and "\n" in self._text[max(0, token.start - 3) : token.start]
        ):
            return PRIVATE
        return OFFICIAL if after - at > 1 and not token.shouts else None

    def _said(self, at: int) -> _Said:
        """What the words to the left announce, as far as they hang together."""
        naming = own = parent = False
        address, word = None, ""
        for here in range(at - 1, max(-1, at - 1 - _REACH), -1):
            token = self._tokens[here]
            if not self._free[here] or not self._joined(here):
                break
            low = self._word(here)
            word = word or low
            naming = naming or low in _WORDS.naming
            own = own or low in _OWN
            if parent:
                role = CHILD if low in _WORDS.adult else None
                return _Said(role, word, naming, address)
            if low == "dari":
                parent = True
            elif low in _WORDS.address and not (token.text == "BPK"):
                address = token.start if here == at - 1 else address
            elif low in _ROLES and low not in _WORDS.links:
                return _Said(self._adult(here, _ROLES[low]), word, naming, address)
            elif low not in _WORDS.links and low not in _WORDS.qualifiers and low != "a":
                break
        return _Said(PRIVATE if own else None, word, naming, address)

    def _word(self, at: int) -> str:
        """The word in small letters; `an` for a.n. and a/n, and nothing for the end of a word like *kos2an*."""
        token = self._tokens[at]
        if token.lower == "n" and at and self._tokens[at - 1].lower == "a":
            return "an"
        before = self._text[token.start - 1 : token.start]
        return "" if token.lower == "an" and (before.isdigit() or before == "-") else token.lower

    def _adult(self, at: int, role: str) -> str:
        """*wali murid*, *ibu siswa*: the adult that belongs to a child."""
        if role != CHILD or at == 0 or self._tokens[at].lower in _WORDS.deeds:
            return role
        before = self._tokens[at - 1].lower
        return PRIVATE if before in _WORDS.adult and before != "anak" else role

    def _joined(self, at: int) -> bool:
        """Whether nothing ends between this word and the next one."""
        token = self._tokens[at]
        gap = self._text[token.end : self._tokens[at + 1].start]
        if gap == " ":
            return True
        if len(gap) > _LONGEST_GAP:
            return False
        bare = gap.strip()
        if "\n" in gap:
            return bare in (",", ":", "") and (token.lower in _WORDS.private or token.lower == "kami")
        if bare in _DOTTED:
            return token.lower in _WORDS.titles or token.lower in _SHORT_FORMS
        return bare in _JOINTS or (token.lower == "kelas" and bare.isdigit())

    def _titled(self, at: int) -> bool:
        """*Drs. H. …*, *I Made …*: a title and a name after it."""
        here = at
        while (
            here + 1 < len(self._tokens)
            and here - at < _LONGEST
            and self._tokens[here].lower in _WORDS.titles
            and self._tokens[here].is_capital
            and self._text[self._tokens[here].end : self._tokens[here + 1].start] in (" ", ". ", ".")
        ):
            here += 1
        name = self._tokens[here]
        return here > at and name.is_capital and name.lower not in _NO_START and len(name.text) > _INITIAL

    def _chain(self, at: int) -> int:
        """Index after the last word of the name."""
        first, here = self._tokens[at], at
        while here + 1 < len(self._tokens) and here + 1 - at < _LONGEST and self._free[here + 1]:
            token, gap = self._tokens[here + 1], self._text[self._tokens[here].end : self._tokens[here + 1].start]
            abbreviated = self._tokens[here].lower in _WORDS.titles or len(self._tokens[here].text) == _INITIAL
            if not (gap in (" ", "-") or (abbreviated and gap in (".", ". "))):
                break
            if not self._continues(first, token, here - at + 1):
                break
            here += 1
        return here + 1

    def _continues(self, first: _Token, token: _Token, length: int) -> bool:
        if token.lower in ("bin", "binti"):
            return True
        if token.lower in _NOT_NAMES or (token.lower in _NO_START and token.lower not in _WORDS.titles):
            return False
        if token.lower in _LISTED:
            return token.is_capital or (not first.is_capital and token.lower in _WORDS.names)
        if not token.is_capital or (token.shouts and not first.shouts and len(token.text) <= _ACRONYM):
            return False
        if set(token.text) <= set("IVX"):
            return False
        if token.shouts and first.shouts:
            return length < 2 or self._tokens[0].text.istitle()
        return token.lower not in _WORDS.places

    def _end(self, after: int) -> int:
        """Where the name ends with its academic degrees."""
        last = self._tokens[after - 1]
        degrees = _DEGREES.match(self._text, last.end)
        if degrees is not None:
            return degrees.end()
        return last.end + (len(last.text) == _INITIAL and self._text[last.end : last.end + 1] == ".")

    def _initials(self, at: int) -> int:
        """*korban: A.S.*, *siswa (AN, 9 th)*: the initials of a child."""
        token = self._tokens[at]
        if len(token.text) > _SHORTEST or not token.text.isupper():
            return 0
        initials = _INITIALS.match(self._text, token.start)
        if initials is None or len(initials[0]) <= _SHORTEST - 1 or self._said(at).role != CHILD:
            return 0
        self._last = (token.start, initials.end(), CHILD)
        return self._index(at + 1, initials.end())

    def _index(self, at: int, end: int) -> int:
        """Index of the first token from `at` on that starts at or after `end`."""
        while at < len(self._tokens) and self._tokens[at].start < end:
            at += 1
        return at


def _again(tokens: Sequence[_Token], free: Sequence[bool], found: list[Found]) -> list[Found]:
    """The names found, and every other place where a masked one is said again."""
    owners = _owners(tokens, found)
    kinds: dict[str, str] = {}
    for token, owner in zip(tokens, owners, strict=True):
        if owner is not None and owner[2] != OFFICIAL and _is_telling(token):
            kinds.setdefault(token.lower, owner[2])
    if not kinds:
        return found
    spans = {span[0]: span for span in found}
    for token, owner, is_free in zip(tokens, owners, free, strict=True):
        if is_free and token.is_capital and token.lower in kinds:
            if owner is None:
                spans[token.start] = (token.start, token.end, kinds[token.lower])
            elif owner[2] == OFFICIAL and token.lower in _WORDS.names and spans[owner[0]][2] == OFFICIAL:
                spans[owner[0]] = (owner[0], owner[1], kinds[token.lower])
    return sorted(spans.values())


def _owners(tokens: Sequence[_Token], found: Sequence[Found]) -> list[Found | None]:
    """Per token the name that it belongs to."""
    owners: list[Found | None] = []
    at = 0
    for token in tokens:
        while at < len(found) and found[at][1] <= token.start:
            at += 1
        owners.append(found[at] if at < len(found) and found[at][0] <= token.start else None)
    return owners


def _is_telling(token: _Token) -> bool:
    """Whether the word alone points at the person."""
    is_form = token.lower in _WORDS.address or (token.lower in _WORDS.titles and token.lower not in _WORDS.names)
    return token.is_capital and len(token.text) >= _SHORTEST and not is_form
