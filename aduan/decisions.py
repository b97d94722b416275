"""From what was read and what the model thinks to decisions, each with its reasons. Pure; no text comes here.

The model decides category, kind and priority; rules stand above it where certainty or safety asks for them: danger in
plain words, what the reporter chose, machines, and confidentiality, which nothing lowers.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from aduan.model.opinion import Opinion
from aduan.signals import SERIOUS, Signals
from aduan.triage import CALM, Danger
from schemas.events import Claimed, Finding, Share

FEW_WORDS: Final = 6
JENJANG: Final = ("pt", "slb", "smk", "sma", "smp", "sd", "paud")
_LEVELS: Final = [(code, f"jenjang_{code}") for code in JENJANG]
OFFICES: Final = ("dinas", "bpmp", "kementerian", "lldikti", "kampus", "sekolah")
SECRET_KATEGORI: Final = frozenset({"kekerasan", "korupsi"})
HIGH: Final = ("deadline", "out_of_school", "retaliation", "large_sum", "mass", "repeat")
HIGH_FROM: Final = 2.0
"""Strength of such a signal from which it makes a complaint high."""
CHOSEN: Final = "chosen"
"""Rule of the finding that the reporter wanted it to be public, and did not just leave the question open."""
NO_COMPLAINT: Final = "bukan_aduan"
ALONE: Final = 0.12
"""Probability of danger from which the model alone makes it darurat; see the model card for what it finds and costs."""
WITH_WORDS: Final = 0.15
"""The same where danger words are in the text."""
SURE: Final = 0.9
"""Confidence from which what is no complaint is no emergency for a suspicion alone: "tolong", a test, a drill."""
HELD_HIGH: Final = 0.15
"""Probability of danger from which what the door found urgent stays high at least."""
SUSPECTED: Final = 0.35
"""Probability from which a text is kept as violence, corruption or a report of wrongdoing would be."""
UNSURE: Final = 0.45
"""Confidence below which the case goes to a person first: the model is right there about once in two times."""
RUNNER_UP: Final = 0.05
ALSO: Final = 0.2
LIKELIEST: Final = 5
"""No more than these can reach `ALSO`."""
TOLD: Final = 3
CHOSEN_ODDS: Final = 3.0
"""How much likelier the category is that the reporter chose."""
AUTOMATED_ODDS: Final = 20.0
LEANING: Final = {"wbs": 2.0, "aspirasi": 1.3, "tinggi": 1.3}
"""How much likelier than the model says a rare class is taken to be: more of them are found, at no loss in all."""
OPEN_FROM: Final = 0.2
"""Probability from which the words leave it open whether the reporter's own choice is right."""
EMERGENCY: Final = 3.0
"""Danger from which a complaint is darurat; higher for what only asks, proposes or teaches."""


@lru_cache(maxsize=8192)
def finding(name: str, value: str, rule: str, words: tuple[str, ...] = ()) -> Finding:
    """A finding; the same few come again and again, so the last ones are kept. They are frozen."""
    return Finding(field=name, value=value, rule=rule, words=words)


@lru_cache(maxsize=8192)
def _told(code: str, share: float) -> Share:
    """How likely a category is; kept like findings, of which there are not many once they are rounded."""
    return Share(kategori=code, share=share)


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
    also: tuple[str, ...] = ()
    """Further problems that the message holds."""
    shares: tuple[Share, ...] = ()
    """The likeliest categories with their probabilities."""
    accused: tuple[str, ...] = ()
    findings: list[Finding] = field(default_factory=list)

    def because(self, name: str, value: str, rule: str, words: Iterable[str] = ()) -> None:
        """Keep one reason."""
        self.findings.append(finding(name, value, rule, tuple(words)[:FEW_WORDS]))


def decide(
    *,
    signals: Signals,
    danger: Danger,
    spoken: Mapping[str, Sequence[tuple[float, str]]],
    opinion: Opinion,
    learned: Callable[[str], tuple[str, ...]],
    claimed: Claimed,
    triaged: bool,
    automated: bool,
) -> Decision:
    """All decisions for one complaint.

    `spoken`: each category's phrases with their votes; `learned`: what the model went by.
    """
    decision = Decision()
    _kategori(decision, _weighed(opinion, claimed.kategori, automated=automated), spoken, learned)
    _jenis(decision, signals, opinion, claimed.jenis)
    _prioritas(decision, signals, danger, opinion, triaged=triaged, automated=automated)
    _kerahasiaan(decision, signals, danger, opinion, claimed.kerahasiaan)
    decision.jenjang = next((code for code, name in _LEVELS if signals.strength.get(name)), None)
    if signals.get("wrongdoing") and decision.jenis in {"pengaduan", "wbs"}:
        decision.accused = tuple(code for code in OFFICES if signals.get(f"office_{code}"))
    return decision


def _weighed(opinion: Opinion, claimed: str | None, *, automated: bool) -> dict[str, float]:
    """The likeliest by the model, and by what the reporter chose and whether a machine wrote it. Likeliest first."""
    odds = dict(opinion.kategori)
    if not opinion.known:  # nothing that it learned from: what is frequent says nothing of this text
        odds = dict.fromkeys(odds, 0.6 / (len(odds) - 1)) | {NO_COMPLAINT: 0.4}
    if claimed in odds:
        odds[claimed] *= CHOSEN_ODDS
    if automated:
        odds[NO_COMPLAINT] = odds[NO_COMPLAINT] * AUTOMATED_ODDS + 0.5
    total = sum(odds.values())
    return {code: odds[code] / total for code in sorted(odds, key=odds.__getitem__, reverse=True)[:LIKELIEST]}


def _likeliest(shares: Mapping[str, float], but: str = "") -> str:
    """The class that is likeliest with the lean towards rare ones, `but` this one."""
    best, most = "", -1.0
    for code, share in shares.items():
        weighed = share * LEANING.get(code, 1.0)
        if weighed > most and code != but:
            best, most = code, weighed
    return best


def _kategori(
    decision: Decision,
    shares: Mapping[str, float],
    spoken: Mapping[str, Sequence[tuple[float, str]]],
    learned: Callable[[str], tuple[str, ...]],
) -> None:
    (first, share), (second, other) = list(shares.items())[:2]
    decision.kategori, decision.confidence = first, round(share, 3)
    decision.kategori_alt = second if other >= RUNNER_UP else None
    decision.also = tuple(code for code, part in shares.items() if part >= ALSO and code not in {first, NO_COMPLAINT})
    decision.shares = tuple([_told(code, round(part, 3)) for code, part in list(shares.items())[:TOLD]])
    for name, code in (("kategori", first), ("kategori_alt", decision.kategori_alt)):
        if code is None:
            continue
        said = [phrase for _, phrase in spoken.get(code, ())]
        decision.because(name, code, "words" if said else "learned", said or learned(code))
    if share < UNSURE:
        decision.because("confidence", "unsure", "below_threshold")


def _jenis(decision: Decision, signals: Signals, opinion: Opinion, claimed: str | None) -> None:
    jenis, cause = _likeliest(opinion.jenis), "learned"
    if claimed == "wbs":
        jenis, cause = "wbs", "claimed"
    elif claimed in {"informasi", "aspirasi"} and (not signals.get("problem") or opinion.jenis[claimed] >= OPEN_FROM):
        jenis, cause = claimed, "claimed"
    decision.jenis = jenis
    decision.because("jenis", jenis, cause)


def _prioritas(
    decision: Decision, signals: Signals, danger: Danger, opinion: Opinion, *, triaged: bool, automated: bool
) -> None:
    """Danger first, and recall before all: words of danger, or the model's suspicion alone."""
    complains = decision.jenis in {"pengaduan", "wbs"}
    needed = EMERGENCY + (0.0 if complains else 1.0) + (CALM if danger.calm else 0.0)
    spoken = danger.level >= needed and opinion.danger >= WITH_WORDS
    # What the door told somebody is urgent is not dropped for a category that nobody is sure of.
    doubtful = triaged and decision.confidence < UNSURE and opinion.danger >= WITH_WORDS
    nothing = decision.kategori == NO_COMPLAINT and decision.confidence >= SURE and danger.level < SERIOUS
    if not automated and (spoken or doubtful or (opinion.danger >= ALONE and not nothing)):
        decision.prioritas = "darurat"
        kinds = list(danger.kinds.items())[:2]
        for kind, said in kinds:
            decision.because("prioritas", "darurat", f"danger:{kind}", said)
        if not kinds:
            decision.because("prioritas", "darurat", "danger:learned")
        return
    decision.prioritas, cause = _likeliest(opinion.prioritas, but="darurat"), ""
    if decision.kategori == NO_COMPLAINT:
        decision.prioritas = "rendah"
    elif decision.prioritas == "tinggi":
        cause = next((name for name in HIGH if signals.strength.get(name, 0.0) >= HIGH_FROM), "")
    elif triaged and opinion.danger >= HELD_HIGH:
        decision.prioritas, cause = "tinggi", "triage"
    phrases = signals.phrases.get(cause, ())
    decision.because("prioritas", decision.prioritas, cause if phrases else "learned", phrases)


def _kerahasiaan(decision: Decision, signals: Signals, danger: Danger, opinion: Opinion, claimed: str | None) -> None:
    """The safe default first, also where the model only suspects it; then what the reporter asked for."""
    harmed_child = danger.level >= EMERGENCY and signals.get("child") and decision.prioritas == "darurat"
    asked: Mapping[str, list[str]] = signals.phrases
    secret = sum(map(opinion.kategori.__getitem__, SECRET_KATEGORI))
    suspected = secret >= SUSPECTED or opinion.secret >= SUSPECTED
    if decision.kategori in SECRET_KATEGORI or decision.jenis == "wbs":
        value, cause = "rahasia", "safe_default"
    elif harmed_child and not danger.kinds.keys() <= {"collapse"}:
        value, cause = "rahasia", "child_victim"
    elif claimed == "rahasia" or signals.get("secret"):
        value, cause = "rahasia", "secret"
    elif suspected:
        value, cause = "rahasia", "suspected"
    elif claimed == "anonim" or signals.get("anonymous"):
        value, cause = "anonim", "anonymous"
    elif claimed == "publik":
        value, cause = "publik", CHOSEN
    else:
        value, cause = "publik", "default"
    decision.kerahasiaan = value
    decision.because("kerahasiaan", value, cause, asked.get(cause, ()))
