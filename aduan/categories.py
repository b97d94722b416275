"""Words' votes to a category: saturation, combinations of signals, and what no category's words fit. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple

from aduan.datafiles import load_yaml
from aduan.rules import Entry
from schemas.errors import SettingsError

NEAR: Final = 0.6
"""A second category is named when it reaches so much of the first one's score."""
TITLE_WEIGHT: Final = 1.5
"""A phrase in the title counts half as much again."""
SATURATION: Final = 0.75
"""Each further phrase of a category counts so much of the one before: a long text is not a strong one."""
DAMPING: Final = (1.0, 0.6, 0.4, 0.3)
"""What is left of the vote for another agency, by how many words of education the text has: streets, neighbours and
banks stand in every story, and beside schools they hardly speak for another agency."""
SURE: Final = 6.0
"""A score that two plain topic phrases reach."""
FAINT: Final = 2.0
"""A score below this, in a short text that reports no problem, is chance."""
FEW: Final = 5
"""A text of fewer comparable words than this says too little to be somebody's complaint."""


@dataclass(frozen=True, slots=True)
class Combination:
    """Signals that together speak for categories, e.g. an alleged wrong and an official for korupsi."""

    name: str
    needs: frozenset[str]
    unless: frozenset[str]
    votes: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """The category, maybe a second one, how sure (0 to 1), and for each the rule and phrases that led to it."""

    kategori: str
    second: str | None
    confidence: float
    reasons: tuple[tuple[str, tuple[str, ...]], ...]


class Votes(NamedTuple):
    """Scores by category, the phrases that gave them, and the combination that did."""

    scores: Mapping[str, float]
    spoken: Mapping[str, list[tuple[float, str]]]
    rules: Mapping[str, str]


@cache
def combinations() -> tuple[Combination, ...]:
    """The combinations of decisions.yaml; SettingsError names the one that is wrong."""
    found = []
    for name, rule in load_yaml("decisions.yaml").get("combinations", {}).items():
        try:
            combination = Combination(
                name=str(name),
                needs=frozenset(rule["all"]),
                unless=frozenset(rule.get("unless", ())),
                votes=tuple((str(code), float(weight)) for code, weight in rule["votes"].items()),
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            raise SettingsError(
                f"aduan/data/decisions.yaml, combinations.{name}: needs all, votes and maybe unless"
            ) from None
        found.append(combination)
    return tuple(found)


def choose(
    hits: Sequence[Entry],
    *,
    titled: Collection[str],
    signals: Mapping[str, float],
    words: int,
    claimed: str | None,
    automated: bool,
) -> Choice:
    """The category of a text of `words` comparable words in which `hits` were found, `titled` ones in its title."""
    counted = count_votes(hits, titled=titled, signals=signals)
    scores, spoken, rules = dict(counted.scores), counted.spoken, counted.rules
    if claimed in scores:
        scores[claimed] += 1.0
    if "luar_kewenangan" in scores:
        scores["luar_kewenangan"] *= DAMPING[min(int(signals.get("edu", 0)), len(DAMPING) - 1)]
    if automated:
        scores["bukan_aduan"] = scores.get("bukan_aduan", 0.0) + SURE
    best = max(scores.values(), default=0.0)
    if best < 1.0 or (best < FAINT and words < 2 * FEW and "problem" not in signals):
        code, vote = _fall_back(signals, words, claimed)
        scores[code] = scores.get(code, 0.0) + vote
    return _rank(scores, spoken, rules)


def count_votes(hits: Sequence[Entry], *, titled: Collection[str], signals: Mapping[str, float]) -> Votes:
    """What the phrases and combinations of signals say of each category, before anything is chosen."""
    spoken: dict[str, list[tuple[float, str]]] = {}
    for entry in hits:
        phrase = entry.phrase
        for code, weight in entry.kategori:
            vote = weight * TITLE_WEIGHT if titled and phrase in titled else weight
            if code in spoken:
                spoken[code].append((vote, phrase))
            else:
                spoken[code] = [(vote, phrase)]
    scores = {code: _saturated(votes) for code, votes in spoken.items()}
    rules = _combine(scores, signals)
    return Votes(scores, spoken, rules)


def _saturated(votes: list[tuple[float, str]]) -> float:
    if len(votes) == 1:
        return votes[0][0]
    votes.sort(reverse=True)
    total, share = 0.0, 1.0
    for vote, _ in votes:
        total += vote * share
        share *= SATURATION
    return total


def _combine(scores: dict[str, float], signals: Mapping[str, float]) -> dict[str, str]:
    rules: dict[str, str] = {}
    have = frozenset(signals)
    for combination in [one for one in combinations() if one.needs <= have and one.unless.isdisjoint(have)]:
        for code, weight in combination.votes:
            scores[code] = scores.get(code, 0.0) + weight
            rules[code] = combination.name
    return rules


def _fall_back(signals: Mapping[str, float], words: int, claimed: str | None) -> tuple[str, float]:
    """What a complaint is that no category's words fit: as claimed, education in general, another agency's, or none."""
    asks = "problem" in signals or "question" in signals or "suggestion" in signals
    if words < FEW and "problem" not in signals and (not asks or words < FEW - 1):
        return "bukan_aduan", 1.5
    if claimed:
        return claimed, 1.0
    if "edu" in signals:
        return "pendidikan_lainnya", 1.2
    return ("luar_kewenangan", 1.1) if asks else ("bukan_aduan", 1.0)


def _rank(
    scores: Mapping[str, float], spoken: Mapping[str, list[tuple[float, str]]], rules: Mapping[str, str]
) -> Choice:
    ranked = sorted(scores.items(), key=lambda score: -score[1])
    kategori, best = ranked[0]
    second, runner_up = ranked[1] if len(ranked) > 1 else ("", 0.0)
    margin = (best - max(runner_up, 0.0)) / best
    chosen = [kategori, second] if runner_up > 0 and runner_up >= NEAR * best else [kategori]
    reasons = []
    for code in chosen:
        said = tuple(phrase for _, phrase in spoken.get(code, ()))
        reasons.append(("words" if said else rules.get(code, "nothing_else"), said))
    return Choice(
        kategori=kategori,
        second=chosen[1] if len(chosen) > 1 else None,
        confidence=round(min(1.0, best / SURE) * (0.35 + 0.65 * margin), 3),
        reasons=tuple(reasons),
    )
