"""Signals to decisions: kind of submission, priority, confidentiality, who is accused. Pure; no text comes here."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from aduan.categories import choose
from aduan.rules import Entry
from aduan.triage import CALM, Danger, weigh_danger
from schemas.events import Claimed, Finding

FEW_WORDS: Final = 6
JENJANG: Final = ("pt", "slb", "smk", "sma", "smp", "sd", "paud")
OFFICES: Final = ("dinas", "bpmp", "kementerian", "lldikti", "kampus", "sekolah")
SECRET_KATEGORI: Final = frozenset({"kekerasan", "korupsi"})
HIGH: Final = ("deadline", "out_of_school", "retaliation", "large_sum", "mass", "repeat")
HIGH_FROM: Final = 2.0
"""Strength of such a signal from which it makes a complaint high."""
SERIOUS: Final = 2.0
"""Danger from which its kinds speak for a category."""
CHOSEN: Final = "chosen"
"""Rule of the finding that the reporter wanted it to be public, and did not just leave the question open."""
EMERGENCY: Final = 3.0
"""Danger from which a complaint is darurat; higher for what only asks, proposes or teaches."""


@lru_cache(maxsize=8192)
def finding(name: str, value: str, rule: str, words: tuple[str, ...] = ()) -> Finding:
    """A finding; the same few come again and again, so the last ones are kept. They are frozen."""
    return Finding(field=name, value=value, rule=rule, words=words)


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

    def because(self, name: str, value: str, rule: str, words: Iterable[str] = ()) -> None:
        """Keep one reason."""
        self.findings.append(finding(name, value, rule, tuple(words)[:FEW_WORDS]))


@dataclass(slots=True)
class Signals:
    """How strong each signal is, and the phrases that raised it."""

    strength: dict[str, float] = field(default_factory=dict)
    phrases: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, hits: Sequence[Entry], questions: int) -> "Signals":
        """The signals of matched phrases; question marks ask, too."""
        found = cls()
        strength, phrases = found.strength, found.phrases
        for entry in hits:
            for name, weight in entry.signals:
                if name in strength:
                    strength[name] += weight
                    phrases[name].append(entry.phrase)
                else:
                    strength[name] = weight
                    phrases[name] = [entry.phrase]
        if questions:
            found.strength["question"] = found.strength.get("question", 0.0) + min(questions, 2)
        return found

    def get(self, name: str) -> float:
        """Strength of a signal; 0 where it was not raised."""
        return self.strength.get(name, 0.0)


def decide(
    hits: Sequence[Entry],
    *,
    titled: Collection[str],
    words: int,
    questions: int,
    claimed: Claimed,
    triaged: bool,
    automated: bool,
) -> Decision:
    """All decisions for one complaint of `words` comparable words and `questions` question marks."""
    signals, danger, decision = Signals.of(hits, questions), weigh_danger(hits), Decision()
    named = dict(signals.strength)
    if danger.level >= SERIOUS:
        named.update((f"danger_{kind}", danger.level) for kind in danger.kinds)
    choice = choose(hits, titled=titled, signals=named, words=words, claimed=claimed.kategori, automated=automated)
    decision.kategori, decision.kategori_alt, decision.confidence = choice.kategori, choice.second, choice.confidence
    codes = (("kategori", choice.kategori), ("kategori_alt", choice.second or ""))
    for (name, code), (rule, said) in zip(codes, choice.reasons, strict=False):
        decision.because(name, code, rule, said)
    _jenis(decision, signals, danger, claimed.jenis)
    _prioritas(decision, signals, danger, triaged=triaged, automated=automated)
    _kerahasiaan(decision, signals, danger, claimed.kerahasiaan)
    decision.jenjang = next((code for code in JENJANG if signals.get(f"jenjang_{code}")), None)
    if signals.get("wrongdoing") and decision.jenis in {"pengaduan", "wbs"}:
        decision.accused = tuple(code for code in OFFICES if signals.get(f"office_{code}"))
    return decision


def _jenis(decision: Decision, signals: Signals, danger: Danger, claimed: str | None) -> None:
    question, problem = signals.get("question"), signals.get("problem")
    suggestion, praise = signals.get("suggestion"), signals.get("praise")
    whistle = signals.get("whistle") and (signals.get("official") or signals.get("office_dinas"))
    if decision.kategori == "bukan_aduan":
        jenis, cause = ("aspirasi", "praise") if praise > question else ("informasi", "not_a_complaint")
    elif claimed == "wbs":
        jenis, cause = "wbs", "claimed"
    elif decision.kategori == "korupsi" or (decision.kategori == "bos" and whistle and problem >= question):
        jenis, cause = "wbs", "whistle"
    elif danger.level >= EMERGENCY and not danger.calm and problem >= question and praise < EMERGENCY:
        jenis, cause = "pengaduan", "problem"
    elif suggestion + praise >= HIGH_FROM and suggestion + praise >= problem and suggestion + praise >= question:
        jenis, cause = "aspirasi", "suggestion" if suggestion else "praise"
    elif question >= HIGH_FROM and question > problem and decision.kategori != "kekerasan":
        jenis, cause = "informasi", "question"
    elif claimed in {"informasi", "aspirasi"} and not problem:
        jenis, cause = claimed, "claimed"
    else:
        jenis, cause = "pengaduan", "problem"
    decision.jenis = jenis
    decision.because("jenis", jenis, cause, signals.phrases.get(cause, ()))


def _prioritas(decision: Decision, signals: Signals, danger: Danger, *, triaged: bool, automated: bool) -> None:
    complains = decision.jenis in {"pengaduan", "wbs"}
    needed = EMERGENCY + (0.0 if complains else 1.0) + (CALM if danger.calm else 0.0)
    if danger.level >= needed and not automated:
        decision.prioritas = "darurat"
        for kind, said in list(danger.kinds.items())[:2]:
            decision.because("prioritas", "darurat", f"danger:{kind}", said)
        return
    if complains and decision.kategori != "bukan_aduan":
        cause = next((name for name in HIGH if signals.get(name) >= HIGH_FROM), None)
        if cause is None and decision.jenis == "wbs":
            cause = "whistle"
        if cause is None and triaged and danger.level >= SERIOUS and decision.kategori in {"kekerasan", "sarpras"}:
            cause = "triage"
        decision.prioritas = "tinggi" if cause else "normal"
        decision.because("prioritas", decision.prioritas, cause or "default", signals.phrases.get(cause or "", ()))
        return
    decision.prioritas = "rendah"
    if decision.jenis == "informasi" and signals.get("deadline") >= HIGH_FROM and decision.kategori != "bukan_aduan":
        decision.prioritas = "tinggi"
    decision.because("prioritas", decision.prioritas, "not_urgent" if decision.prioritas == "rendah" else "deadline")


def _kerahasiaan(decision: Decision, signals: Signals, danger: Danger, claimed: str | None) -> None:
    """The safe default first; then what the reporter asked for. Nothing lowers it."""
    harmed_child = danger.level >= EMERGENCY and signals.get("child") and decision.prioritas == "darurat"
    asked: Mapping[str, list[str]] = signals.phrases
    if decision.kategori in SECRET_KATEGORI or decision.jenis == "wbs":
        value, cause = "rahasia", "safe_default"
    elif harmed_child and not danger.kinds.keys() <= {"collapse"}:
        value, cause = "rahasia", "child_victim"
    elif claimed == "rahasia" or signals.get("secret"):
        value, cause = "rahasia", "secret"
    elif claimed == "anonim" or signals.get("anonymous"):
        value, cause = "anonim", "anonymous"
    elif claimed == "publik":
        value, cause = "publik", CHOSEN
    else:
        value, cause = "publik", "default"
    decision.kerahasiaan = value
    decision.because("kerahasiaan", value, cause, asked.get(cause, ()))
