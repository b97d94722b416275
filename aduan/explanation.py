"""Why a complaint was classified as it was, in one Indonesian sentence for staff. Pure; words of our lists alone."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from aduan.datafiles import load_yaml
from aduan.regions import province_name, regency_name
from aduan.taxonomy import label
from schemas.errors import SettingsError
from schemas.events import Classification, Finding

FILE: Final = "explanation.yaml"
MOST_WORDS: Final = 4
MOST_CHARS: Final = 600


class Phrases(BaseModel):
    """The whole file: a phrase per rule, and the few around them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    sure: str
    unsure: str
    alternative: str
    region: str
    rules: Mapping[str, str]


@cache
def load_phrases() -> Phrases:
    """The phrases; read once. SettingsError names the file and the key that is wrong."""
    try:
        return Phrases.model_validate(load_yaml(FILE))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise SettingsError(f"aduan/data/{FILE}, {'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def explain(classes: Classification) -> str:
    """One sentence: category, kind, priority, confidentiality, region and certainty, each with what spoke for it."""
    phrases = load_phrases()
    name = label("kategori", classes.kategori)
    parts = [_told(name, _reasons(classes.findings, "kategori"), ": ")]
    parts.append(_told(f"jenis {label('jenis', classes.jenis).lower()}", _reasons(classes.findings, "jenis"), ": "))
    for field, shown in (("prioritas", "prioritas"), ("kerahasiaan", "")):
        value = label(field, getattr(classes, field)).lower()
        parts.append(_told(f"{shown} {value}".strip(), _reasons(classes.findings, field), " karena "))
    if classes.provinsi is not None:
        where = regency_name(classes.kabupaten) if classes.kabupaten else province_name(classes.provinsi)
        parts.append(_told(phrases.region.format(region=where), _reasons(classes.findings, "provinsi"), ", "))
    if classes.kategori_alt is not None:
        parts.append(phrases.alternative.format(kategori=label("kategori", classes.kategori_alt)))
    certainty = phrases.unsure if classes.unsure else phrases.sure
    parts.append(certainty.format(confidence=f"{classes.confidence:.2f}"))
    return "; ".join(parts)[:MOST_CHARS]


def reason(finding: Finding) -> str:
    """One reason in words, "" for none; the rule's own name where the file has no phrase for it (an older event)."""
    phrase = load_phrases().rules.get(finding.rule)
    if phrase is None:
        return _quoted(finding.words) if finding.words else finding.rule
    if "{words}" not in phrase:
        return phrase
    return phrase.format(words=_quoted(finding.words)) if finding.words else ""


def _reasons(findings: Iterable[Finding], field: str) -> list[str]:
    found = (reason(one) for one in findings if one.field == field)
    return [said for said in dict.fromkeys(found) if said]


def _told(what: str, reasons: Sequence[str], joint: str) -> str:
    return f"{what}{joint}{', '.join(reasons)}" if reasons else what


def _quoted(words: Sequence[str]) -> str:
    return ", ".join(f"'{word}'" for word in words[:MOST_WORDS])
