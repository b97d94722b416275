"""Raw complaint text to comparable words: what every rule looks at. Slang, spelling and affixes are undone here."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final, TypeVar

T = TypeVar("T")

MAX_CHARS: Final = 20_000
"""What is looked at of one complaint; a longer one also shows its last `TAIL_CHARS`."""
TAIL_CHARS: Final = 4_000
LONGEST_WORD: Final = 32
"""Longer runs are base64, hashes or one key held down; no Indonesian word is that long."""
NUMBER: Final = "#"

_NOISE: Final = (
    ("<", re.compile(r"<[a-z/!][^<>]{0,300}>")),
    ("://", re.compile(r"https?://[^\s<>]{1,500}")),
    ("www.", re.compile(r"www\.[^\s<>]{1,500}")),
    ("@", re.compile(r"[\w.+-]{1,64}@[\w.-]{1,64}")),
    ("&", re.compile(r"&[a-z]{2,6};")),
    ("\\", re.compile(r"\\[nrt]")),
)
"""Markup and addresses, each with a sign that it can't be without: most texts hold none of them."""
_WORD: Final = re.compile(r"[a-z0-9]+")
_APART: Final = bytes(code if _WORD.match(chr(code)) and code < 128 else ord(" ") for code in range(256))  # noqa: PLR2004
"""Bytes with a space for all that is in no word: cutting there is twice as fast as finding the words one by one."""
_SPELLED: Final = re.compile(r"\b[a-z](?:[ .*-][a-z]\b){4,}")
"""A word that is spelled out: d i p u k u l."""
_LONE_VOWELS: Final = frozenset("aiueo")
"""Words that every word that is spelled out has among its letters."""
_REPEATED: Final = re.compile(r"(.)\1{2,}")
_UNACCENT: Final = {
    **dict(zip("àáâãäåçèéêëìíîïñòóôõöùúûüýÿ", "aaaaaaceeeeiiiinooooouuuuyy", strict=True)),
    **dict.fromkeys("’‘ʼ`\u00ad\u200b\u200c\u200d\ufeff", ""),
}
_ACCENTED: Final = re.compile(f"[{''.join(_UNACCENT)}]")
"""A text of emoji has none of them; `str.translate` would look at each of its letters."""
_LEET: Final = str.maketrans("013457", "oieast")
_SUFFIXES: Final = ("nya", "nye", "ne", "lah", "kah", "pun", "ku", "mu", "kan", "an", "in", "i")
_SWALLOWED: Final = {"p": "mem", "t": "men", "k": "meng", "s": "meny"}
_PREFIXED: Final = {
    **dict.fromkeys("bfv", "mem"),
    **dict.fromkeys("dcjz", "men"),
    **dict.fromkeys("ghaiueo", "meng"),
}


def surface_words(text: str) -> list[str]:
    """Lower-case words in order, without markup, addresses and runs longer than `LONGEST_WORD`. Linear time."""
    if len(text) > MAX_CHARS:
        text = f"{text[:MAX_CHARS]} {text[-TAIL_CHARS:]}"
    text = text.lower().replace("'", "")
    if not text.isascii():
        text = _ACCENTED.sub(lambda found: _UNACCENT[found[0]], text)
    for sign, noise in _NOISE:
        if sign in text:
            text = noise.sub(" ", text)
    words = text.encode("ascii", "replace").translate(_APART).decode().split()
    if not _LONE_VOWELS.isdisjoint(words):
        words = _WORD.findall(_SPELLED.sub(lambda spelled: "".join(_WORD.findall(spelled[0])), text))
    if len(text) > LONGEST_WORD and max(map(len, words), default=0) > LONGEST_WORD:
        return [word for word in words if len(word) <= LONGEST_WORD]
    return words


class Remembered(dict[str, T]):
    """What `make` answers to a word, kept for so many words; it begins anew when it is full.

    To be asked by `[word]`, which for a word that it knows costs no call. Answers never change.
    """

    def __init__(self, make: Callable[[str], T], most: int) -> None:
        self._make = make
        self._most = most

    def __missing__(self, word: str) -> T:
        if len(self) >= self._most:
            self.clear()
        answer = self[word] = self._make(word)
        return answer


def make_normaliser(
    slang: Mapping[str, str],
    roots: Collection[str],
    known: Collection[str],
    cache_size: int = 32_768,
    *,
    misspelt: Collection[str] = (),
) -> Callable[[str], tuple[str, ...]]:
    """A function from one surface word to its comparable words (none for a filler word).

    `slang` maps a spelling to what it stands for (several words, or nothing); the forms of a root map to the root;
    `known` words are left as they are. Forms of the `misspelt` roots are also known with a letter missing or two
    neighbours swapped, where that is no other known word. Its cache is bounded by `cache_size` words.
    """
    forms = {form: root for root in roots for form in forms_of(root)}
    forms.update((root, root) for root in roots)
    vocabulary = frozenset(known) | forms.keys() | slang.keys()
    slips = {slip: form for root in misspelt for form in (root, *sorted(forms_of(root))) for slip in _slips(form)}

    def settle(word: str) -> tuple[str, ...]:
        meant = slang.get(word)
        if meant is not None:
            return tuple(forms.get(part, part) for part in meant.split())
        return (forms.get(word, word),)

    def normalised(word: str) -> tuple[str, ...]:
        if word.isdigit() and (len(word) < 3 or word not in vocabulary):  # noqa: PLR2004 - 177 is a name, 10 is not
            return (NUMBER,)
        if word in vocabulary:
            return settle(word)
        for candidate in _respellings(word):
            if candidate in vocabulary:
                return settle(candidate)
        meant = slips.get(word)
        return settle(meant) if meant is not None else (word,)

    return Remembered(normalised, cache_size).__getitem__


def _slips(form: str) -> Iterator[str]:
    """A form with one letter missing (not the first), or two neighbours swapped; short ones are other words."""
    if len(form) < 7:  # noqa: PLR2004
        return
    for at in range(1, len(form)):
        yield form[:at] + form[at + 1 :]
        yield form[: at - 1] + form[at] + form[at - 1] + form[at + 1 :]


def _respellings(word: str) -> list[str]:
    """Other spellings of an unknown word, likeliest first: repeats, reduplication, affixes, pasted line breaks."""
    found = []
    bases = [word]
    single, double = _REPEATED.sub(r"\1", word), _REPEATED.sub(r"\1\1", word)
    if single != word:
        bases = [single, double]
    if any(letter.isdigit() for letter in word):
        letters = word.rstrip("0123456789")
        front = word.lstrip("0123456789")
        bases += [letters, word.translate(_LEET), front]
        if word.startswith("rp") or front in {"jt", "juta", "rb", "ribu", "k", "rbu", "jtan", "ribuan", "jutaan"}:
            bases.append("rp")
    for base in bases:
        found.append(base)
        found.extend(base[: -len(end)] for end in _SUFFIXES if base.endswith(end) and len(base) - len(end) > _kept(end))
        if len(base) > 5:  # noqa: PLR2004 - shorter ones are other words
            found.extend(base[len(start) :] for start in ("di", "ke", "ter", "se") if base.startswith(start))
    if word[0] == "n" and len(word) > 3:  # noqa: PLR2004 - "\n" that lost its backslash: nmohon
        found.append(word[1:])
    return found


def _kept(end: str) -> int:
    """-nya stands behind anything (ktp-nya); other endings of a short word are part of it (her-an, seo-lah)."""
    return 2 if end == "nya" else 3


def forms_of(root: str) -> set[str]:
    """The usual inflected forms of an Indonesian root, colloquial ones too: pukul gives dipukuli, memukul, mukul."""
    nasal = _nasal(root)
    stems = {start + root for start in ("", "di", "d", "ter", "ke", "ber", "se")}
    stems |= {nasal, nasal.removeprefix("me"), "pe" + nasal.removeprefix("me")}
    endings = ("", "an", "i", "kan", "in", "nya", "kannya", "annya", "inya", "lah", "kah", "ku")
    return {stem + end for stem in stems for end in endings} - {root}


def _nasal(root: str) -> str:
    """meN- with its sound change."""
    first = root[0]
    if first in _SWALLOWED:
        return _SWALLOWED[first] + root[1:]
    return _PREFIXED.get(first, "me") + root
