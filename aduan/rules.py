"""Weighted words and phrases of the data files, compiled once and matched in one pass over a complaint's words."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain, zip_longest
from typing import Any, Final

from aduan.datafiles import load_rows
from aduan.phrase_tree import phrase_tree
from aduan.rule_files import Together, read_list, read_parts, read_phrases, read_together
from aduan.text import NUMBER, make_normaliser, surface_words
from schemas.errors import SettingsError

PLAIN: Final = "plain"
"""A phrase with this signal raises no others: `usul kenaikan pangkat` proposes nothing."""
NEGATORS: Final = frozenset({"tidak", "bukan", "tanpa"})
BETWEEN: Final = frozenset({"ada", "pernah", "terdapat", "sampai", "ji", "perlu"})
FICTION: Final = frozenset(
    "adegan judul berjudul novel dongeng puisi drama teater naskah komik sinetron cerpen".split()  # noqa: SIM905
)
"""What is told right behind these words happened in a story."""
BREAK: Final = "|"
"""Stands between title and text, so that no phrase spans both."""
HARMLESS: Final = {"danger:": 0.0, "part:": 0.0}
"""Weights of a phrase that only sounds like danger: it speaks of none, and still for its category."""
MOST_SPOTS: Final = 500
"""So many places of words are looked at together, of one complaint."""


@dataclass(slots=True)
class Entry:
    """A phrase: what it speaks for, with weights, by `group:code` (kategori:pip, signal:question, danger:suicide)."""

    phrase: str
    weights: dict[str, float] = field(default_factory=dict)
    shadow: bool = False
    kategori: tuple[tuple[str, float], ...] = ()
    signals: tuple[tuple[str, float], ...] = ()
    dangers: tuple[tuple[str, float], ...] = ()
    parts: int = 0
    """Which parts of `together` rules it is one of: a bit each."""
    speaks: bool = False
    """Whether it says anything by itself."""
    feature: str = ""
    """What the model calls it."""

    def __post_init__(self) -> None:
        """Name it once; its name is looked up in every complaint that holds it."""
        self.feature = f"phrase:{self.phrase}"


Node = tuple[Entry | None, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All phrases as a tree of words, and the normaliser that its phrases went through."""

    tree: dict[str, Node]
    normalise: Callable[[str], tuple[str, ...]]
    entries: dict[str, Entry]
    together: Sequence[tuple[int, int, Entry]] = ()
    """Rules for neighbours: the bits of their parts, the width of the window, what they say."""
    vocabulary: frozenset[str] = frozenset()
    """Every comparable word of the phrases."""

    def words(self, surface: Iterable[str]) -> list[str]:
        """Comparable words of surface words."""
        return list(chain.from_iterable(map(self.normalise, surface)))

    def match(self, words: Sequence[str]) -> list[Entry]:
        """The distinct phrases found, longest at each place; one inside a longer one does not count."""
        found: dict[str, Entry] = {}
        spots: list[tuple[int, int]] = []
        covered, size = 0, len(words)
        for start, (begun, following) in enumerate(zip_longest(map(self.tree.get, words), words[1:])):
            if begun is None:
                continue
            best, children = begun
            if best is None and following not in children:
                continue
            end = at = start + 1
            while children and at < size:
                node = children.get(words[at])
                if node is None:
                    break
                at += 1
                entry, children = node
                if entry is not None:
                    best, end = entry, at
            if best is not None and end > covered:
                covered = end
                if not (best.dangers and _denied(words, start)):
                    if best.speaks:
                        found[best.phrase] = best
                    if best.parts:
                        spots.append((start, best.parts))
        if len(spots) > 1:
            self._put_together(spots[:MOST_SPOTS], found)
        return list(found.values())

    def _put_together(self, spots: Sequence[tuple[int, int]], found: dict[str, Entry]) -> None:
        missing = -1
        for _, parts in spots:
            missing &= ~parts
        for wanted, within, entry in [rule for rule in self.together if not rule[0] & missing]:
            if _near(spots, wanted, within):
                found[entry.phrase] = entry


def _near(spots: Sequence[tuple[int, int]], wanted: int, within: int) -> bool:
    """Whether all the wanted parts stand within so many words, at two places at least."""
    for first, (start, own) in enumerate(spots, 1):
        if not own & wanted:
            continue
        missing = wanted & ~own or wanted
        for place, parts in spots[first:]:
            if place - start > within:
                break
            missing &= ~parts
            if not missing:
                return True
    return False


def _denied(words: Sequence[str], start: int) -> bool:
    """Whether a danger word is denied: tidak dipukul, bukan kekerasan, tidak pernah berantem, adegan pembunuhan."""
    before = words[start - 1] if start else ""
    if before in FICTION or (start > 1 and words[start - 2] in FICTION):
        return True
    if before in BETWEEN and start > 1:
        before = words[start - 2]
    return before in NEGATORS


def compile_lexicon(
    phrases: Mapping[str, Mapping[str, float]],
    shadows: Iterable[str],
    *,
    together: Sequence[Together] = (),
    misspelt: Collection[str] = (),
) -> Lexicon:
    """Build a lexicon from raw phrases with weights by `group:code`, and phrases that hide what they cover.

    `together` adds what phrases say near one another; `misspelt` are roots also known with a letter missing or moved.
    """
    slang = {word: "" if meant == "-" else meant for word, meant in load_rows("slang.tsv", 2)}
    roots = [row[0] for row in load_rows("roots.tsv", 1)]
    shadows = list(shadows)
    known = {word for phrase in (*phrases, *shadows) for word in _split(phrase)}
    normalise = make_normaliser(slang, roots, known, misspelt=misspelt)

    def settle(raw: str) -> str:
        key = " ".join(part for word in _split(raw) for part in normalise(word))
        if not key:
            raise SettingsError(f"aduan/data: the phrase '{raw}' holds only filler words of slang.tsv")
        if " " in raw and " " not in key:
            raise SettingsError(f"aduan/data: of the phrase '{raw}' only the single word '{key}' is left")
        return key

    entries: dict[str, Entry] = {}
    for raw, weights in phrases.items():
        key = settle(raw)
        entry = entries.setdefault(key, Entry(key))
        for code, weight in weights.items():
            entry.weights[code] = max(weight, entry.weights.get(code, 0.0))
    for raw in shadows:
        key = settle(raw)
        entries[key] = Entry(key, shadow=True)
    _inherit(entries)
    tree = phrase_tree(entries)
    bits = {part: 1 << at for at, part in enumerate(sorted({part for rule in together for part in rule.parts}))}
    for entry in entries.values():
        parts = {part for part, _ in _group(entry, "part")}
        entry.parts = sum(bits.get(part, 0) for part in parts if f"not_{part}" not in parts)
    rules = []
    for rule in together:
        entries[rule.title] = Entry(rule.title, dict(rule.weights))
        _settle_groups(entries[rule.title])
        rules.append((sum(bits[part] for part in rule.parts), rule.within, entries[rule.title]))
    vocabulary = frozenset(word for key in entries for word in key.split())
    return Lexicon(tree, normalise, entries, rules, vocabulary)


def _split(phrase: str) -> list[str]:
    return [word for part in phrase.split() for word in ([part] if part == NUMBER else surface_words(part))]


def _inherit(entries: dict[str, Entry]) -> None:
    """A longer phrase also says what the shorter ones inside it say, in the groups it does not speak of itself."""
    for key in sorted(entries, key=lambda key: key.count(" ")):
        entry = entries[key]
        words = key.split()
        if entry.shadow:
            continue
        own = {code.partition(":")[0] for code in entry.weights}
        for size in range(len(words) - 1, 0, -1):
            for start in range(len(words) - size + 1):
                inner = entries.get(" ".join(words[start : start + size]))
                if inner is None:
                    continue
                for code, weight in inner.weights.items():
                    group = code.partition(":")[0]
                    if group not in own or (group == "signal" and f"signal:{PLAIN}" not in entry.weights):
                        entry.weights[code] = max(weight, entry.weights.get(code, 0.0))
        _settle_groups(entry)


def _settle_groups(entry: Entry) -> None:
    entry.kategori = _group(entry, "kategori")
    entry.dangers = _group(entry, "danger")
    entry.signals = tuple(pair for pair in _group(entry, "signal") if pair[0] != PLAIN)
    entry.speaks = bool(entry.kategori or entry.dangers or entry.signals)


def _group(entry: Entry, group: str) -> tuple[tuple[str, float], ...]:
    prefix = f"{group}:"
    return tuple(
        (code.removeprefix(prefix), weight)
        for code, weight in entry.weights.items()
        if code.startswith(prefix) and code != prefix
    )


def _lexicon(sections: Mapping[str, Mapping[str, str]]) -> Lexicon:
    """The lexicon of the files named, each with its sections of phrases by group."""
    phrases: dict[str, dict[str, float]] = {}
    for name, groups in sections.items():
        for found in (read_phrases(name, groups), read_parts(name)):
            for phrase, weights in found.items():
                phrases.setdefault(phrase, {}).update(weights)
    parts = {code.removeprefix("part:") for weights in phrases.values() for code in weights if code[:5] == "part:"}
    for harmless in read_list("danger.yaml", "not"):
        phrases.setdefault(harmless, {}).update(HARMLESS)
    return compile_lexicon(
        phrases,
        [shadow for name in sections if name != "danger.yaml" for shadow in read_list(name, "not")],
        together=[rule for name in sections for rule in read_together(name, parts)],
        misspelt=read_list("danger.yaml", "misspelt"),
    )


@cache
def danger_lexicon() -> Lexicon:
    """The door's danger words alone."""
    return _lexicon({"danger.yaml": {"danger": "danger", "context": "signal"}})


@cache
def full_lexicon() -> Lexicon:
    """Every rule of classification, the danger words included."""
    return _lexicon(
        {
            "rules.yaml": {"kategori": "kategori", "signals": "signal"},
            "danger.yaml": {"danger": "danger", "context": "signal"},
        }
    )
