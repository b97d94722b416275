"""A new model beside the one that serves, on the same labelled texts: both figures and the texts that changed. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aduan.evaluation import URGENT, Urgency, measure_urgency
from aduan.file_evaluation import evaluate_predictions
from aduan.labelled_file import LabelledText
from aduan.lanes import choose_lane
from aduan.model.opinion import Judge
from aduan.predictions import Prediction, predict
from schemas.topics import Lane

FIELDS: Final = ("jenis", "kategori", "prioritas", "kerahasiaan")
FLOORS: Final = {"kategori": 0.02, "jenis": 0.02, "prioritas": 0.03, "kerahasiaan": 0.02, "urgency": 0.0}
"""By how much a new model may be worse and still be promoted; in urgency not at all."""

MORE_ALARMS: Final = 0.02


@dataclass(frozen=True, slots=True)
class Changed:
    """A text that the two models answer differently in one field. Ids and codes only."""

    id: str
    field: str
    served: str
    new: str
    label: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Figures by name under the served model and the new one."""

    served_model: str
    new_model: str
    count: int
    served: Mapping[str, float]
    new: Mapping[str, float]
    changed: Sequence[Changed]

    def worse(self) -> list[str]:
        """Every figure that is worse than its floor allows, in words; empty when the model may serve."""
        return [
            f"{name} {self.new[name]:.3f} instead of {self.served[name]:.3f}"
            for name, tolerance in FLOORS.items()
            if name in self.served and self.new[name] < self.served[name] - tolerance
        ]


@dataclass(frozen=True, slots=True)
class DoorComparison:
    """How two models send texts to the urgent lane at the door, together with our danger words."""

    served: Urgency
    new: Urgency

    @property
    def may_serve(self) -> bool:
        """No danger less is found, and needless ones grow by at most `MORE_ALARMS` of the texts that are not urgent."""
        more = self.new.false_alarms - self.served.false_alarms
        return self.new.found >= self.served.found and more <= MORE_ALARMS * self.new.others


def compare_doors(rows: Sequence[LabelledText], served: Judge, new: Judge) -> DoorComparison:
    """Both on the texts whose priority is labelled."""
    labelled = [row for row in rows if "prioritas" in row.labels]
    urgent = [row.labels["prioritas"] == URGENT for row in labelled]

    def measured(by: Judge) -> Urgency:
        return measure_urgency(urgent, [choose_lane(row.title, row.text, by)[0] is Lane.URGENT for row in labelled])

    return DoorComparison(measured(served), measured(new))


def compare(rows: Sequence[LabelledText], served: Judge, new: Judge) -> Comparison:
    """Let both answer every text and measure both."""
    before, after = predict(rows, served), predict(rows, new)
    return Comparison(
        served_model=served.model.version,
        new_model=new.model.version,
        count=len(rows),
        served=evaluate_predictions(before).figures(),
        new=evaluate_predictions(after).figures(),
        changed=[one for pair in zip(before, after, strict=True) for one in _changed(*pair)],
    )


def _changed(before: Prediction, after: Prediction) -> list[Changed]:
    found = []
    for name in FIELDS:
        was, now = str(getattr(before.classes, name)), str(getattr(after.classes, name))
        if was != now:
            found.append(Changed(before.row.id, name, was, now, before.row.labels.get(name)))
    return found
