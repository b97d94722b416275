"""How well `aduan.masking` finds what it should, on texts whose personal data someone has marked. Pure."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from aduan.masking import Span, mask, spans
from schemas.errors import InvalidError, Reason

COVERED: Final = 0.8
"""A marked span counts as found when so much of it lies in spans that were found (issue 5)."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A text and the personal data in it, as a person marked them; a look-alike has none."""

    id: str
    text: str
    spans: tuple[Span, ...]
    stays: frozenset[Span] = frozenset()
    """Those of the spans that must stay readable: names of whom the complaint is about (decision 9)."""


@dataclass(frozen=True, slots=True)
class Recall:
    """Of `marked` spans of one kind, how many were `found` at all, and how many under the `same` kind."""

    marked: int
    found: int
    same: int

    @property
    def share(self) -> float:
        """Found by marked, 0 to 1."""
        return self.found / self.marked


@dataclass(frozen=True, slots=True)
class MaskingReport:
    """What one run over marked texts showed."""

    texts: int
    recall: dict[str, Recall]
    over_masked: float
    """Characters found that nobody marked, as a share of all characters that nobody marked."""
    look_alikes: int
    look_alikes_masked: tuple[str, ...]
    """Ids of the texts without personal data that `mask` changed."""
    left_readable: tuple[tuple[str, str], ...]
    """Id and kind of every marked span that must not stay but stands in what `mask` gives."""
    to_stay: int
    hidden: tuple[str, ...]
    """Per span that must stay but does not stand there the id of its text; `to_stay` are all that must."""
    missed: tuple[tuple[str, str], ...]
    """Id and kind of every marked span that was not found."""


def read_marked(text: str) -> list[Marked]:
    """The lines of a JSONL file with `id`, `text` and `spans`; InvalidError names the line that has another shape."""
    return [_marked(line, number) for number, line in enumerate(text.splitlines(), 1) if line.strip()]


def parts(rows: Sequence[Marked]) -> tuple[list[Marked], list[Marked]]:
    """The first two thirds by id, to tune on, and the last third, held out; texts with and without data apart."""
    tuned: list[Marked] = []
    held: list[Marked] = []
    for has_data in (True, False):
        part = sorted((row for row in rows if bool(row.spans) is has_data), key=lambda row: row.id)
        cut = len(part) * 2 // 3
        tuned += part[:cut]
        held += part[cut:]
    return tuned, held


def evaluate_masking(rows: Sequence[Marked]) -> MaskingReport:
    """Recall per kind, over-masking, and the look-alikes that were masked."""
    marked, found, same = Counter[str](), Counter[str](), Counter[str]()
    missed: list[tuple[str, str]] = []
    over = free = 0
    for row in rows:
        kinds = _kinds(row.text)
        for span in row.spans:
            within = kinds[span.start : span.end]
            marked[span.kind] += 1
            if sum(kind is not None for kind in within) < COVERED * len(within):
                missed.append((row.id, span.kind))
                continue
            found[span.kind] += 1
            same[span.kind] += sum(kind == span.kind for kind in within) >= COVERED * len(within)
        wanted = {at for span in row.spans for at in range(span.start, span.end)}
        free += len(kinds) - len(wanted)
        over += sum(kind is not None and at not in wanted for at, kind in enumerate(kinds))
    look_alikes = [row for row in rows if not row.spans]
    shown = [(row, span, row.text[span.start : span.end] in mask(row.text)) for row in rows for span in row.spans]
    return MaskingReport(
        texts=len(rows),
        recall={kind: Recall(marked[kind], found[kind], same[kind]) for kind in sorted(marked)},
        over_masked=over / free if free else 0.0,
        look_alikes=len(look_alikes),
        look_alikes_masked=tuple(row.id for row in look_alikes if mask(row.text) != row.text),
        left_readable=tuple((row.id, span.kind) for row, span, seen in shown if seen and span not in row.stays),
        to_stay=sum(len(row.stays) for row in rows),
        hidden=tuple(row.id for row, span, seen in shown if not seen and span in row.stays),
        missed=tuple(missed),
    )


def report_lines(report: MaskingReport) -> list[str]:
    """The report as lines for a terminal."""
    return [
        f"{'kind':12} {'marked':>6} {'recall':>7} {'same kind':>9}",
        *(
            f"{kind:12} {one.marked:6} {one.share:7.1%} {one.same / one.marked:9.1%}"
            for kind, one in report.recall.items()
        ),
        f"over-masked characters: {report.over_masked:.2%}",
        f"marked, to be masked, and left readable: {len(report.left_readable)}",
        f"marked as to stay, and masked: {len(report.hidden)} of {report.to_stay}",
        f"look-alikes masked: {len(report.look_alikes_masked)} of {report.look_alikes}",
    ]


def _kinds(text: str) -> list[str | None]:
    kinds: list[str | None] = [None] * len(text)
    for span in spans(text):
        kinds[span.start : span.end] = [span.kind] * (span.end - span.start)
    return kinds


def _marked(line: str, number: int) -> Marked:
    try:
        row: dict[str, Any] = json.loads(line)
        found = [(Span(int(one["start"]), int(one["end"]), str(one["kind"])), one.get("stays")) for one in row["spans"]]
        stays = frozenset(span for span, stays in found if stays)
        marked = Marked(str(row["id"]), str(row["text"]), tuple(span for span, _ in found), stays)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InvalidError(Reason.MALFORMED_JSON, f"line {number}: must be an object with id, text and spans") from None
    if any(not 0 <= span.start < span.end <= len(marked.text) for span in marked.spans):
        raise InvalidError(Reason.MALFORMED_JSON, f"line {number}: a span lies outside the text")
    return marked
