"""What the model says of a batch: probabilities by class, calibrated on authors that it had not seen."""

import threading
from collections.abc import Sequence
from functools import cache
from importlib.resources import as_file, files
from typing import Final, NamedTuple

import numpy as np

from aduan.datafiles import load_rows
from aduan.model.features import Said
from aduan.model.heads import BINARY, DANGER, JENIS, KATEGORI, PRIORITAS, SECRET
from aduan.model.linear import LinearModel, Numbers, load_model, probabilities
from aduan.rules import full_lexicon
from aduan.text import NUMBER
from schemas.errors import SettingsError

FILE: Final = "model.npz"
"""The model that Aduan comes with, in `aduan/data`."""


class Opinion(NamedTuple):
    """Probabilities for one complaint, by class."""

    kategori: dict[str, float]
    """The likeliest first."""
    jenis: dict[str, float]
    """These two, too."""
    prioritas: dict[str, float]
    danger: float
    secret: float
    known: int
    """How many of its distinct words the model has seen: with none, it only repeats what is frequent."""


class Judge:
    """A model that gives opinions. Thread-safe."""

    def __init__(self, model: LinearModel) -> None:
        self.model = model
        self._lock = threading.Lock()
        self._columns = {head.name: (head.classes, columns) for head, columns in model.columns()}
        if not {KATEGORI, JENIS, PRIORITAS, *BINARY} <= self._columns.keys():
            raise SettingsError(f"the model {model.version} does not answer all that is asked; train it again")

    def opinions(self, batch: Sequence[Said]) -> list[Opinion]:
        """One opinion per complaint, in order."""
        with self._lock:
            scores = self.model.scores(batch)
        kategori, jenis, prioritas = (self._several(scores, name) for name in (KATEGORI, JENIS, PRIORITAS))
        danger, secret = (self._yes(scores, name) for name in (DANGER, SECRET))
        known = [self.model.known(said.words) for said in batch]
        danger = [found if seen else 0.0 for found, seen in zip(danger, known, strict=True)]
        return list(map(Opinion, kategori, jenis, prioritas, danger, secret, known))

    def danger(self, batch: Sequence[Said]) -> list[float]:
        """The probability of danger alone, which is all that the door asks."""
        with self._lock:
            scores = self.model.scores(batch)
        return [
            found if self.model.known(said.words) else 0.0
            for said, found in zip(batch, self._yes(scores, DANGER), strict=True)
        ]

    def reasons(self, said: Said, kategori: str, most: int) -> tuple[str, ...]:
        """The words that spoke most for a category, of those of our lists that are nobody's name and no number."""
        classes, columns = self._columns[KATEGORI]
        found = self.model.contributions(said, columns.start + classes.index(kategori))
        ours = _speakable()
        return tuple(word for added, word in found if added > 0 and word in ours)[:most]

    def _several(self, scores: Numbers, name: str) -> list[dict[str, float]]:
        classes, columns = self._columns[name]
        given = probabilities(scores[:, columns], binary=False)
        order = np.argsort(-given, axis=1)
        named = np.array(classes, object)[order].tolist()
        return list(map(dict, map(zip, named, np.take_along_axis(given, order, axis=1).tolist())))

    def _yes(self, scores: Numbers, name: str) -> list[float]:
        _, columns = self._columns[name]
        found: list[float] = probabilities(scores[:, columns], binary=True)[:, 0].tolist()
        return found


@cache
def _speakable() -> frozenset[str]:
    """Words that a finding may name though nobody masked them: of our lists, and not borne by people."""
    return full_lexicon().vocabulary - {row[0] for row in load_rows("names.tsv", 2)} - {NUMBER}


@cache
def judge() -> Judge:
    """The judge that serves; its model is read once. SettingsError when the file is missing or wrong."""
    with as_file(files("aduan") / "data" / FILE) as path:
        model, _ = load_model(path)
    return Judge(model)
