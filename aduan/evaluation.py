"""How good classification is: labels against predictions. Pure measures, and the same over the samples folder.

The samples' rows with split `dev` are for tuning; those with `held_out` are only ever counted, never read.
"""

import csv
import json
import mailbox
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from email.header import decode_header, make_header
from email.message import Message
from pathlib import Path
from typing import Any, Final

from aduan.classification import Submission, classify
from aduan.lanes import choose_lane
from aduan.model.opinion import Judge
from aduan.regions import region_code
from schemas.events import Channel, Claimed
from schemas.topics import Lane

FIELDS: Final = ("jenis", "kategori", "prioritas", "kerahasiaan", "provinsi")
URGENT: Final = "darurat"
IGNORED: Final = "-"
"""Label of a sample that no door takes (a like, an echo of our own page)."""


@dataclass(frozen=True, slots=True)
class Measures:
    """Of one field: share that is right, mean F1 over the labelled classes, and recall per class."""

    count: int
    accuracy: float
    macro_f1: float
    recall: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Urgency:
    """Of the labelled urgent ones, how many were found; of all others, how many were called urgent."""

    labelled: int
    found: int
    others: int
    false_alarms: int

    @property
    def recall(self) -> float:
        """Share of the urgent ones that were found; 1 where there are none."""
        return self.found / self.labelled if self.labelled else 1.0


@dataclass(frozen=True, slots=True)
class SplitReport:
    """All measures of one split. `kategori_either`: the label is the first or the second category named."""

    count: int
    fields: Mapping[str, Measures]
    kategori_either: float
    darurat: Urgency
    lane: Urgency


@dataclass(frozen=True, slots=True)
class Report:
    """Measures by split."""

    splits: Mapping[str, SplitReport] = field(default_factory=dict)


def measure(labels: Sequence[str], predictions: Sequence[str]) -> Measures:
    """Accuracy, macro-F1 (over classes that are labelled at least once) and recall; both sequences in one order."""
    if len(labels) != len(predictions):
        raise ValueError("labels and predictions must have the same length")
    right = Counter(label for label, given in zip(labels, predictions, strict=True) if label == given)
    labelled, given = Counter(labels), Counter(predictions)
    f1 = {code: 2 * right[code] / (labelled[code] + given[code]) for code in labelled}
    count = len(labels)
    return Measures(
        count=count,
        accuracy=right.total() / count if count else 0.0,
        macro_f1=sum(f1.values()) / len(f1) if f1 else 0.0,
        recall={code: right[code] / labelled[code] for code in sorted(labelled)},
    )


def measure_urgency(labels: Iterable[bool], predictions: Iterable[bool]) -> Urgency:
    """Recall and false alarms of a yes-no decision."""
    pairs = Counter(zip(labels, predictions, strict=True))
    return Urgency(
        labelled=pairs[True, True] + pairs[True, False],
        found=pairs[True, True],
        others=pairs[False, True] + pairs[False, False],
        false_alarms=pairs[False, True],
    )


def evaluate_samples(samples_dir: Path, by: Judge | None = None) -> Report:
    """Classify every labelled sample of the folder and measure each split. Raises OSError where a file is missing."""
    labels = sample_labels(samples_dir)
    submissions = {item.complaint_id: item for item in read_samples(samples_dir)}
    splits: dict[str, SplitReport] = {}
    for split in sorted({row["split"] for row in labels.values()}):
        rows = [row for row in labels.values() if row["split"] == split and row["id"] in submissions]
        splits[split] = _measure_split(rows, [submissions[row["id"]] for row in rows], by)
    return Report(splits)


def _measure_split(
    rows: Sequence[Mapping[str, str]], items: Sequence[Submission], by: Judge | None = None
) -> SplitReport:
    results = classify(items, by)
    given = {name: [getattr(result, name) or "" for result in results] for name in FIELDS}
    lanes = [bool(item.triage) for item in items]
    urgent = [row["prioritas"] == URGENT for row in rows]
    either = [
        row["kategori"] in {result.kategori, result.kategori_alt} for row, result in zip(rows, results, strict=True)
    ]
    return SplitReport(
        count=len(rows),
        fields={name: measure([row[name] for row in rows], given[name]) for name in FIELDS},
        kategori_either=sum(either) / len(either) if either else 0.0,
        darurat=measure_urgency(urgent, [code == URGENT for code in given["prioritas"]]),
        lane=measure_urgency(urgent, lanes),
    )


def sample_labels(samples_dir: Path) -> dict[str, dict[str, str]]:
    """The labels of the samples by id, without those that no door takes."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted(samples_dir.glob("labels-*.tsv")):
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines, delimiter="\t"):
                if row["kategori"] != IGNORED:
                    found[row["id"]] = row
    return found


def read_samples(samples_dir: Path) -> list[Submission]:
    """Every sample that holds a text, as the classifier would get it from its door (bodies extracted simply)."""
    found = [_web(json.loads(line)) for line in _lines(samples_dir / "web.jsonl")]
    found += [item for line in _lines(samples_dir / "social.jsonl") for item in _social(json.loads(line))]
    box = mailbox.mbox(samples_dir / "email.mbox", create=False)
    try:
        found += [_mail(message) for message in box]
    finally:
        box.close()
    return found


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _submission(
    sample: str, channel: Channel, title: str, text: str, claimed: Claimed, *, place: str = "", automated: bool = False
) -> Submission:
    lane, findings = choose_lane(title, text)
    return Submission(sample, title, text, place, channel, claimed, automated, findings if lane is Lane.URGENT else ())


def _web(row: Mapping[str, Any]) -> Submission:
    body = row["body"]
    claimed = Claimed(
        kategori=body.get("kategori"),
        provinsi=region_code(str(body.get("provinsi") or "")),
        kabupaten=region_code(str(body.get("kabupaten") or "")),
        kerahasiaan=body.get("kerahasiaan"),
    )
    title, text = str(body.get("title") or ""), str(body.get("text") or "")
    return _submission(row["sample"], Channel.WEB, title, text, claimed, place=str(body.get("place") or ""))


def _social(row: Mapping[str, Any]) -> list[Submission]:
    """One webhook body may hold several messages: S009 then gives S009.1, S009.2, …"""
    texts = []
    for entry in row["body"].get("entry", ()):
        for change in entry.get("changes", ()):
            value = change.get("value", {})
            texts.append(str(value.get("message") or value.get("text") or ""))
        texts += [str(message.get("message", {}).get("text") or "") for message in entry.get("messaging", ())]
    said, sample = [text for text in texts if text], row["sample"]
    names = [sample] if len(said) == 1 else [f"{sample}.{number}" for number in range(1, len(said) + 1)]
    return [_submission(name, Channel.SOCIAL, "", text, Claimed()) for name, text in zip(names, said, strict=True)]


def _mail(message: Message) -> Submission:
    parts = {part.get_content_type(): part for part in reversed(list(message.walk())) if not part.is_multipart()}
    part = parts.get("text/plain") or parts.get("text/html")
    text = _body(part) if part is not None else ""
    kept = [line for line in text.splitlines() if not line.startswith(">")]
    automated = message.get("Auto-Submitted", "no").lower() != "no" or message.get("Precedence", "").lower() in {
        "bulk",
        "junk",
        "list",
        "auto_reply",
    }
    subject = _decoded(message.get("Subject", ""))
    sample = str(message.get("X-Aduan-Sample", ""))
    return _submission(sample, Channel.EMAIL, subject, "\n".join(kept), Claimed(), automated=automated)


def _body(part: Message) -> str:
    raw = part.get_payload(decode=True)
    if not isinstance(raw, bytes):
        return ""
    try:
        return raw.decode(part.get_content_charset() or "utf-8", errors="replace")
    except LookupError:
        return raw.decode("utf-8", errors="replace")


def _decoded(value: str) -> str:
    try:
        return str(make_header(decode_header(value)))
    except (LookupError, ValueError):
        return value
