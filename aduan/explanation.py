"""Why a complaint was classified as it was, in a few Indonesian sentences for staff. Pure.

The event keeps codes and words of our lists; the writer's own words are cut from the masked text when somebody reads.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from aduan.citing import Quotes, is_title
from aduan.datafiles import load_yaml
from aduan.regions import province_name, regency_name
from aduan.taxonomy import label
from aduan.text import NUMBER
from schemas.errors import SettingsError
from schemas.events import Classification, Finding

FILE: Final = "explanation.yaml"
MOST_WORDS: Final = 3
MOST_CHARS: Final = 900
NEAR: Final = 0.15
"""Probability from which the runner-up is told, and distance below which the two are about as strong."""
SHORTEST: Final = 3
SUREST: Final = 99
"""No machine is wholly sure."""
URGENT: Final = "darurat"


class Phrases(BaseModel):
    """The whole file: sentences, a phrase per rule with words and without, and words that say nothing to a reader."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    kategori: str
    runner_up: str
    runner_up_alone: str
    jenis: str
    prioritas: str
    kerahasiaan: str
    region: str
    because: str
    unsure: str
    unsure_urgent: str
    why_tie: str
    why_unknown: str
    why_spread: str
    rules: Mapping[str, str]
    bare: Mapping[str, str]
    filler: frozenset[str]


@cache
def load_phrases() -> Phrases:
    """The phrases; read once. SettingsError names the file and the key that is wrong."""
    try:
        return Phrases.model_validate(load_yaml(FILE))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise SettingsError(f"aduan/data/{FILE}, {'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def explain(classes: Classification, title: str = "", text: str = "") -> str:
    """Sentences on category, runner-up, kind, priority, confidentiality, region and doubt, each with what spoke for it.

    `title` and `text` are the masked ones: the writer's words are cited from them, at most a few each. Without them
    (an erased case) the words of our lists are.
    """
    quotes = Quotes(title, text) if title or text else None
    return " ".join(f"{sentence}." for sentence in _sentences(classes, quotes))[:MOST_CHARS]


def _sentences(classes: Classification, quotes: Quotes | None) -> Iterator[str]:
    phrases = load_phrases()

    def told(what: str, field: str) -> str:
        found = (reason(one, quotes) for one in classes.findings if one.field == field)
        reasons = [said for said in dict.fromkeys(found) if said]
        return phrases.because.format(what=what, reasons=_listed(reasons)) if reasons else what

    share = min(round(classes.confidence * 100), SUREST)
    yield told(phrases.kategori.format(value=label("kategori", classes.kategori), share=share), "kategori")
    runner_up = _runner_up(classes, phrases)
    if runner_up:
        yield told(runner_up, "kategori_alt")
    yield told(phrases.jenis.format(value=label("jenis", classes.jenis).lower()), "jenis")
    yield told(phrases.prioritas.format(value=label("prioritas", classes.prioritas).lower()), "prioritas")
    yield told(phrases.kerahasiaan.format(value=label("kerahasiaan", classes.kerahasiaan).lower()), "kerahasiaan")
    if classes.provinsi is not None:
        where = regency_name(classes.kabupaten) if classes.kabupaten else province_name(classes.provinsi)
        yield told(phrases.region.format(value=where), "provinsi")
    if classes.unsure:
        doubt = phrases.unsure_urgent if classes.prioritas == URGENT else phrases.unsure
        yield doubt.format(why=_why_unsure(classes, phrases))


def _runner_up(classes: Classification, phrases: Phrases) -> str:
    """The second category where it is near, or the first is unsure."""
    if classes.kategori_alt is None:
        return ""
    name = label("kategori", classes.kategori_alt)
    share = next((one.share for one in classes.shares if one.kategori == classes.kategori_alt), None)
    if share is None:
        return phrases.runner_up_alone.format(value=name)
    if share < NEAR and not classes.unsure:
        return ""
    return phrases.runner_up.format(value=name, share=round(share * 100))


def _why_unsure(classes: Classification, phrases: Phrases) -> str:
    if len(classes.shares) > 1 and classes.shares[0].share - classes.shares[1].share < NEAR:
        return phrases.why_tie
    if not any(one.words for one in classes.findings if one.field == "kategori"):
        return phrases.why_unknown
    return phrases.why_spread


def reason(finding: Finding, quotes: Quotes | None = None) -> str:
    """One reason in words, "" for none; the rule's own name where the file has no phrase for it (an older event)."""
    phrases = load_phrases()
    names = (f"{finding.field}:{finding.rule}:{finding.value}", f"{finding.field}:{finding.rule}", finding.rule)
    words = _words(finding, quotes)
    phrase = next((phrases.rules[name] for name in names if name in phrases.rules), None)
    if phrase is None:
        return _listed(words) or finding.rule
    if "{words}" not in phrase:
        return phrase
    if words:
        return phrase.format(words=_listed(words))
    return next((phrases.bare[name] for name in names if name in phrases.bare), "")


def _words(finding: Finding, quotes: Quotes | None) -> list[str]:
    """The words to cite: the writer's own, or those of our lists where there is no text."""
    filler = load_phrases().filler if finding.rule == "learned" else frozenset[str]()
    listed = [one for one in finding.words if one not in filler and one != NUMBER and len(one) >= SHORTEST]
    if quotes is None:
        cited = [one for one in listed if not is_title(one)]
    else:
        cited = [quote for one in listed if (quote := quotes.of(one))]
    return [f"“{one}”" for one in _distinct(cited)][:MOST_WORDS]


def _distinct(quotes: Sequence[str]) -> list[str]:
    """Each once, whatever its capitals, and none that stands within another."""
    found: list[str] = []
    for quote in dict.fromkeys(quotes):
        small = quote.lower()
        if not any(small in other.lower() for other in quotes if other.lower() != small) and small not in map(
            str.lower, found
        ):
            found.append(quote)
    return found


def _listed(parts: Sequence[str]) -> str:
    """a, b dan c."""
    return ", ".join(parts[:-1]) + " dan " + parts[-1] if len(parts) > 1 else "".join(parts)
