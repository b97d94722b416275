"""Fitting the model: one linear separator per class, calibrated on authors it had not seen. Reproducible.

Support vectors found 1 % more categories of left-out authors than logistic regression, in a thirtieth of the time; with
each feature first scaled by how unevenly a class uses it, another 1 % (Wang and Manning 2012, "Baselines and bigrams").
The scale is multiplied into the weights, so serving knows nothing of it. scikit-learn is imported here alone.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, diags
from sklearn.model_selection import GroupKFold
from sklearn.svm import LinearSVC

from aduan.model.features import Said, distinct_words, pairs, piece_weight, pieces, text_weight
from aduan.model.heads import DANGER, JENIS, KATEGORI, PRIORITAS, SECRET, Head, heads
from aduan.model.linear import LinearModel, probabilities
from ops.training.corpus import CORRECTIONS, Labelled

FOLDS: Final = 5
SEEN: Final = {"w": 2, "b": 4, "c": 5, "r": 2}
"""How many texts must have a feature, by kind."""
STRENGTH: Final = {KATEGORI: 0.4, JENIS: 0.2, PRIORITAS: 0.2, DANGER: 0.2, SECRET: 0.2}
"""Inverse of the penalty (C) of each head, from cross-validation over authors."""
BALANCED: Final = frozenset({JENIS, PRIORITAS})
"""Heads whose rare classes (wbs, tinggi) count as much as the frequent ones: they are found more often, at no loss."""
SMOOTHING: Final = 0.3
"""Added to the texts that have a feature, in a class and outside of it, before they are compared."""
MOST_UNEVEN: Final = 3.0
UNEVEN_SHARE: Final = 0.5
"""How much of a feature's scale is its unevenness; the rest is 1."""
CORRECTION_WEIGHT: Final = 3.0
"""As how many invented texts a case counts that staff corrected: it is a real one."""
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
    yield from ((f"b:{first} {second}", scale) for first, second in sorted(set(pairs(said.words))))
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
    names, matrix, scales = _matrix(said)
    groups, counts = [row.style for row in rows], _counts(rows)
    weights, bias, unseen = [], [], []
    for head in heads():
        labels = np.array([label_of(row, head) for row in rows])
        scores = _scores_unseen(matrix, labels, counts, groups, head)
        slope, offset = _calibration(scores, labels, head)
        own_weights, own_bias = _separators(matrix, labels, counts, head)
        weights.append(own_weights * slope)
        bias.append(own_bias * slope + offset)
        unseen.append(scores * slope + offset)
    model = LinearModel(
        version,
        heads(),
        names,
        (np.vstack(weights) * scales).T.astype(np.float16).astype(np.float32),
        np.concatenate(bias).astype(np.float32),
    )
    return Fitted(model, np.hstack(unseen))


def _counts(rows: Sequence[Labelled]) -> Floats:
    return np.array([CORRECTION_WEIGHT if row.style == CORRECTIONS else 1.0 for row in rows])


def _matrix(said: Sequence[Said]) -> tuple[list[str], csr_matrix, Floats]:
    """Names of the features, the texts' rows, and what each column was multiplied by: rare words say more."""
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
    made = csr_matrix((values, columns, at), shape=(len(rows), len(names)))
    rarity = [np.log((1 + len(rows)) / (1 + seen[name])) + 1 for name in names]
    scales = np.array([rare / 3 if name[0] in "wbc" else 1.0 for rare, name in zip(rarity, names, strict=True)])
    return names, (made @ diags(scales)).tocsr(), scales


def _separators(matrix: csr_matrix, labels: NDArray[Any], counts: Floats, head: Head) -> tuple[Floats, Floats]:
    """Weights and bias of each class against all others; a class that no text has is never chosen."""
    weights, bias = np.zeros((len(head.classes), matrix.shape[1])), np.full(len(head.classes), -20.0)
    present = (matrix > 0).astype(np.float64)
    for at, code in enumerate(head.classes):
        inside = labels == code
        if not inside.any() or inside.all():
            continue
        scale = _unevenness(present, inside)
        weighed = counts * np.where(inside, len(labels) / (len(head.classes) * inside.sum()), 1.0)
        made = LinearSVC(C=STRENGTH[head.name], tol=1e-3, max_iter=5000, random_state=0)
        made.fit(matrix @ diags(scale), inside, weighed if head.name in BALANCED else counts)
        weights[at], bias[at] = made.coef_[0] * scale, made.intercept_[0]
    return weights, bias


def _unevenness(present: csr_matrix, inside: NDArray[np.bool_]) -> Floats:
    """How much more or less often a class has each feature than the others have it: 1 on average."""
    shares = [
        (np.asarray(present[rows].sum(axis=0)).ravel() + SMOOTHING) / (rows.sum() + 1) for rows in (inside, ~inside)
    ]
    found: Floats = np.minimum(np.abs(np.log(shares[0] / shares[1])), MOST_UNEVEN)
    scale: Floats = UNEVEN_SHARE * found / found.mean() + (1 - UNEVEN_SHARE)
    return scale


def _scores_unseen(
    matrix: csr_matrix, labels: NDArray[Any], counts: Floats, groups: Sequence[str], head: Head
) -> Floats:
    """Scores of each text by a model that saw no text of its author."""
    found = np.zeros((len(labels), len(head.classes)))
    for learned, left_out in GroupKFold(FOLDS).split(matrix, labels, groups):
        weights, bias = _separators(matrix[learned], labels[learned], counts[learned], head)
        found[left_out] = matrix[left_out] @ weights.T + bias
    return found


def _calibration(scores: Floats, labels: NDArray[Any], head: Head) -> tuple[float, float]:
    """Slope and offset of the scores, so that a probability means what it says on authors not seen."""
    binary = len(head.classes) == 1
    right = (labels == head.classes[0]) if binary else np.array([head.classes.index(str(one)) for one in labels])

    def loss(line: NDArray[Any]) -> float:
        given = probabilities((scores * line[0] + line[1]).astype(np.float32), binary=binary)
        said = np.where(right, given[:, 0], 1 - given[:, 0]) if binary else given[np.arange(len(labels)), right]
        return float(-np.log(np.clip(said, 1e-9, 1)).mean())

    found = minimize(loss, x0=np.array([2.0, 0.0]), method="Nelder-Mead").x
    return float(found[0]), float(found[1]) if binary else 0.0


def measures(fitted: Fitted, rows: Sequence[Labelled]) -> Mapping[str, float]:
    """Share right per head, on authors left out: for the model card."""
    found: dict[str, float] = {}
    for head, columns in fitted.model.columns():
        labels = [label_of(row, head) for row in rows]
        scores = fitted.unseen[:, columns]
        if len(head.classes) == 1:
            right = [(score[0] > 0) == (label != "") for score, label in zip(scores, labels, strict=True)]
        else:
            right = [head.classes[int(score.argmax())] == label for score, label in zip(scores, labels, strict=True)]
        found[head.name] = sum(right) / max(1, len(right))
    return found


def mean_confidence(fitted: Fitted) -> float:
    """Mean probability of the likeliest category, on authors left out: what drift is measured against."""
    columns = next(columns for head, columns in fitted.model.columns() if head.name == KATEGORI)
    return float(probabilities(fitted.unseen[:, columns].astype(np.float32), binary=False).max(axis=1).mean())
