"""A complaint as both the rules and the model read it: words, phrases, signals, danger. Pure; done once a text."""

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from aduan.categories import Votes, count_votes
from aduan.model.features import Said, rule_values
from aduan.rules import BREAK, Entry, full_lexicon
from aduan.signals import SERIOUS, Signals
from aduan.text import MAX_CHARS, surface_words
from aduan.triage import Danger, weigh_danger

MAX_WORDS: Final = 4_000


class Reading(NamedTuple):
    """What was read of one complaint."""

    title: Sequence[str]
    """Surface words."""
    text: Sequence[str]
    signals: Signals
    danger: Danger
    votes: Votes
    said: Said


def read_complaint(title: str, text: str) -> Reading:
    """Read one complaint. Never raises on any text, and takes time linear in the (capped) text."""
    return read_complaints([(title, text)])[0]


def read_complaints(written: Sequence[tuple[str, str]]) -> list[Reading]:
    """Read complaints, each its title and text, as `read_complaint` does, in order.

    Step by step and not one by one: the tables of one step then stay near the processor, which saves a sixth.
    """
    lexicon = full_lexicon()
    surface = [(surface_words(title)[:MAX_WORDS], surface_words(text)[:MAX_WORDS]) for title, text in written]
    titles = [lexicon.words(title) for title, _ in surface]
    words = [[*title, BREAK, *lexicon.words(text)] for title, (_, text) in zip(titles, surface, strict=True)]
    hits = map(lexicon.match, words)
    titled = ({entry.phrase for entry in lexicon.match(title)} if title else set[str]() for title in titles)
    questions = (text.count("?", 0, MAX_CHARS) + title.count("?", 0, MAX_CHARS) for title, text in written)
    return [_read(*one) for one in zip(surface, words, list(hits), titled, questions, strict=True)]


def _read(
    surface: tuple[Sequence[str], Sequence[str]],
    words: Sequence[str],
    hits: Sequence[Entry],
    titled: Collection[str],
    questions: int,
) -> Reading:
    in_title, in_text = surface
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
        signals=signals,
        danger=danger,
        votes=votes,
        said=Said(words, {*in_title, *in_text}, rules),
    )
