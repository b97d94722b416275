"""Provinces and kabupaten/kota by Kemendagri code, and finding the one that a complaint is about. Never a guess."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import compress
from typing import Final
from zoneinfo import ZoneInfo

from aduan.datafiles import load_rows
from aduan.gazetteer import Cues, Name, load_cues, load_tree
from aduan.text import surface_words
from schemas.errors import SettingsError

ZONES: Final = {"WIB": "Asia/Jakarta", "WITA": "Asia/Makassar", "WIT": "Asia/Jayapura"}
VERY_SHY: Final = 2
SURE: Final = 2.0
"""Weight of a name behind kab or kota."""
PASSING: Final = 0.4
"""Weight of a place where somebody only goes or came from: the complaint comes from elsewhere."""
HOME: Final = 1.6
"""Weight of a place where somebody is at home, or whose office it is: it goes before one that is only named."""
AT: Final = frozenset({"di", "d", "se"})
LEFT: Final = frozenset({"dari", "dr", "saking"})
SOON: Final = 8
"""Words after `pindah dari Medan` in which `ke Padang` says where they live now."""
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


NOWHERE: Final = Found()


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
        return NOWHERE
    if len(named) == 1:  # most of those that name any
        name, codes, weight = named[0]
        home = codes[0][:2]
        if not weight or (len(codes) > 1 and any(code[:2] != home for code in codes)):
            return NOWHERE
        below = [code for code in codes if len(code) > 2]  # noqa: PLR2004
        return Found(home, below[0] if len(below) == 1 else None, (name,))
    province = _best(_province_votes(named))
    if province is None:
        return NOWHERE
    regency_votes: dict[str, float] = {}
    spoken: list[str] = []
    for name, codes, weight in named:
        inside = [code for code in codes if code[:2] == province]
        if not inside:
            continue
        if spoken or weight:
            spoken.append(name)
        exact = [code for code in inside if len(code) > 2]  # noqa: PLR2004
        if len(exact) == 1:
            regency_votes[exact[0]] = regency_votes.get(exact[0], 0.0) + max(weight, 0.5)
    return Found(province, _best(regency_votes), tuple(dict.fromkeys(spoken))[:4])


_Mention = tuple[str, list[str], float]


def _mentions(words: Sequence[str]) -> list[_Mention]:
    """Every name in the words: name, its regions as narrowed by kab/kota before it, weight (0 for a shy one alone)."""
    tree, cues = load_tree(), load_cues()
    words = words[:MAX_WORDS]
    size, end, left = len(words), 0, -SOON
    found: list[_Mention] = []
    for start in compress(range(size), map(tree.__contains__, words)):
        if start < end:
            continue
        best, children = tree[words[start]]
        end = step = start + 1
        while children and step < size:
            node = children.get(words[step])
            if node is None:
                break
            step += 1
            name, children = node
            if name is not None:
                best, end = name, step
        if best is None:
            continue
        mention = _weigh(best, words, start, cues, moved=start - left < SOON)
        if mention is not None:
            found.append(mention)
            if 0 < mention[2] <= PASSING and not LEFT.isdisjoint(words[max(start - 2, 0) : start]):
                left = start
    return found


def _weigh(name: Name, words: Sequence[str], at: int, cues: Cues, *, moved: bool) -> _Mention | None:
    """What one name at a place in the words says, None where it is none of a place."""
    before = words[at - 1] if at else ""
    earlier = words[at - 2] if at > 1 else ""
    if before in cues.never:
        return None
    if (before in cues.streets and " " not in name.name) or (before in cues.roads and earlier in cues.streets):
        return (name.name, name.codes, PASSING) if name.town and not name.shy else None
    kind = "kabupaten" if before in cues.kabupaten else "kota" if before in cues.kota else ""
    if kind:
        narrowed = [code for code in name.codes if _regions()[code].kind == kind]
        if narrowed:
            passing = _passing(earlier, words[max(at - 5, 0) : at - 2], cues, moved)
            at_home = at > 2 and earlier in AT and words[at - 3] in cues.home  # noqa: PLR2004 - saya di Kabupaten Jembrana
            return name.name, narrowed, PASSING if passing else SURE * HOME if at_home else SURE
    certain = bool(kind) or before in cues.offices or before in cues.kecamatan
    near = name.shy < VERY_SHY and (before in cues.near or (moved and before in cues.passing))
    if name.shy and not (near or certain or _of_school(words, at, cues)):
        return name.name, name.codes, 0.0
    codes = name.codes
    if not kind and any(len(code) == 2 for code in codes):  # noqa: PLR2004 - a province before a part of it
        codes = [code for code in codes if len(code) == 2]  # noqa: PLR2004
    return _heard(name, codes, words, at, cues, certain=certain, moved=moved)


def _heard(
    name: Name, codes: list[str], words: Sequence[str], at: int, cues: Cues, *, certain: bool, moved: bool
) -> _Mention | None:
    """The name with its weight: whole, or faint where somebody only passes by; None for a trip's aim or ke Jakarta."""
    passing = _passing(words[at - 1] if at else "", words[max(at - 4, 0) : max(at - 1, 0)], cues, moved)
    faint = 0 if certain else name.faint
    lately = words[max(at - SOON, 0) : at] if passing or faint > 1 else ()
    seat = faint > 1 and (passing or not cues.seats.isdisjoint(lately))
    if seat or (passing and not cues.trips.isdisjoint(lately)):
        return None
    if passing or faint:
        return name.name, codes, PASSING / max(faint, 1)
    at_home = certain or (at > 1 and words[at - 1] in AT and words[at - 2] in cues.home)
    return name.name, codes, HOME if at_home else 1.0


def _of_school(words: Sequence[str], at: int, cues: Cues) -> bool:
    """Whether the name of a school stands before: SMA Batu, SD Negeri 12 Batu."""
    for back in range(at - 1, max(at - 5, -1), -1):
        word = words[back]
        if word in cues.schools:
            return True
        if not (word.isdigit() or word in cues.between):
            return word.rstrip("0123456789") in cues.schools
    return False


def _passing(before: str, earlier: Sequence[str], cues: Cues, moved: bool) -> bool:
    """Whether somebody only went there, came from there, or is named by it; `earlier` are the few words before."""
    if before in LEFT:
        return not cues.leaving.isdisjoint(earlier)
    return before in cues.passing and not (moved or (earlier and earlier[-1] in cues.arriving))


def _province_votes(named: Sequence[_Mention]) -> Mapping[str, float]:
    """Votes per province. A shy name adds to a province that something else names; alone it says nothing."""
    votes: dict[str, float] = {}
    for _, codes, weight in named:
        homes = {code[:2] for code in codes}
        if len(homes) == 1 and weight > PASSING:
            home = homes.pop()
            votes[home] = votes.get(home, 0.0) + weight
    for _, codes, weight in named:
        homes = {code[:2] for code in codes}
        if len(homes) == 1 and 0 < weight <= PASSING:
            home = homes.pop()
            votes[home] = max(votes.get(home, 0.0), weight)
    for _, codes, weight in named:
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
