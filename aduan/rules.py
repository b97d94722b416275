"""Weighted words and phrases of the data files, compiled once and matched in one pass over a complaint's words."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from typing import Any, Final

from aduan.datafiles import load_rows, load_yaml
from aduan.text import NUMBER, make_normaliser, surface_words
from schemas.errors import SettingsError

PLAIN: Final = "plain"
"""A phrase with this signal raises no others: `usul kenaikan pangkat` proposes nothing."""
NEGATORS: Final = frozenset({"tidak", "bukan", "tanpa"})
BETWEEN: Final = frozenset({"ada", "pernah", "terdapat", "sampai", "ji", "perlu"})
BREAK: Final = "|"
"""Stands between title and text, so that no phrase spans both."""


@dataclass(slots=True)
class Entry:
    """A phrase: what it speaks for, with weights, by `group:code` (kategori:pip, signal:question, danger:suicide)."""

    phrase: str
    weights: dict[str, float] = field(default_factory=dict)
    shadow: bool = False
    kategori: tuple[tuple[str, float], ...] = ()
    signals: tuple[tuple[str, float], ...] = ()
    dangers: tuple[tuple[str, float], ...] = ()


Node = tuple[Entry | None, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All phrases as a tree of words, and the normaliser that its phrases went through."""

    tree: dict[str, Node]
    normalise: Callable[[str], tuple[str, ...]]
    entries: dict[str, Entry]

    def words(self, surface: Iterable[str]) -> list[str]:
        """Comparable words of surface words."""
        return list(chain.from_iterable(map(self.normalise, surface)))

    def match(self, words: Sequence[str]) -> list[Entry]:
        """The distinct phrases found, longest at each place; one inside a longer one does not count."""
        found: dict[str, Entry] = {}
        tree, covered, size = self.tree, 0, len(words)
        for start, word in enumerate(words):
            node = tree.get(word)
            if node is None:
                continue
            best, children = node
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
                if not best.shadow and not (best.dangers and _denied(words, start)):
                    found[best.phrase] = best
        return list(found.values())


def _denied(words: Sequence[str], start: int) -> bool:
    """Whether a danger word is denied: tidak dipukul, bukan kekerasan, tidak pernah berantem, tanpa luka."""
    before = words[start - 1] if start else ""
    if before in BETWEEN and start > 1:
        before = words[start - 2]
    return before in NEGATORS


def compile_lexicon(phrases: Mapping[str, Mapping[str, float]], shadows: Iterable[str]) -> Lexicon:
    """Build a lexicon from raw phrases with weights by `group:code`, and phrases that hide what they cover."""
    slang = {word: "" if meant == "-" else meant for word, meant in load_rows("slang.tsv", 2)}
    roots = [row[0] for row in load_rows("roots.tsv", 1)]
    shadows = list(shadows)
    known = {word for phrase in (*phrases, *shadows) for word in _split(phrase)}
    normalise = make_normaliser(slang, roots, known)

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
    return Lexicon(_tree(entries), normalise, entries)


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
        entry.kategori = _group(entry, "kategori")
        entry.dangers = _group(entry, "danger")
        entry.signals = tuple(pair for pair in _group(entry, "signal") if pair[0] != PLAIN)


def _group(entry: Entry, group: str) -> tuple[tuple[str, float], ...]:
    prefix = f"{group}:"
    return tuple(
        (code.removeprefix(prefix), weight) for code, weight in entry.weights.items() if code.startswith(prefix)
    )


def _tree(entries: Mapping[str, Entry]) -> dict[str, Node]:
    root: dict[str, Node] = {}
    for key, entry in entries.items():
        words = key.split()
        level = root
        for number, word in enumerate(words, 1):
            last = number == len(words)
            held, children = level.get(word, (None, {}))
            level[word] = (entry if last else held, children)
            level = children
    return root


def read_phrases(name: str, sections: Mapping[str, str]) -> dict[str, dict[str, float]]:
    """Phrases of a YAML file: `section: {code: {weight: [phrase, …]}}`; `sections` maps a section to its group."""
    raw = load_yaml(name)
    found: dict[str, dict[str, float]] = {}
    for section, group in sections.items():
        for code, levels in _mapping(name, section, raw.get(section)).items():
            for weight, phrases in _mapping(name, f"{section}.{code}", levels).items():
                if not isinstance(weight, int | float) or not isinstance(phrases, list):
                    raise SettingsError(f"aduan/data/{name}, {section}.{code}: needs `weight: [phrases]`")
                for phrase in phrases:
                    if not isinstance(phrase, str):
                        raise SettingsError(
                            f"aduan/data/{name}, {section}.{code}.{weight}: a phrase is not text: quote it"
                        )
                    found.setdefault(phrase.strip().lower(), {})[f"{group}:{code}"] = float(weight)
    return found


def read_list(name: str, key: str) -> list[str]:
    """A list of phrases under one key of a YAML file."""
    value = load_yaml(name).get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise SettingsError(f"aduan/data/{name}, {key}: must be a list of phrases")
    return [item.strip().lower() for item in value]


def _mapping(name: str, key: str, value: Any) -> dict[Any, Any]:
    if not isinstance(value, dict):
        raise SettingsError(f"aduan/data/{name}, {key}: must be a mapping")
    return value


@cache
def danger_lexicon() -> Lexicon:
    """The door's danger words alone."""
    return compile_lexicon(
        read_phrases("danger.yaml", {"danger": "danger", "context": "signal"}), read_list("danger.yaml", "not")
    )


@cache
def full_lexicon() -> Lexicon:
    """Every rule of classification, the danger words included."""
    phrases = read_phrases("rules.yaml", {"kategori": "kategori", "signals": "signal"})
    for phrase, weights in read_phrases("danger.yaml", {"danger": "danger", "context": "signal"}).items():
        phrases.setdefault(phrase, {}).update(weights)
    return compile_lexicon(phrases, read_list("danger.yaml", "not") + read_list("rules.yaml", "not"))
