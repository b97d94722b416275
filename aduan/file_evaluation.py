"""How well predictions fit the labels of a file: accuracy, macro-F1, recall, confusion, calibration, urgency. Pure."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aduan.evaluation import URGENT, Measures, Urgency, measure, measure_urgency
from aduan.predictions import Prediction

MEASURED: Final = ("jenis", "kategori", "prioritas", "kerahasiaan", "provinsi")
BINS: Final = 10
MOST_CONFUSED: Final = 12


@dataclass(frozen=True, slots=True)
class Confused:
    """So often the label `label` was given as `given`."""

    label: str
    given: str
    count: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """How much a confidence means. `error`: expected calibration error over ten bins of equal width (ECE).

    `unsure`: share of all that goes to a person first; `sure_accuracy`: share right among the others.
    """

    error: float
    mean_confidence: float
    unsure: float
    sure_accuracy: float


@dataclass(frozen=True, slots=True)
class FileReport:
    """All measures of a file; a part is None, or left out, where nothing is labelled for it."""

    count: int
    fields: Mapping[str, Measures]
    kategori_lenient: float | None
    """Share where the category is the label or one of kategori_alt."""
    kategori_either: float | None
    """Share where the label is the category or the runner-up."""
    confusion: Mapping[str, Sequence[Confused]]
    calibration: Calibration | None
    darurat: Urgency | None
    lane: Urgency | None

    def figures(self) -> dict[str, float]:
        """The figures that a floor can be set on, by name."""
        found = {name: one.accuracy for name, one in self.fields.items()}
        found |= {f"{name}.macro_f1": one.macro_f1 for name, one in self.fields.items()}
        others = {"kategori_lenient": self.kategori_lenient, "kategori_either": self.kategori_either}
        found |= {name: value for name, value in others.items() if value is not None}
        urgent = {"urgency": self.darurat, "lane": self.lane}
        return found | {name: one.recall for name, one in urgent.items() if one is not None}


def evaluate_predictions(predictions: Sequence[Prediction]) -> FileReport:
    """Measure each field over the rows that have a label for it."""
    fields, confusion = {}, {}
    for name in MEASURED:
        if pairs := [(one.row.labels[name], _given(one, name)) for one in predictions if name in one.row.labels]:
            fields[name] = measure([label for label, _ in pairs], [given for _, given in pairs])
            confusion[name] = _confused(pairs)
    urgent = [one for one in predictions if "prioritas" in one.row.labels]
    by_category = [one for one in predictions if "kategori" in one.row.labels]
    return FileReport(
        count=len(predictions),
        fields=fields,
        kategori_lenient=_share(by_category, _leniently_right),
        kategori_either=_share(by_category, _either_right),
        confusion=confusion,
        calibration=_calibration(by_category) if by_category else None,
        darurat=_urgency(urgent, lambda one: one.classes.prioritas == URGENT),
        lane=_urgency(urgent, lambda one: one.urgent_lane),
    )


def calibration_error(confidences: Sequence[float], right: Sequence[bool]) -> float:
    """Expected calibration error: |mean confidence - share right| of each bin, weighed by its size. 0 for nothing."""
    bins: dict[int, list[tuple[float, bool]]] = {}
    for confidence, was_right in zip(confidences, right, strict=True):
        bins.setdefault(min(int(confidence * BINS), BINS - 1), []).append((confidence, was_right))
    off = sum(abs(sum(sure for sure, _ in one) - sum(hit for _, hit in one)) for one in bins.values())
    return off / len(confidences) if confidences else 0.0


def _given(one: Prediction, name: str) -> str:
    return getattr(one.classes, name) or ""


def _confused(pairs: Sequence[tuple[str, str]]) -> list[Confused]:
    wrong = Counter(pair for pair in pairs if pair[0] != pair[1])
    ordered = sorted(wrong.items(), key=lambda item: (-item[1], item[0]))
    return [Confused(label, given, count) for (label, given), count in ordered[:MOST_CONFUSED]]


def _right(one: Prediction) -> bool:
    return one.classes.kategori == one.row.labels["kategori"]


def _leniently_right(one: Prediction) -> bool:
    return _right(one) or one.classes.kategori in one.row.labels.get("kategori_alt", "").split()


def _either_right(one: Prediction) -> bool:
    return one.row.labels["kategori"] in {one.classes.kategori, one.classes.kategori_alt}


def _share(predictions: Sequence[Prediction], holds: Callable[[Prediction], bool]) -> float | None:
    return sum(map(holds, predictions)) / len(predictions) if predictions else None


def _calibration(predictions: Sequence[Prediction]) -> Calibration:
    confidences = [one.classes.confidence for one in predictions]
    sure = [one for one in predictions if not one.classes.unsure]
    return Calibration(
        error=calibration_error(confidences, list(map(_right, predictions))),
        mean_confidence=sum(confidences) / len(confidences),
        unsure=1 - len(sure) / len(predictions),
        sure_accuracy=_share(sure, _right) or 0.0,
    )


def _urgency(predictions: Sequence[Prediction], called: Callable[[Prediction], bool]) -> Urgency | None:
    if not predictions:
        return None
    return measure_urgency([one.row.labels["prioritas"] == URGENT for one in predictions], map(called, predictions))
