"""Votes and signals to decisions: what classification does after the words were matched. Pure; no text comes here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from aduan.datafiles import load_yaml
from aduan.rules import Entry
from aduan.triage import danger
from schemas.errors import SettingsError
from schemas.events import Claimed, Finding

FEW_WORDS: Final = 6
NEAR: Final = 0.6
"""A second category is named when it reaches so much of the first one's score."""
TITLE_WEIGHT: Final = 1.5
"""A phrase in the title counts half as much again."""
SATURATION: Final = 0.75
SERIOUS: Final = 2.0
DAMPING: Final = (1.0, 0.6, 0.4, 0.3)
"""What is left of the vote for another agency, by how many words of education the text has."""
JENJANG: Final = ("pt", "slb", "smk", "sma", "smp", "sd", "paud")
OFFICES: Final = ("dinas", "bpmp", "kementerian", "lldikti", "kampus", "sekolah")
SECRET_KATEGORI: Final = frozenset({"kekerasan", "korupsi"})


@dataclass(slots=True)
class Decision:
    """Everything that words decide."""

    jenis: str = "pengaduan"
    kategori: str = "bukan_aduan"
    kategori_alt: str | None = None
    prioritas: str = "normal"
    kerahasiaan: str = "publik"
    jenjang: str | None = None
    confidence: float = 0.0
    accused: tuple[str, ...] = ()
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Combination:
    """Signals that together speak for categories, e.g. an alleged wrong and an official for korupsi."""

    name: str
    needs: frozenset[str]
    unless: frozenset[str]
    votes: tuple[tuple[str, float], ...]


@cache
def combinations() -> tuple[Combination, ...]:
    """The combinations of decisions.yaml; SettingsError names the one that is wrong."""
    found = []
    for name, rule in load_yaml("decisions.yaml").get("combinations", {}).items():
        try:
            found.append(
                Combination(
                    name=str(name),
                    needs=frozenset(rule["all"]),
                    unless=frozenset(rule.get("unless", ())),
                    votes=tuple((str(code), float(weight)) for code, weight in rule["votes"].items()),
                )
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            raise SettingsError(
                f"aduan/data/decisions.yaml, combinations.{name}: needs all, votes and maybe unless"
            ) from None
    return tuple(found)


def _finding(name: str, value: str, rule: str, words: Iterable[str] = ()) -> Finding:
    return Finding.model_construct(field=name, value=value, rule=rule, words=tuple(words)[:FEW_WORDS])


def decide(
    hits: Sequence[Entry], *, titled: set[str], words: int, claimed: Claimed, triaged: bool, automated: bool
) -> Decision:
    """All decisions for one complaint of `words` comparable words, of which `hits` were matched."""
    signals: dict[str, list[str]] = {}
    for entry in hits:
        for signal in entry.signals:
            signals.setdefault(signal, []).append(entry.phrase)
    decision = Decision()
    level, kinds = danger(hits)
    serious = frozenset(f"danger_{kind}" for kind in kinds) if level >= SERIOUS else frozenset[str]()
    _kategori(decision, hits, signals, titled=titled, words=words, claimed=claimed, automated=automated, kinds=serious)
    _jenis(decision, signals)
    _prioritas(decision, signals, level=level, kinds=kinds, triaged=triaged, automated=automated)
    _kerahasiaan(decision, signals, kinds, claimed)
    decision.jenjang = next((code for code in JENJANG if f"jenjang_{code}" in signals), None)
    if "wrongdoing" in signals:
        decision.accused = tuple(code for code in OFFICES if f"office_{code}" in signals)
    return decision


def _kategori(
    decision: Decision,
    hits: Sequence[Entry],
    signals: dict[str, list[str]],
    *,
    titled: set[str],
    words: int,
    claimed: Claimed,
    automated: bool,
    kinds: frozenset[str],
) -> None:
    spoken: dict[str, list[tuple[float, str]]] = {}
    for entry in hits:
        for code, weight in entry.kategori:
            vote = weight * TITLE_WEIGHT if entry.phrase in titled else weight
            spoken.setdefault(code, []).append((vote, entry.phrase))
    scores: dict[str, float] = {}
    for code, votes in spoken.items():
        votes.sort(reverse=True)
        scores[code] = _saturated(votes)
    have = signals.keys() | kinds
    rules: dict[str, str] = {}
    for combination in combinations():
        if combination.needs <= have and not combination.unless & have:
            for code, weight in combination.votes:
                scores[code] = scores.get(code, 0.0) + weight
                rules[code] = combination.name
    if claimed.kategori in scores:
        scores[claimed.kategori] += 1.0
    _damp(scores, signals)
    _fall_back(scores, signals, words=words, claimed=claimed, automated=automated)
    ranked = sorted(scores.items(), key=lambda score: -score[1])
    decision.kategori, best = ranked[0]
    second = ranked[1] if len(ranked) > 1 else ("", 0.0)
    if second[1] >= NEAR * best and second[1] > 0:
        decision.kategori_alt = second[0]
    top = max(best, 0.0)
    decision.confidence = (
        round(min(1.0, top / 6.0) * (0.35 + 0.65 * (top - max(second[1], 0.0)) / top), 3) if top else 0.0
    )
    for name, code in (("kategori", decision.kategori), ("kategori_alt", decision.kategori_alt)):
        if code is not None:
            said = [phrase for _, phrase in sorted(spoken.get(code, ()), reverse=True)]
            decision.findings.append(_finding(name, code, "words" if said else rules.get(code, "nothing_else"), said))


def _saturated(votes: Sequence[tuple[float, str]]) -> float:
    """Each further phrase of a category says less than the one before: a long text is not a strong one."""
    total, share = 0.0, 1.0
    for vote, _ in votes:
        total += vote * share
        share *= SATURATION
    return total


def _damp(scores: dict[str, float], signals: dict[str, list[str]]) -> None:
    """Streets, neighbours and banks stand in every story: beside schools they hardly speak for another agency."""
    if "luar_kewenangan" in scores:
        scores["luar_kewenangan"] *= DAMPING[min(len(signals.get("edu", ())), len(DAMPING) - 1)]


def _fall_back(
    scores: dict[str, float], signals: dict[str, list[str]], *, words: int, claimed: Claimed, automated: bool
) -> None:
    """What a complaint is that no category's words fit: education in general, another agency's, or none."""
    best = max(scores.values(), default=0.0)
    if automated:
        scores["bukan_aduan"] = scores.get("bukan_aduan", 0.0) + 6.0
    if best >= 1.0:
        return
    if claimed.kategori:
        scores[claimed.kategori] = scores.get(claimed.kategori, 0.0) + 1.0
    if words < 5 and "problem" not in signals and "question" not in signals:  # noqa: PLR2004
        scores["bukan_aduan"] = scores.get("bukan_aduan", 0.0) + 1.5
    elif "edu" in signals:
        scores["pendidikan_lainnya"] = scores.get("pendidikan_lainnya", 0.0) + 1.2
    elif "problem" in signals or "question" in signals or "suggestion" in signals:
        scores["luar_kewenangan"] = scores.get("luar_kewenangan", 0.0) + 1.1
    else:
        scores["bukan_aduan"] = scores.get("bukan_aduan", 0.0) + 1.0


def _jenis(decision: Decision, signals: dict[str, list[str]]) -> None:
    weight = {name: len(signals.get(name, ())) for name in ("question", "problem", "suggestion", "wrongdoing")}
    if (decision.kategori == "korupsi" and weight["wrongdoing"]) or (
        weight["wrongdoing"]
        and "official" in signals
        and decision.kategori in {"bos", "pungutan", "pip"}
        and "whistle" in signals
    ):
        decision.jenis, cause = "wbs", "wrongdoing"
    elif (
        weight["suggestion"]
        and weight["suggestion"] >= weight["problem"]
        and weight["suggestion"] >= weight["question"]
    ):
        decision.jenis, cause = "aspirasi", "suggestion"
    elif weight["question"] and weight["question"] > weight["problem"] and decision.kategori != "kekerasan":
        decision.jenis, cause = "informasi", "question"
    else:
        decision.jenis, cause = "pengaduan", "problem"
    decision.findings.append(_finding("jenis", decision.jenis, cause, signals.get(cause, ())))


def _prioritas(
    decision: Decision,
    signals: dict[str, list[str]],
    *,
    level: float,
    kinds: dict[str, list[str]],
    triaged: bool,
    automated: bool,
) -> None:
    needed = 3.0 if decision.jenis in {"pengaduan", "wbs"} else 4.0
    if "teaching" in signals:
        needed += 1.5
    if level >= needed and not automated:
        decision.prioritas = "darurat"
        for kind, said in list(kinds.items())[:2]:
            decision.findings.append(_finding("prioritas", "darurat", f"danger:{kind}", said))
        return
    for cause in ("deadline", "out_of_school", "retaliation", "large_sum", "mass", "repeat"):
        if cause in signals and decision.jenis != "aspirasi" and decision.kategori != "bukan_aduan":
            if decision.jenis == "informasi" and cause != "deadline":
                continue
            decision.prioritas = "tinggi"
            decision.findings.append(_finding("prioritas", "tinggi", cause, signals[cause]))
            return
    if triaged and level >= 2:  # noqa: PLR2004
        decision.prioritas = "tinggi"
        decision.findings.append(_finding("prioritas", "tinggi", "triage", next(iter(kinds.values()), [])))
    elif decision.kategori == "bukan_aduan" or decision.jenis in {"aspirasi", "informasi"}:
        decision.prioritas = "rendah"
        decision.findings.append(_finding("prioritas", "rendah", "not_urgent"))
    else:
        decision.findings.append(_finding("prioritas", "normal", "default"))


def _kerahasiaan(
    decision: Decision, signals: dict[str, list[str]], kinds: dict[str, list[str]], claimed: Claimed
) -> None:
    decision.kerahasiaan, cause, said = "publik", "default", list[str]()
    if "anonymous" in signals or claimed.kerahasiaan == "anonim":
        decision.kerahasiaan, cause, said = "anonim", "asked", signals.get("anonymous", [])
    if "secret" in signals or claimed.kerahasiaan == "rahasia":
        decision.kerahasiaan, cause, said = "rahasia", "asked", signals.get("secret", [])
    if decision.kategori in SECRET_KATEGORI or decision.jenis == "wbs":
        decision.kerahasiaan, cause = "rahasia", "safe_default"
    elif kinds and "victim" in signals and decision.prioritas == "darurat":
        decision.kerahasiaan, cause = "rahasia", "child_victim"
    decision.findings.append(_finding("kerahasiaan", decision.kerahasiaan, cause, said))
