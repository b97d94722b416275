"""What a complaint names that staff look for: school and NPSN, programmes, amounts, dates, the office. Pure.

Read from the masked text only, so that nothing found can be what was masked. No pattern runs over more than its few
bounded words.
"""

import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Final

from aduan.acronyms import load_acronyms
from aduan.units import load_units
from schemas.events import Entity

MOST: Final = 12
"""Entities kept of one text; the first ones."""
LOOKED_AT: Final = 4_000
"""Characters of a text that are looked at."""
_LEVELS: Final = {
    **dict.fromkeys(("paud", "tk", "kb"), "paud"),
    **dict.fromkeys(("sd", "sdn", "sdi", "sdit", "sdlb", "mi", "min"), "sd"),
    **dict.fromkeys(("smp", "smpn", "smpit", "smplb", "mts", "mtsn"), "smp"),
    **dict.fromkeys(("sma", "sman", "smait", "ma", "man"), "sma"),
    **dict.fromkeys(("smk", "smkn"), "smk"),
    **dict.fromkeys(("slb", "slbn"), "slb"),
    "pkbm": "pkbm",
}
# Each pattern shows first what it can begin with, so that the rest is tried at few places of a text.
_SCHOOL: Final = re.compile(
    r"(?=[KMPST])\b(?P<level>(?:SD|SMP|SMA|SMK|SLB|MTs|MI|MA)(?:\s?(?:N|IT|LB|I|Negeri|Swasta))?|TK|PAUD|KB|PKBM|MAN|MIN)\b"
    r"(?P<number>\s?\d{1,3})?(?P<name>(?:\s[A-Z][\w'’-]{1,20}){0,3})"
)
_NPSN: Final = re.compile(r"\bNPSN\W{0,4}(\d{8})\b", re.IGNORECASE)
_AMOUNT: Final = re.compile(
    r"(?=[Rr\d])\b(?P<rp>Rp\.?\s?)?(?P<number>\d{1,3}(?:[.,]\d{1,3}){0,4}|\d{1,12})\s?(?P<unit>ribu|rb|juta|jt|mil[iy]ar)?\b",
    re.IGNORECASE,
)
_UNITS: Final = {"ribu": 3, "rb": 3, "juta": 6, "jt": 6, "miliar": 9, "milyar": 9}
_MONTHS: Final = {
    **{name: number for number, name in enumerate("jan feb mar apr mei jun jul agu sep okt nov des".split(), 1)},  # noqa: SIM905
    "agt": 8,
    "ags": 8,
    "nop": 11,
}
_DATE: Final = re.compile(
    r"(\d(?<!\w.)\d?)(?:\s(jan|feb|mar|apr|mei|jun|jul|agu|agt|ags|sep|okt|nov|nop|des)[a-z]{0,6}\s|[/.-](\d{1,2})[/.-])(\d{4})\b",
    re.IGNORECASE,
)
_OFFICE: Final = re.compile(r"di(?<!\w..)(?:nas pendidikan|sdik\w{0,8}|ndik\w{0,8}|knas)\b")
_WORD: Final = re.compile(r"[a-z][a-z0-9]{1,14}")


def find_entities(text: str, *, kabupaten: str | None = None, provinsi: str | None = None) -> tuple[Entity, ...]:
    """The entities of a masked text, each once, by kind; `kabupaten` and `provinsi` say which office is meant."""
    looked_at = text[:LOOKED_AT]
    small = looked_at.lower()
    found = dict.fromkeys(
        (*_schools(looked_at, small), *_programmes(small), *_numbers(looked_at), *_office(small, kabupaten, provinsi))
    )
    return tuple(Entity(kind=kind, value=value) for kind, value in list(found)[:MOST])


def school_level(name: str) -> str | None:
    """Level of a school by the beginning of its name: `SDN 3 Sukamaju` is `sd`."""
    first = name.split(maxsplit=1)[0].lower() if name.split() else ""
    return _LEVELS.get(first) or _LEVELS.get(first.rstrip("0123456789"))


def _schools(text: str, small: str) -> Iterator[tuple[str, str]]:
    for match in _SCHOOL.finditer(text):
        number, name = (match["number"] or "").strip(), (match["name"] or "").strip()
        if number or name:
            yield "school", " ".join(part for part in (match["level"].strip(), number, name) if part)
    if "npsn" in small:
        yield from (("npsn", match[1]) for match in _NPSN.finditer(text))


def _programmes(small: str) -> Iterator[tuple[str, str]]:
    words = filter(_acronyms().__contains__, _WORD.findall(small))
    yield from (("programme", word) for word in dict.fromkeys(words))


def _numbers(text: str) -> Iterator[tuple[str, str]]:
    for match in _AMOUNT.finditer(text):
        if (match["rp"] or match["unit"]) and (amount := _rupiah(match["number"], match["unit"])) is not None:
            yield "amount", str(amount)
    for match in _DATE.finditer(text):
        if (day := _day(match)) is not None:
            yield "date", day


def _rupiah(number: str, unit: str | None) -> int | None:
    """Whole rupiah: a comma or point before a unit parts decimals (1,5 juta), else thousands (1.500.000)."""
    scale = 10 ** _UNITS[unit.lower()] if unit else 1
    parts = re.split("[.,]", number)
    if unit and len(parts) == 2 and len(parts[1]) < 3:  # noqa: PLR2004 - three digits are thousands
        return round(float(".".join(parts)) * scale)
    if not unit and parts[-1] == "00" and len(parts) > 1:  # 500.000,00
        parts = parts[:-1]
    joined = "".join(parts)
    return int(joined) * scale if len(joined) <= 15 else None  # noqa: PLR2004 - no sum of rupiah is longer


def _day(match: re.Match[str]) -> str | None:
    month = _MONTHS[match[2].lower()[:3]] if match[2] else int(match[3])
    try:
        return date(int(match[4]), month, int(match[1])).isoformat()
    except ValueError:
        return None


def _office(small: str, kabupaten: str | None, provinsi: str | None) -> Iterator[tuple[str, str]]:
    if _OFFICE.search(small) is None:
        return
    codes = [f"dinas-{place}" for place in (kabupaten, provinsi) if place]
    yield from (("unit", code) for code in codes[:1] if code in load_units())


@cache
def _acronyms() -> frozenset[str]:
    return frozenset(load_acronyms().long_forms)
