"""A complaint as both the rules and the model read it: words, phrases, signals, danger. Pure; done once a text."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from aduan.categories import Votes, count_votes
from aduan.model.features import Said, rule_values
from aduan.rules import BREAK, Entry, full_lexicon
from aduan.signals import SERIOUS, Signals
from aduan.text import MAX_CHARS, surface_words
from aduan.triage import Danger, weigh_danger

MAX_WORDS: Final = 4_000


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of one complaint."""

    title: Sequence[str]
    """Surface words."""
    text: Sequence[str]
    hits: Sequence[Entry]
    titled: Collection[str]
    signals: Signals
    danger: Danger
    votes: Votes
    questions: int
    words: int
    said: Said


def read_complaint(title: str, text: str) -> Reading:
    """Read one complaint. Never raises on any text, and takes time linear in the (capped) text."""
    lexicon = full_lexicon()
    in_title, in_text = surface_words(title)[:MAX_WORDS], surface_words(text)[:MAX_WORDS]
    title_words = lexicon.words(in_title)
    words = [*title_words, BREAK, *lexicon.words(in_text)]
    hits = lexicon.match(words)
    titled = {entry.phrase for entry in lexicon.match(title_words)} if title_words else set[str]()
    questions = text.count("?", 0, MAX_CHARS) + title.count("?", 0, MAX_CHARS)
    signals, danger = Signals.of(hits, questions), weigh_danger(hits)
    named = dict(signals.strength)
    if danger.level >= SERIOUS:
        named.update((f"danger_{kind}", danger.level) for kind in danger.kinds)
    votes = count_votes(hits, titled=titled, signals=named)
    rules = rule_values(
        hits,
        titled=titled,
        votes=votes.scores,
        signals=named,
        danger=danger,
        words=words,
        questions=questions,
    )
    return Reading(
        title=in_title,
        text=in_text,
        hits=hits,
        titled=titled,
        signals=signals,
        danger=danger,
        votes=votes,
        questions=questions,
        words=len(words) - 1,
        said=Said(words, {*in_title, *in_text}, rules),
    )
