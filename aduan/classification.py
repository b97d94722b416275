"""Complaints to classes, with the reasons: pure, batch by batch, called by the Faust agent `classify`.

Rules come from `aduan/data` (rules.yaml, danger.yaml, …): weighted words and phrases vote for categories and raise
signals (a question, an alleged wrong, a deadline …); this module turns votes and signals into decisions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from aduan.datafiles import fingerprint
from aduan.decisions import Decision, decide, finding
from aduan.language import detect_language
from aduan.regions import Found, find_region, is_region
from aduan.rules import BREAK, full_lexicon
from aduan.text import MAX_CHARS, surface_words
from schemas.events import Channel, Claimed, Classification, Finding

VERSION: Final = "2026.11"
DATA_FILES: Final = (
    "taxonomy.yaml",
    "rules.yaml",
    "danger.yaml",
    "decisions.yaml",
    "slang.tsv",
    "roots.tsv",
    "regions.tsv",
    "languages.tsv",
)
MODEL: Final[str] = f"rules-{VERSION}-{fingerprint(*DATA_FILES)}"
"""Version of the rules: by hand, and by what the data files hold."""

MAX_WORDS: Final = 4_000
MAX_FINDINGS: Final = 10
FEW_WORDS: Final = 6


@dataclass(frozen=True, slots=True)
class Submission:
    """A complaint as the classifier sees it: original words, the door's triage, the reporter's own choices."""

    complaint_id: str
    title: str
    text: str
    place: str
    channel: Channel
    claimed: Claimed
    automated: bool
    triage: tuple[Finding, ...]


def classify(items: Sequence[Submission]) -> list[Classification]:
    """One classification per item, in order. Never raises on any text, and takes time linear in the (capped) text."""
    return [_classify(item) for item in items]


def _classify(item: Submission) -> Classification:
    lexicon = full_lexicon()
    title, text = surface_words(item.title), surface_words(item.text)[:MAX_WORDS]
    in_title = lexicon.words(title)
    words = [*in_title, BREAK, *lexicon.words(text)]
    hits = lexicon.match(words)
    titled = {entry.phrase for entry in lexicon.match(in_title)} if in_title else set()
    place = _place(item, [*title, BREAK, *text])
    decision = decide(
        hits,
        titled=titled,
        words=len(words) - 1,
        questions=item.text.count("?", 0, MAX_CHARS) + item.title.count("?", 0, MAX_CHARS),
        claimed=item.claimed,
        triaged=bool(item.triage),
        automated=item.automated,
    )
    return Classification(
        jenis=decision.jenis,
        kategori=decision.kategori,
        kategori_alt=decision.kategori_alt,
        prioritas=decision.prioritas,
        kerahasiaan=decision.kerahasiaan,
        provinsi=place.provinsi,
        kabupaten=place.kabupaten,
        jenjang=decision.jenjang,
        language=detect_language([*title, *text]),
        confidence=decision.confidence,
        accused=decision.accused,
        findings=_findings(decision, place),
        model=MODEL,
    )


def _findings(decision: Decision, place: Found) -> tuple[Finding, ...]:
    found = list(decision.findings)
    if place.provinsi is not None:
        rule = f"region:{'named' if place.words else 'claimed'}"
        found.append(finding("provinsi", place.provinsi, rule, place.words))
        if place.kabupaten is not None:
            found.append(finding("kabupaten", place.kabupaten, rule))
    return tuple(found[:MAX_FINDINGS])


def _place(item: Submission, words: Sequence[str]) -> Found:
    """The reporter's choice first, then the field for the place, then the text."""
    claimed = item.claimed
    kabupaten = claimed.kabupaten if claimed.kabupaten and is_region(claimed.kabupaten) else None
    provinsi = claimed.provinsi if claimed.provinsi and is_region(claimed.provinsi) else None
    if kabupaten and provinsi in {None, kabupaten[:2]}:
        return Found(kabupaten[:2], kabupaten)
    stated = find_region(surface_words(item.place)) if item.place else Found()
    named = find_region(words)
    if provinsi:
        for found in (stated, named):
            if found.provinsi == provinsi:
                return found
        return Found(provinsi)
    if stated.provinsi is None:
        return named
    if stated.kabupaten is None and named.provinsi == stated.provinsi:
        return named
    return stated
