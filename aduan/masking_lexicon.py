"""The words that `aduan.masking_names` reads names by: `aduan/data/names.tsv` and `masking_words.yaml`, validated."""

import re
from dataclasses import dataclass, fields
from functools import cache
from typing import Final

from aduan.datafiles import load_rows, load_yaml
from schemas.errors import SettingsError

NAMES_FILE: Final = "names.tsv"
WORDS_FILE: Final = "masking_words.yaml"
ORDINARY_FILE: Final = "ordinary_words.tsv"
REGIONS_FILE: Final = "regions.tsv"
_REGION_COLUMNS: Final = 5
_NAME: Final = re.compile(r"[^\W\d_]+")
_KINDS: Final = ("name", "word")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What each list means stands in the data file."""

    names: frozenset[str]
    """Hardly ever anything else than a name."""
    ambiguous: frozenset[str]
    """Names that are ordinary words too: they need a word before them that announces a name."""
    ordinary: frozenset[str]
    """Words that no name begins with, though they have a capital, unless *bernama* or *namanya* stands before."""
    child: frozenset[str]
    deeds: frozenset[str]
    official: frozenset[str]
    addressees: frozenset[str]
    private: frozenset[str]
    adult: frozenset[str]
    address: frozenset[str]
    links: frozenset[str]
    qualifiers: frozenset[str]
    naming: frozenset[str]
    sure: frozenset[str]
    places: frozenset[str]
    titles: frozenset[str]
    not_names: frozenset[str]
    streets: frozenset[str]
    hamlets: frozenset[str]
    numbered: frozenset[str]
    villages: frozenset[str]
    districts: frozenset[str]
    beyond: frozenset[str]
    homes: frozenset[str]
    ranks: frozenset[str]
    regions: frozenset[str]
    """Names of provinces, kabupaten and kota that are one word."""


_OF_OTHER_FILES: Final = ("names", "ambiguous", "ordinary", "regions")
_LISTS: Final = [field.name for field in fields(Lexicon) if field.name not in _OF_OTHER_FILES]


@cache
def load_lexicon() -> Lexicon:
    """Both files; SettingsError names the file and the line or list that is wrong."""
    kinds: dict[str, str] = {}
    for name, kind in load_rows(NAMES_FILE, 2):
        if kind not in _KINDS or _NAME.fullmatch(name) is None or name != name.lower():
            raise SettingsError(f"aduan/data/{NAMES_FILE}, {name}: must be one lower-case word and name or word")
        if name in kinds:
            raise SettingsError(f"aduan/data/{NAMES_FILE}, {name}: stands twice")
        kinds[name] = kind
    return Lexicon(
        names=frozenset(name for name, kind in kinds.items() if kind == "name"),
        ambiguous=frozenset(name for name, kind in kinds.items() if kind == "word"),
        ordinary=frozenset(word for (word,) in load_rows(ORDINARY_FILE, 1)) - kinds.keys(),
        regions=_regions() - kinds.keys(),
        **_lists(),
    )


def _regions() -> frozenset[str]:
    names = (row[2].lower() for row in load_rows(REGIONS_FILE, _REGION_COLUMNS))
    short = (name.removeprefix("kabupaten ").removeprefix("kota ") for name in names)
    return frozenset(name for name in short if " " not in name)


def _lists() -> dict[str, frozenset[str]]:
    raw = load_yaml(WORDS_FILE)
    if set(raw) != set(_LISTS):
        raise SettingsError(f"aduan/data/{WORDS_FILE}: must have exactly {', '.join(_LISTS)}")
    wrong = next((name for name in _LISTS if not isinstance(raw[name], str) or raw[name] != raw[name].lower()), None)
    if wrong is not None:
        raise SettingsError(f"aduan/data/{WORDS_FILE}, {wrong}: must be lower-case words with spaces between")
    return {name: frozenset(raw[name].split()) for name in _LISTS}
