"""What Aduan says of texts that somebody hands over: classes, explanation, masked text and spans, row by row. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aduan.classification import Submission, classify
from aduan.explanation import explain
from aduan.labelled_file import LabelledText, positions
from aduan.lanes import choose_lane
from aduan.masking import mask, spans
from aduan.model.opinion import Judge
from schemas.events import Channel, Claimed, Classification
from schemas.topics import Lane

BATCH: Final = 500
SPAN_KINDS: Final = frozenset(
    ["nik", "kk", "phone", "email", "account", "card", "address", "child_name", "person_name", "npwp", "nuptk", "nisn"]
)
"""Kinds that a predictions file names. What else is masked (other long numbers) shows in the masked text alone."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """A row, what the classifier says of it, and whether the door would send it by the urgent lane."""

    row: LabelledText
    classes: Classification
    urgent_lane: bool


def predict(rows: Sequence[LabelledText], by: Judge | None = None) -> list[Prediction]:
    """One prediction per row, in order; the same as the stream gives for a complaint without any other hint."""
    return [one for start in range(0, len(rows), BATCH) for one in _predicted(rows[start : start + BATCH], by)]


def _predicted(rows: Sequence[LabelledText], by: Judge | None) -> Iterator[Prediction]:
    items = [_submission(row) for row in rows]
    for row, item, classes in zip(rows, items, classify(items, by), strict=True):
        yield Prediction(row, classes, bool(item.triage))


def _submission(row: LabelledText) -> Submission:
    lane, findings = choose_lane(row.title, row.text)
    urgent = findings if lane is Lane.URGENT else ()
    return Submission(row.id, row.title, row.text, "", Channel.IMPORT, Claimed(), automated=False, triage=urgent)


def as_row(one: Prediction) -> dict[str, Any]:
    """The prediction as a row of a predictions file. Spans count characters of the text as it stands in the file."""
    classes, masked = one.classes, mask(one.row.text)
    return {
        "id": one.row.id,
        "jenis": classes.jenis,
        "kategori": classes.kategori,
        "kategori_alt": classes.kategori_alt,
        "prioritas": classes.prioritas,
        "kerahasiaan": classes.kerahasiaan,
        "provinsi": classes.provinsi,
        "confidence": classes.confidence,
        "language": classes.language,
        "explanation": explain(classes, mask(one.row.title), masked),
        "masked": masked,
        "spans": _spans(one.row),
    }


def _spans(row: LabelledText) -> list[dict[str, Any]]:
    places = positions(row.given) if row.given != row.text else range(len(row.text) + 1)
    return [
        {"start": places[one.start], "end": places[one.end], "kind": one.kind}
        for one in spans(row.text)
        if one.kind in SPAN_KINDS
    ]
