"""Provinces and kabupaten/kota by Kemendagri code, and finding the one that a complaint is about. Never a guess."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from aduan.datafiles import load_rows
from aduan.text import surface_words
from schemas.errors import SettingsError

ZONES: Final = {"WIB": "Asia/Jakarta", "WITA": "Asia/Makassar", "WIT": "Asia/Jayapura"}
KABUPATEN_WORDS: Final = frozenset({"kab", "kabupaten", "kbupaten", "pemkab", "bupati", "kabu"})
KOTA_WORDS: Final = frozenset({"kota", "pemkot", "walikota", "kotamadya", "kodya"})
CONTEXT_WORDS: Final = frozenset(
    {"dinas", "disdik", "disdikbud", "dikbud", "pendidikan", "kebudayaan", "dindik", "dispendik", "diknas", "kemenag",
     "smpn", "sdn", "sman", "smkn", "universitas", "bpmp", "lpmp", "cabdin", "polres", "kec", "kecamatan", "daerah",
     "prov", "provinsi", "propinsi", "wilayah", "dprd", "rsud"}
)  # fmt: skip
STREET_WORDS: Final = frozenset({"jl", "jln", "jalan", "gang", "gg", "pt", "cv", "rm", "bank", "tol"})
PLACE_WORDS: Final = frozenset(
    {"di", "dari", "asal", "se", "nang", "neng", "ing", "teng", "ka", "ti", "ri", "daerah", "sekitar"}
)
VERY_SHY: Final = 2
TOWARDS: Final = 0.4
"""Weight of a name after `ke`: a study tour goes there, the complaint comes from elsewhere."""
MAX_WORDS: Final = 6_000


@dataclass(frozen=True, slots=True)
class Region:
    """A province or a kabupaten/kota."""

    code: str
    kind: str
    name: str
    zone: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a text says about its place. `kabupaten` is None when only the province is clear."""

    provinsi: str | None = None
    kabupaten: str | None = None
    words: tuple[str, ...] = ()


@dataclass(slots=True)
class _Name:
    """One name and the regions that bear it. A shy one (1) is also a word, a very shy one (2) mostly a word."""

    name: str
    codes: list[str] = field(default_factory=list)
    shy: int = 0


_Node = tuple[_Name | None, dict[str, Any]]


@cache
def _regions() -> dict[str, Region]:
    found: dict[str, Region] = {}
    for code, kind, name, zone, _ in load_rows("regions.tsv", 5):
        if kind == "provinsi" and zone not in ZONES:
            raise SettingsError(f"aduan/data/regions.tsv, {code}: the zone must be WIB, WITA or WIT")
        if kind != "provinsi" and code[:2] not in found:
            raise SettingsError(f"aduan/data/regions.tsv, {code}: its province must stand above it")
        found[code] = Region(code, kind, name, zone or found[code[:2]].zone)
    return found


@cache
def _tree() -> dict[str, _Node]:
    names: dict[str, _Name] = {}
    for code, kind, name, _, aliases in load_rows("regions.tsv", 5):
        spellings = [alias for alias in aliases.split(";") if alias]
        if kind == "provinsi":
            spellings.append(name.lower())
        for spelling in spellings:
            plain = spelling.lstrip("?")
            held = names.setdefault(plain, _Name(plain))
            held.codes.append(code)
            held.shy = max(held.shy, len(spelling) - len(plain))
    root: dict[str, _Node] = {}
    for plain, held in names.items():
        level, words = root, plain.split()
        for number, word in enumerate(words, 1):
            old, children = level.get(word, (None, {}))
            level[word] = (held if number == len(words) else old, children)
            level = children
    return root


def provinces() -> list[Region]:
    """The 38 provinces in order of their codes."""
    return [region for region in _regions().values() if region.kind == "provinsi"]


def regencies(province: str) -> list[Region]:
    """The kabupaten and kota of a province."""
    return [region for code, region in _regions().items() if len(code) == 4 and code[:2] == province]  # noqa: PLR2004


def province_name(code: str) -> str:
    """Name of a province, or the code itself where it is unknown."""
    return _name(code, 2)


def regency_name(code: str) -> str:
    """Name of a kabupaten or kota, or the code itself where it is unknown."""
    return _name(code, 4)


def _name(code: str, digits: int) -> str:
    region = _regions().get(code)
    return region.name if region is not None and len(code) == digits else code


def is_region(code: str) -> bool:
    """Whether that is a code of a province or kabupaten/kota."""
    return code in _regions()


@cache
def zone(code: str) -> ZoneInfo:
    """Time zone of a province or kabupaten/kota; Jakarta's where the code is unknown."""
    region = _regions().get(code) or _regions().get(code[:2])
    return ZoneInfo(ZONES[region.zone if region is not None else "WIB"])


def find_region(words: Sequence[str]) -> Found:
    """The region that surface words (`aduan.text.surface_words`) name; nothing where two are named alike often.

    A name that two regions bear (Kota and Kabupaten Bandung) gives the province alone unless the text says which; a
    name that is also a word (Batu, Pati) counts only after kab, kota, dinas and the like, or beside its province.
    """
    named = _mentions(words)
    if not named:
        return Found()
    province = _best({code[:2]: weight for code, weight in _province_votes(named).items()})
    if province is None:
        return Found()
    regency_votes: dict[str, float] = {}
    spoken: list[str] = []
    for name, codes, weight, shy in named:
        inside = [code for code in codes if code[:2] == province]
        if not inside:
            continue
        if not (shy and len(spoken) == 0 and weight == 0):
            spoken.append(name)
        exact = [code for code in inside if len(code) > 2]  # noqa: PLR2004
        if len(exact) == 1:
            regency_votes[exact[0]] = regency_votes.get(exact[0], 0.0) + max(weight, 0.5)
    return Found(province, _best(regency_votes), tuple(dict.fromkeys(spoken))[:4])


_Mention = tuple[str, list[str], float, bool]


def _mentions(words: Sequence[str]) -> list[_Mention]:
    """Every name in the words: name, its regions as narrowed by kab/kota before it, weight, whether it is shy."""
    tree, found = _tree(), []
    words = words[:MAX_WORDS]
    size, at = len(words), 0
    while at < size:
        node = tree.get(words[at])
        if node is None:
            at += 1
            continue
        best, children = node
        end = step = at + 1
        while children and step < size:
            node = children.get(words[step])
            if node is None:
                break
            step += 1
            name, children = node
            if name is not None:
                best, end = name, step
        if best is not None:
            mention = _weigh(best, words[at - 1] if at else "", words[at - 2] if at > 1 else "")
            if mention is not None:
                found.append(mention)
        at = end
    return found


def _weigh(name: _Name, before: str, earlier: str) -> _Mention | None:
    if before in STREET_WORDS:
        return None
    codes = name.codes
    regions = _regions()
    kind = "kabupaten" if before in KABUPATEN_WORDS else "kota" if before in KOTA_WORDS else ""
    narrowed = [code for code in codes if regions[code].kind == kind] if kind else []
    if narrowed:
        return name.name, narrowed, 2.0, False
    if name.shy:
        near = before in CONTEXT_WORDS or bool(kind) or (before == "di" and earlier in CONTEXT_WORDS)
        near = near or (name.shy < VERY_SHY and before in PLACE_WORDS)
        return name.name, codes, 1.0 if near else 0.0, not near
    if any(len(code) == 2 for code in codes):  # noqa: PLR2004 - Aceh is a province before it is part of a name
        codes = [code for code in codes if len(code) == 2] if before not in KOTA_WORDS else codes  # noqa: PLR2004
    return name.name, codes, TOWARDS if before == "ke" else 1.0, False


def _province_votes(named: Sequence[_Mention]) -> Mapping[str, float]:
    """Votes per province. A shy name adds to a province that something else names; alone it says nothing."""
    votes: dict[str, float] = {}
    for _, codes, weight, _ in named:
        homes = {code[:2] for code in codes}
        if len(homes) == 1 and weight:
            home = homes.pop()
            votes[home] = votes.get(home, 0.0) + weight
    for _, codes, weight, _ in named:
        homes = {code[:2] for code in codes} & votes.keys()
        if weight == 0 or len({code[:2] for code in codes}) > 1:
            for home in homes:
                votes[home] += 0.5
    return votes


def _best(votes: Mapping[str, float]) -> str | None:
    """The clear winner, or None."""
    if not votes:
        return None
    ranked = sorted(votes.items(), key=lambda vote: -vote[1])
    if len(ranked) > 1 and ranked[0][1] < ranked[1][1] * 1.5:
        return None
    return ranked[0][0]


def region_code(value: str) -> str | None:
    """Code of a region given as its code or by name (a form's choice); None where it is unclear."""
    value = value.strip()
    if is_region(value):
        return value
    found = find_region(surface_words(value))
    return found.kabupaten or found.provinsi
