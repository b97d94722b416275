"""Names that tell a region, as a tree of words: regions, kecamatan, landmarks, and their usual misspellings."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from aduan.datafiles import load_rows, load_yaml
from aduan.phrase_tree import phrase_tree
from aduan.text import surface_words
from schemas.errors import SettingsError

REGIONS: Final = "regions.tsv"
DISTRICTS: Final = "districts.tsv"
LANDMARKS: Final = "landmarks.tsv"
CUES: Final = "places.yaml"
FAINT: Final = "~"
SHY: Final = "?"
SHORTEST_SLIP: Final = 7
"""Names of so many letters are also known with a slip in them; shorter ones are other words then."""
SHORTEST_GLUED: Final = 4
_VOWELS: Final = "aiueo"


class Cues(BaseModel):
    """Words that say of a name behind them whether it is a place, and of what kind."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    kabupaten: frozenset[str]
    kota: frozenset[str]
    kecamatan: frozenset[str]
    offices: frozenset[str]
    schools: frozenset[str]
    between: frozenset[str]
    near: frozenset[str]
    home: frozenset[str]
    streets: frozenset[str]
    never: frozenset[str]
    roads: frozenset[str]
    passing: frozenset[str]
    leaving: frozenset[str]
    arriving: frozenset[str]
    trips: frozenset[str]
    seats: frozenset[str]
    words: frozenset[str]


@dataclass(slots=True)
class Name:
    """One name and the regions that bear it. A shy one (1) is also a word, a very shy one (2) mostly a word."""

    name: str
    codes: list[str] = field(default_factory=list)
    shy: int = 0
    faint: int = 0
    """Named by the way so often (Jakarta) that any other place goes before it; how often so."""
    town: bool = False
    """Below a kabupaten: a street is named like it where it is."""


Node = tuple[Name | None, dict[str, Any]]
Tree = dict[str, Node]


@cache
def load_cues() -> Cues:
    """The words around names; read once. SettingsError names the key that is wrong."""
    try:
        return Cues.model_validate(load_yaml(CUES))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise SettingsError(f"aduan/data/{CUES}, {'.'.join(map(str, first['loc']))}: {first['msg']}") from None


@cache
def load_tree() -> Tree:
    """All names by their words; those of kecamatan that are words or borne elsewhere only behind kec, kecamatan …"""
    regions, towns, districts = _Names(REGIONS), _Names(LANDMARKS), _Names(DISTRICTS)
    codes, official = set(), set()
    for code, kind, name, _, aliases in load_rows(REGIONS, 5):
        codes.add(code)
        official.add(name.lower().removeprefix(kind).removeprefix(" administrasi").strip())
        regions.add(code, aliases)
        if kind == "provinsi":
            regions.held(name.lower().removeprefix("di "), code)  # words in front of it are looked at anyway
    for names in (towns, districts):
        for code, spellings in load_rows(names.file, 2):
            if code not in codes:
                raise SettingsError(f"aduan/data/{names.file}: {code} is no region of {REGIONS}")
            names.add(code, spellings, known=regions.names if names is towns else None)
    plain = {spelling: held for spelling, held in districts.names.items() if not held.shy}
    for held in districts.names.values():
        held.shy, held.town = 0, True
    for held in towns.names.values():
        held.town = True
    return _grown({**plain, **towns.names, **regions.names}, official, districts.names)


class _Names:
    """Names as they are gathered from a file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.names: dict[str, Name] = {}
        self._seen: set[tuple[str, str]] = set()

    def held(self, spelling: str, code: str) -> Name:
        name = self.names.setdefault(spelling, Name(spelling))
        if code not in name.codes:
            name.codes.append(code)
        return name

    def add(self, code: str, spellings: str, known: Mapping[str, Name] | None = None) -> None:
        """Keep the names of one row; SettingsError for one that stands twice, also in the file of regions."""
        for spelling in filter(None, spellings.split(";")):
            plain = spelling.lstrip(SHY + FAINT)
            where = f"aduan/data/{self.file}, {code}: '{spelling}'"
            if " ".join(surface_words(plain)) != plain.replace("-", " "):
                raise SettingsError(f"{where} is not plain lower case")
            elsewhere = (known or {}).get(plain)
            if (plain, code) in self._seen or (elsewhere is not None and code in elsewhere.codes):
                raise SettingsError(f"{where} stands twice")
            self._seen.add((plain, code))
            name = self.held(plain, code)
            name.shy = max(name.shy, spelling.count(SHY))
            name.faint = max(name.faint, spelling.count(FAINT))


def _grown(names: Mapping[str, Name], official: Collection[str], districts: Mapping[str, Name]) -> Tree:
    """The tree: names, glued ones, slips of regions' own names, and kecamatan behind their word."""
    spellings = dict(names)
    for spelling, name in names.items():
        if not name.shy:
            for slip in _slips(spelling, glued_only=spelling not in official):
                spellings.setdefault(slip, name)
    for word in load_cues().words:
        spellings.pop(word, None)
    root = phrase_tree(spellings)
    for first in {spelling.partition(" ")[0] for spelling in names}:
        alone = root[first][0]
        if len(first) >= SHORTEST_GLUED and not (alone and alone.shy) and f"di{first}" not in load_cues().words:
            root.setdefault(f"di{first}", root[first])  # dijogja
    behind = phrase_tree(districts)
    for word in load_cues().kecamatan:
        root[word] = (None, behind)
    return root


def _slips(spelling: str, *, glued_only: bool) -> Iterator[str]:
    """A long name with one letter lost, doubled or swapped, a vowel for another, or its words run together."""
    words = spelling.split()
    letters = "".join(words)
    if len(letters) < SHORTEST_SLIP or not letters.isalpha():
        return
    if len(words) > 1:
        yield letters
    if glued_only:
        return
    if len(words) == 1:
        yield from _misspelt(letters)
    if len(words) == 2:  # noqa: PLR2004
        first, second = words
        if len(second) >= SHORTEST_GLUED + 1:
            yield from (f"{first} {slip}" for slip in _misspelt(second))
        if len(first) >= SHORTEST_GLUED + 1:
            yield from (f"{slip} {second}" for slip in _misspelt(first))


def _misspelt(word: str) -> Iterable[str]:
    for at in range(1, len(word)):
        if at + 1 < len(word):
            yield word[:at] + word[at + 1 :]
        yield word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]
        yield word[: at + 1] + word[at:]
        if word[at] in _VOWELS and len(word) > SHORTEST_SLIP:
            yield from (word[:at] + vowel + word[at + 1 :] for vowel in _VOWELS if vowel != word[at])
