"""A linear model over words, pairs, pieces of words and rules, served without the library that trained it.

A text's scores are a sum over its words. What a word's pieces add is computed once and kept in a bounded table, so that
a complaint costs some look-ups and one sum. The file is an npz of numbers and one JSON text: nothing in it can run.
"""

import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from aduan.model.features import Said, distinct_words, pairs, piece_weight, pieces, text_weight
from aduan.model.heads import Head
from schemas.errors import SettingsError

FORMAT: Final = 1
KEPT_WORDS: Final = 20_000
"""Words whose pieces are kept added up; the table begins anew when it is full."""
CHUNK_WORDS: Final = 4_000
"""Words that are looked at together: bounds memory whatever a batch holds."""
_UNREADABLE: Final = (
    *(OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, RecursionError),
    *(BadZipFile, zlib.error, NotImplementedError),
)
"""What reading a file can raise that was cut off, changed or made by others."""
Numbers = NDArray[np.float32]


class LinearModel:
    """The model as it serves. Not for several threads at once: its table of words is its own."""

    def __init__(
        self, version: str, heads: Sequence[Head], names: Sequence[str], weights: Numbers, bias: Numbers
    ) -> None:
        self.version = version
        self.heads = tuple(heads)
        self.weights = np.zeros((len(weights) + 1, weights.shape[1]), np.float16)
        """Row by row, however the file has them: they are read by whole rows. Half precision, as in the file."""
        self.weights[1:] = weights
        self.bias = bias.astype(np.float32)
        self._words: dict[str, int] = {}
        self._pairs: dict[tuple[str, str], int] = {}
        self._pieces: dict[str, int] = {}
        self._rules: dict[str, int] = {}
        self._index(names)
        self._table = np.zeros((KEPT_WORDS + CHUNK_WORDS + 1, weights.shape[1]), np.float32)
        self._slots = _Slots(self._add_up)

    def _index(self, names: Iterable[str]) -> None:
        for row, name in enumerate(names, 1):  # row 0 holds nothing: what is not known
            kind, _, value = name.partition(":")
            if kind == "w":
                self._words[value] = row
            elif kind == "b":
                first, _, second = value.partition(" ")
                self._pairs[first, second] = row
            elif kind == "c":
                self._pieces[value] = row
            else:
                self._rules[value] = row

    @property
    def names(self) -> list[str]:
        """Every feature in the order of its row. Put together when asked for: serving needs no second copy."""
        found = [""] * (len(self.weights) - 1)
        kinds: tuple[tuple[str, Iterable[tuple[str, int]]], ...] = (
            ("w", self._words.items()),
            ("b", ((f"{first} {second}", row) for (first, second), row in self._pairs.items())),
            ("c", self._pieces.items()),
            ("r", self._rules.items()),
        )
        for kind, rows in kinds:
            for value, row in rows:
                found[row - 1] = f"{kind}:{value}"
        return found

    def known(self, words: Iterable[str]) -> int:
        """How many distinct ones of these comparable words were in the training data."""
        return len(self._words.keys() & words)

    def scores(self, batch: Sequence[Said]) -> Numbers:
        """One row of scores per complaint, one column per class of all heads, in their order."""
        if not batch:
            return np.zeros((0, len(self.bias)), np.float32)
        return np.concatenate([self._scores(chunk) for chunk in _chunks(batch)])

    def _scores(self, batch: Sequence[Said]) -> Numbers:
        """The scores of so few that all their words have a place in the table."""
        if len(self._slots) + sum(len(said.surface) for said in batch) > KEPT_WORDS:
            self._slots.clear()
        known, slots, rules = _Gathered(), _Gathered(), _Gathered()
        values, scales = list[float](), list[float]()
        for said in batch:
            words = distinct_words(said.words)
            scales.append(text_weight(words))
            known.begin()
            known.rows += filter(None, map(self._words.get, words))
            known.rows += dict.fromkeys(filter(None, map(self._pairs.get, pairs(said.words))))
            slots.begin()
            slots.rows += map(self._slots.__getitem__, said.surface)
            rules.begin()
            values.append(0.0)
            rules.rows += map(self._rules.get, said.rules, repeat(0))
            values += said.rules.values()
        spoken = known.summed(self._rows(known.rows)) + slots.summed(self._table.take(slots.rows, axis=0))
        weighed = self._rows(rules.rows) * np.array(values, np.float32)[:, None]
        ruled = np.add.reduceat(weighed, rules.starts)
        total: Numbers = spoken * np.array(scales, np.float32)[:, None] + ruled + self.bias
        return total

    def _rows(self, rows: Sequence[int]) -> Numbers:
        return self.weights.take(rows, axis=0).astype(np.float32)

    def contributions(self, said: Said, column: int) -> list[tuple[float, str]]:
        """What each known word adds to one class over the mean of all of its head, largest first."""
        head = self._head_of(column)
        words = distinct_words(said.words)
        scale = text_weight(words)
        known = [(word, row) for word in words if (row := self._words.get(word))]
        if not known:
            return []
        rows = [row for _, row in known]
        weights = self._rows(rows)
        added = scale * (weights[:, column] - weights[:, head].mean(axis=1))
        return sorted(zip(added.tolist(), [word for word, _ in known], strict=True), reverse=True)

    def columns(self) -> Iterator[tuple[Head, slice]]:
        """Each head with its columns."""
        at = 0
        for head in self.heads:
            yield head, slice(at, at + len(head.classes))
            at += len(head.classes)

    def _head_of(self, column: int) -> slice:
        return next(columns for _, columns in self.columns() if columns.start <= column < columns.stop)

    def _add_up(self, word: str, slot: int) -> None:
        """Put the sum of a word's pieces into the table."""
        parts = pieces(word)
        rows = [row for part in parts if (row := self._pieces.get(part))]
        self._table[slot] = self._rows(rows).sum(axis=0) * piece_weight(len(parts)) if rows else 0.0


class _Slots(dict[str, int]):
    """Where the sum of a word's pieces stands in the table; added up when it is first asked for by `[word]`."""

    def __init__(self, add_up: Callable[[str, int], None]) -> None:
        self._add_up = add_up

    def __missing__(self, word: str) -> int:
        slot = len(self) + 1
        self._add_up(word, slot)
        self[word] = slot
        return slot


class _Gathered:
    """Rows of a matrix to add up, text by text. Each text begins with row 0, which holds nothing."""

    def __init__(self) -> None:
        self.rows: list[int] = []
        self.starts: list[int] = []

    def begin(self) -> None:
        self.starts.append(len(self.rows))
        self.rows.append(0)

    def summed(self, gathered: Numbers) -> Numbers:
        """The sums of the rows, text by text."""
        found: Numbers = np.add.reduceat(gathered, self.starts)
        return found


def _chunks(batch: Sequence[Said]) -> Iterator[Sequence[Said]]:
    """The batch in pieces of at most `CHUNK_WORDS` words, or of one text."""
    start = words = 0
    for at, said in enumerate(batch):
        words += len(said.surface)
        if words > CHUNK_WORDS and at > start:
            yield batch[start:at]
            start, words = at, len(said.surface)
    yield batch[start:]


def save_model(model: LinearModel, path: Path, meta: Mapping[str, Any]) -> None:
    """Write the model as an npz: half-precision weights, bias, and a JSON text with names, heads and `meta`."""
    told = {
        "format": FORMAT,
        "version": model.version,
        "heads": [[head.name, list(head.classes)] for head in model.heads],
        "names": list(model.names),
        "meta": dict(meta),
    }
    text = np.frombuffer(json.dumps(told, ensure_ascii=False, sort_keys=True).encode(), np.uint8)
    with path.open("wb") as file:
        np.savez_compressed(file, weights=model.weights[1:].astype(np.float16), bias=model.bias, text=text)


def load_model(path: Path) -> tuple[LinearModel, dict[str, Any]]:
    """A model and its `meta`. SettingsError says what is wrong with the file; nothing in it is ever run."""
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            weights, bias, told = file["weights"], file["bias"], json.loads(file["text"].tobytes())
        heads = [Head(name, tuple(classes)) for name, classes in told["heads"]]
        _check(told, heads, weights, bias)
        return LinearModel(told["version"], heads, told["names"], weights, bias), dict(told["meta"])
    except _UNREADABLE as error:
        raise SettingsError(f"{path} is no model that this Aduan can read ({type(error).__name__})") from None


def _check(told: Mapping[str, Any], heads: Sequence[Head], weights: Numbers, bias: Numbers) -> None:
    columns = sum(len(head.classes) for head in heads)
    if told["format"] != FORMAT or weights.shape != (len(told["names"]), columns) or bias.shape != (columns,):
        raise ValueError("shape")
    if not (np.isfinite(weights).all() and np.isfinite(bias).all()):
        raise ValueError("numbers")


def probabilities(scores: Numbers, *, binary: bool) -> Numbers:
    """Scores of one head to probabilities: softmax over its classes, or the logistic function of a yes-no head."""
    if binary:
        chances: Numbers = (1.0 / (1.0 + np.exp(-np.clip(scores, -30, 30)))).astype(np.float32)
        return chances
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Numbers = (raised / raised.sum(axis=1, keepdims=True)).astype(np.float32)
    return shares
