"""What the words to the left of a name say about whose it is, for `aduan.masking_names`. Pure."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from aduan.masking_lexicon import load_lexicon

CHILD: Final = "child_name"
PRIVATE: Final = "person_name"
OFFICIAL: Final = "official_name"
"""Found, but not masked: the office must know of whom the complaint speaks."""

WORDS: Final = load_lexicon()
ANY_WORD: Final = frozenset({"bernama", "namanya", "namaku"})
"""After these even a word in small letters that no list knows can be a name."""
OWN: Final = frozenset({"saya", "sy", "aku", "namaku", "kulo", "kula", "beta", "tiang", "ambo", "gue", "sa"})
SHORT_FORMS: Final = frozenset({"an", "a", "n", "sdr", "sdri", "bpk", "bp", "alm", "almh"})
"""A point after these ends no sentence."""
INITIAL: Final = 1
_ROLES: Final[dict[str, str]] = {
    **dict.fromkeys(WORDS.private, PRIVATE),
    **dict.fromkeys(WORDS.official, OFFICIAL),
    **dict.fromkeys(WORDS.deeds, CHILD),
    **dict.fromkeys(WORDS.child, CHILD),
}
_REACH: Final = 7
"""How many words to the left of a name are looked at."""
_LONGEST_GAP: Final = 6
_JOINTS: Final = frozenset({"", ":", ",", "(", '"', "'", "“", "-", "–", "=", "/", ":-", ";", "*"})
_DOTTED: Final = frozenset({".", ".:", ".,", ". ,"})
_FIRST_ITEM: Final = re.compile(r"[:,;]?\s*\(?1[.)]")
"""Before the first of a list: *korban: 1. …*."""
_STAFF: Final = frozenset({"guru", "dosen", "pegawai", "staf", "tutor", "pengajar", "penjaga", "operator", "petugas"})
_PARENT_OF: Final = frozenset({"ibunya", "ayahnya", "bapaknya", "mamanya", "mamaknya"})
_SELF: Final = OWN | {"ini"}
"""*saya … ibunya Alya* says whose mother writes; *ibunya Rosita* alone what the mother is called."""
_LISTING: Final = frozenset({"an", "n", "atas"})
"""*guru honorer a.n. …*: whom an allowance or a paper is about, not whom someone accuses."""
_SCHOOLS: Final = frozenset({"sd", "sdn", "smp", "smpn", "sma", "sman", "smk", "smkn", "mi", "mts", "ma", "tk"})
_ROMAN: Final = frozenset("ivx")


class Token(NamedTuple):
    """A word of the text, with its letters made small."""

    start: int
    end: int
    text: str
    lower: str

    @property
    def is_capital(self) -> bool:
        """Whether it begins with a capital."""
        return self.text[0].isupper()

    @property
    def shouts(self) -> bool:
        """Whether it is more than an initial, all in capitals."""
        return len(self.text) > INITIAL and self.text.isupper()


class Said(NamedTuple):
    """What stands to the left of a name."""

    role: str | None
    word: str
    """The nearest word."""
    naming: bool
    address: int | None
    """Where the form of address starts that stands directly before."""


def said_before(text: str, tokens: Sequence[Token], at: int) -> Said:
    """What the words to the left of this token announce, as far as they hang together."""
    naming = own = parent = False
    address, word = None, ""
    for here in range(at - 1, max(-1, at - 1 - _REACH), -1):
        token = tokens[here]
        is_cut = here < at - 1 and "," in text[token.end : tokens[here + 1].start] and tokens[here + 1].lower != "sebut"
        if is_cut or not _joined(text, tokens, here):
            break
        low = _word(text, tokens, here)
        word = word or low
        naming = (
            naming or low in WORDS.naming or (low in WORDS.private and ":" in text[token.end : tokens[here + 1].start])
        )
        own = own or low in OWN
        if parent:
            return Said(CHILD if low in WORDS.adult else None, word, naming, address)
        parent = low == "dari"
        if low in WORDS.address and token.text != "BPK":
            address = token.start if here == at - 1 else address
        elif low in WORDS.addressees and word in OWN:
            break
        elif low in _ROLES and low not in WORDS.links:
            return Said(_role(text, tokens, here, address), word, naming, address)
        elif not (parent or _may_stand_between(token, low, naming=naming)):
            break
    return Said(PRIVATE if own else None, word, naming, address)


def _may_stand_between(token: Token, low: str, *, naming: bool) -> bool:
    """Whether this word may stand between a name and what announces it."""
    if low in WORDS.links or low in WORDS.qualifiers or low == "a" or _ROMAN.issuperset(low):
        return True
    is_small_title = low in WORDS.titles and not token.is_capital
    return is_small_title or (naming and low in _SCHOOLS)  # kepala sekolah SDN 4 bernama …


def _role(text: str, tokens: Sequence[Token], at: int, address: int | None) -> str:
    """Whose name this word announces; *wali murid*, *ibu siswa* announce the adult that belongs to a child."""
    word = tokens[at].lower
    if word in WORDS.deeds:
        return CHILD if address is None else OFFICIAL
    if word in WORDS.child and at and tokens[at - 1].lower in WORDS.adult:
        return PRIVATE if text[tokens[at - 1].end : tokens[at].start] == " " else CHILD
    if word in _PARENT_OF and not _SELF.isdisjoint(token.lower for token in tokens[max(0, at - 3) : at]):
        return CHILD
    if word == "wali" and tokens[at + 1].lower == "kelas":
        return OFFICIAL
    is_own = at and tokens[at - 1].lower in OWN and text[tokens[at - 1].end] == " "  # saya guru honorer bernama …
    is_own = is_own or any(token.lower == "mewakili" for token in tokens[max(0, at - 4) : at])
    is_listed = word in _STAFF and not _LISTING.isdisjoint(token.lower for token in tokens[at + 1 : at + _REACH])
    return PRIVATE if _ROLES[word] == OFFICIAL and (is_own or is_listed) else _ROLES[word]


def _word(text: str, tokens: Sequence[Token], at: int) -> str:
    """The word in small letters; `an` for a.n. and a/n, and nothing for the end of a word like *kos2an*."""
    token = tokens[at]
    if token.lower == "n" and at and tokens[at - 1].lower == "a":
        return "an"
    before = text[token.start - 1 : token.start]
    return "" if token.lower == "an" and (before.isdigit() or before == "-") else token.lower


def _joined(text: str, tokens: Sequence[Token], at: int) -> bool:
    """Whether nothing ends between this word and the next one."""
    token = tokens[at]
    gap = text[token.end : tokens[at + 1].start]
    if gap == " ":
        return True
    if len(gap) > _LONGEST_GAP:
        return False
    bare = gap.strip()
    if _FIRST_ITEM.fullmatch(bare):
        return True
    if "\n" in gap:
        return bare in (",", ":", "") and (token.lower in WORDS.private or token.lower == "kami")
    if bare in _DOTTED:
        return token.lower in WORDS.titles or token.lower in SHORT_FORMS
    return bare in _JOINTS or (bare.isdigit() and (token.lower == "kelas" or token.lower in _SCHOOLS))
