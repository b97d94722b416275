"""Complaints to classes, with the reasons: pure, batch by batch, called by the Faust agent `classify`.

Rules come from `aduan/data` (rules.yaml, danger.yaml, …): weighted words and phrases vote for categories and raise
signals (a question, an alleged wrong, a deadline …). A trained linear model (`aduan.model`) weighs them with the words
themselves; `aduan.decisions` makes decisions of its opinion and of what rules must hold whatever it thinks.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from aduan.datafiles import fingerprint
from aduan.decisions import FEW_WORDS, UNSURE, Decision, decide, finding
from aduan.language import detect_language
from aduan.model.opinion import Judge, Opinion, judge
from aduan.reading import Reading, read_complaints
from aduan.regions import Found, find_region, is_region
from aduan.rules import BREAK
from aduan.text import surface_words
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
    "districts.tsv",
    "landmarks.tsv",
    "places.yaml",
    "languages.tsv",
)
RULES: Final[str] = f"rules-{VERSION}-{fingerprint(*DATA_FILES)}"
"""Version of the rules: by hand, and by what the data files hold. Every event names it beside the model's."""
MAX_FINDINGS: Final = 10
_LOST_BREAK: Final = re.compile(r"n(?<=[a-z]n)(?=[A-Z][a-z])")
"""A line break of which only the letter is left, between a place and the next line: di PalembangnMasalah."""


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


def classify(items: Sequence[Submission], by: Judge | None = None) -> list[Classification]:
    """One classification per item, in order. Never raises on any text, and takes time linear in the (capped) text.

    `by` another judge than the one that Aduan comes with: a model that is tried or was promoted.
    """
    used = by or judge()
    readings = read_complaints([(item.title, item.text) for item in items])
    opinions = used.opinions([reading.said for reading in readings])
    return [
        _classified(item, reading, opinion, used)
        for item, reading, opinion in zip(items, readings, opinions, strict=True)
    ]


def _classified(item: Submission, reading: Reading, opinion: Opinion, by: Judge) -> Classification:
    place = _place(item, [*reading.title, BREAK, *reading.text])
    decision = decide(
        signals=reading.signals,
        danger=reading.danger,
        spoken=reading.votes.spoken,
        opinion=opinion,
        learned=partial(by.reasons, reading.said, most=FEW_WORDS),
        claimed=item.claimed,
        triaged=bool(item.triage),
        automated=item.automated,
    )
    return Classification(
        jenis=decision.jenis,
        kategori=decision.kategori,
        kategori_alt=decision.kategori_alt,
        also=decision.also,
        shares=decision.shares,
        prioritas=decision.prioritas,
        kerahasiaan=decision.kerahasiaan,
        provinsi=place.provinsi,
        kabupaten=place.kabupaten,
        jenjang=decision.jenjang,
        language=detect_language([*reading.title, *reading.text]),
        confidence=decision.confidence,
        unsure=decision.confidence < UNSURE,
        accused=decision.accused,
        findings=_findings(decision, place),
        model=f"{by.model.version}+{RULES}",
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
    if named.provinsi is None and _LOST_BREAK.search(item.text) is not None:
        named = find_region(surface_words(_LOST_BREAK.sub(" ", item.text)))
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
