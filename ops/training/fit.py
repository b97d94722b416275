"""Fitting the model: one logistic regression per decision, calibrated on authors it had not seen. Reproducible.

scikit-learn is imported here alone, and never by a process that serves.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from aduan.model.features import Said, distinct_words, pairs, piece_weight, pieces, text_weight
from aduan.model.heads import DANGER, JENIS, KATEGORI, PRIORITAS, SECRET, Head, heads
from aduan.model.linear import LinearModel, probabilities
from ops.training.corpus import Labelled

FOLDS: Final = 5
SEEN: Final = {"w": 2, "b": 3, "c": 3, "r": 2}
"""How many texts must have a feature, by kind."""
STRENGTH: Final = {KATEGORI: 8.0, JENIS: 4.0, PRIORITAS: 3.0, DANGER: 6.0, SECRET: 6.0}
"""Inverse of the penalty (C) of each head, from cross-validation over authors."""
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fitted:
    """A model, and what it says of each training text when its author was left out: columns as the model's."""

    model: LinearModel
    unseen: Floats


def features_of(said: Said) -> Iterator[tuple[str, float]]:
    """Name and value of every feature of a text, as `LinearModel` adds them up."""
    words = distinct_words(said.words)
    scale = text_weight(words)
    yield from ((f"w:{word}", scale) for word in words)
    yield from ((f"b:{first} {second}", scale) for first, second in sorted(pairs(said.words)))
    for word in sorted(said.surface):
        parts = pieces(word)
        weight = scale * piece_weight(len(parts))
        yield from ((f"c:{part}", weight) for part in parts)
    yield from ((f"r:{name}", value) for name, value in said.rules.items())


def label_of(row: Labelled, head: Head) -> str:
    """The class of a text under a head."""
    if head.name == DANGER:
        return DANGER if row.prioritas == DANGER else ""
    if head.name == SECRET:
        return SECRET if row.kerahasiaan == SECRET else ""
    return str(getattr(row, head.name))


def fit(rows: Sequence[Labelled], said: Sequence[Said], version: str) -> Fitted:
    """Fit all heads on these texts. The same texts in the same order give the same model."""
    names, matrix = _matrix(said)
    groups = [row.style for row in rows]
    weights, bias, unseen = [], [], []
    for head in heads():
        labels = np.array([label_of(row, head) for row in rows])
        scores = _scores_unseen(matrix, labels, groups, head)
        cool = _temperature(scores, labels, head)
        made = _regression(head).fit(matrix, labels)
        own_weights, own_bias = _columns(made, head)
        weights.append(own_weights / cool)
        bias.append(own_bias / cool)
        unseen.append(scores / cool)
    model = LinearModel(
        version,
        heads(),
        names,
        np.vstack(weights).T.astype(np.float16).astype(np.float32),
        np.concatenate(bias).astype(np.float32),
    )
    return Fitted(model, np.hstack(unseen))


def _matrix(said: Sequence[Said]) -> tuple[list[str], csr_matrix]:
    rows = [Counter[str]() for _ in said]
    for counted, one in zip(rows, said, strict=True):
        for name, value in features_of(one):
            counted[name] += value  # type: ignore[assignment] # a Counter adds floats as well
    seen = Counter(name for row in rows for name in row)
    names = sorted(name for name, count in seen.items() if count >= SEEN[name[0]])
    index = {name: at for at, name in enumerate(names)}
    at, columns, values = [0], list[int](), list[float]()
    for row in rows:
        kept = sorted((index[name], value) for name, value in row.items() if name in index)
        columns += [column for column, _ in kept]
        values += [value for _, value in kept]
        at.append(len(columns))
    return names, csr_matrix((values, columns, at), shape=(len(rows), len(names)))


def _regression(head: Head) -> LogisticRegression:
    return LogisticRegression(C=STRENGTH[head.name], max_iter=500, tol=1e-2)


def _scores_unseen(matrix: csr_matrix, labels: NDArray[Any], groups: Sequence[str], head: Head) -> Floats:
    """Scores of each text by a model that saw no text of its author."""
    found = np.zeros((len(labels), len(head.classes)))
    for learned, left_out in GroupKFold(FOLDS).split(matrix, labels, groups):
        made = _regression(head).fit(matrix[learned], labels[learned])
        weights, bias = _columns(made, head)
        found[left_out] = matrix[left_out] @ weights.T + bias
    return found


def _columns(made: LogisticRegression, head: Head) -> tuple[Floats, Floats]:
    """Weights and bias by the head's classes; a class that no text has is never chosen."""
    if len(head.classes) == 1:
        return np.asarray(made.coef_), np.asarray(made.intercept_)
    weights = np.zeros((len(head.classes), made.coef_.shape[1]))
    bias = np.full(len(head.classes), -20.0)
    for at, code in enumerate(made.classes_):
        weights[head.classes.index(str(code))] = made.coef_[at]
        bias[head.classes.index(str(code))] = made.intercept_[at]
    return weights, bias


def _temperature(scores: Floats, labels: NDArray[Any], head: Head) -> float:
    """What scores are divided by, so that a probability means what it says on authors not seen."""
    binary = len(head.classes) == 1
    right = (labels == head.classes[0]) if binary else np.array([head.classes.index(str(one)) for one in labels])

    def loss(temperature: float) -> float:
        given = probabilities((scores / temperature).astype(np.float32), binary=binary)
        said = np.where(right, given[:, 0], 1 - given[:, 0]) if binary else given[np.arange(len(labels)), right]
        return float(-np.log(np.clip(said, 1e-9, 1)).mean())

    return float(minimize_scalar(loss, bounds=(0.3, 6.0), method="bounded").x)


def measures(fitted: Fitted, rows: Sequence[Labelled]) -> Mapping[str, float]:
    """Share right per head, on authors left out: for the model card."""
    found = {}
    for head, columns in fitted.model.columns():
        labels = [label_of(row, head) for row in rows]
        scores = fitted.unseen[:, columns]
        if len(head.classes) == 1:
            right = [(score[0] > 0) == (label != "") for score, label in zip(scores, labels, strict=True)]
        else:
            right = [head.classes[int(score.argmax())] == label for score, label in zip(scores, labels, strict=True)]
        found[head.name] = sum(right) / max(1, len(right))
    return found
