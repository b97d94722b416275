"""Labelled texts to learn from: `corpus/*.jsonl`, the samples, and corrections; checked, with authors kept apart."""

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from aduan.evaluation import read_samples, sample_labels
from aduan.labelled_file import LabelledText, read_labelled
from aduan.taxonomy import is_code
from schemas.errors import SettingsError

HELD_OUT: Final = "-h"
"""End of a style's name whose author is never learned from."""
CORRECTIONS: Final = "corrections"
"""Style of the cases that staff corrected."""
NEAR: Final = 0.6
"""Share of common five-letter pieces from which two texts are the same one written twice."""
_FIELDS: Final = ("jenis", "kategori", "prioritas", "kerahasiaan")
_PIECE: Final = 5


@dataclass(frozen=True, slots=True)
class Labelled:
    """One text with its labels. `style` is its author's: whole styles are held out, never single texts."""

    id: str
    title: str
    text: str
    jenis: str
    kategori: str
    kategori_alt: str | None
    prioritas: str
    kerahasiaan: str
    style: str
    automated: bool = False

    @property
    def held_out(self) -> bool:
        """Whether it is only ever measured."""
        return self.style.endswith(HELD_OUT)


def read_corpus(folder: Path) -> list[Labelled]:
    """Every text of `folder/*-*.jsonl`. SettingsError names file, line and field of the first wrong one."""
    found = [
        _labelled(path, number, line)
        for path in sorted(folder.glob("[a-z]-*.jsonl"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if line.strip()
    ]
    if twice := sorted(one for one, count in Counter(row.id for row in found).items() if count > 1):
        raise SettingsError(f"{folder}: the id {twice[0]} stands twice")
    return found


def read_labelled_samples(folder: Path) -> list[Labelled]:
    """The samples with labels; their held-out ones stay held out. None in a folder without labels."""
    labels = sample_labels(folder)
    if not labels:
        return []
    return [
        Labelled(
            id=item.complaint_id,
            title=item.title,
            text=item.text,
            kategori_alt=None,
            style=f"sample-{row['split']}{HELD_OUT if row['split'] == 'held_out' else ''}",
            automated=item.automated,
            **{field: row[field] for field in _FIELDS},
        )
        for item in read_samples(folder)
        if (row := labels.get(item.complaint_id)) is not None
    ]


def held_out_texts(folder: Path) -> list[LabelledText]:
    """The corpus's texts that no model learned from, as any labelled file is read. SettingsError without any."""
    held = {row.id for row in read_corpus(folder) if row.held_out}
    paths = sorted(folder.glob("[a-z]-*.jsonl"))
    found = [row for path in paths for row in read_labelled(path).rows if row.id in held]
    if not found:
        raise SettingsError(f"{folder} holds no held-out texts; give the folder with --corpus")
    return found


def near_duplicates(rows: Sequence[Labelled]) -> Iterator[tuple[str, str]]:
    """Pairs of a learned and a held-out text that are nearly the same."""
    held = [row for row in rows if row.held_out]
    known = _Texts([row.text for row in held])
    for row in rows:
        if not row.held_out:
            yield from ((row.id, held[at].id) for at in known.like(row.text))


def apart(rows: Sequence[Labelled], others: Sequence[Labelled]) -> list[Labelled]:
    """The rows that are nearly the same as no held-out text of the others: figures on those must not flatter."""
    known = _Texts([other.text for other in others if other.held_out])
    return [row for row in rows if not known.like(row.text)]


class _Texts:
    """Texts among which nearly the same ones are found without comparing with each.

    Sets that share `NEAR` of their pieces share one of the rarest 1 - `NEAR` of either (prefix filtering: Bayardo, Ma
    and Srikant 2007), so only texts with such a piece in common are compared.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._pieces = [_shingles(text) for text in texts]
        self._seen = Counter(piece for pieces in self._pieces for piece in pieces)
        self._by_rare: dict[str, list[int]] = defaultdict(list)
        for at, pieces in enumerate(self._pieces):
            for piece in self._rarest(pieces):
                self._by_rare[piece].append(at)

    def like(self, text: str) -> list[int]:
        """Where the texts stand that are nearly the same, in order."""
        own = _shingles(text)
        near = {at for piece in self._rarest(own) for at in self._by_rare.get(piece, ())}
        return sorted(at for at in near if len(own & self._pieces[at]) >= NEAR * len(own | self._pieces[at]))

    def _rarest(self, pieces: frozenset[str]) -> list[str]:
        count = len(pieces) - math.ceil(NEAR * len(pieces)) + 1
        return sorted(pieces, key=lambda piece: (self._seen[piece], piece))[:count]


def _shingles(text: str) -> frozenset[str]:
    flat = " ".join(text.lower().split())
    return frozenset(flat[at : at + _PIECE] for at in range(max(1, len(flat) - _PIECE + 1)))


def _labelled(path: Path, number: int, line: str) -> Labelled:
    try:
        row: dict[str, Any] = json.loads(line)
        made = Labelled(
            id=row["id"],
            title=row.get("title") or "",
            text=row["text"],
            kategori_alt=row.get("kategori_alt") or None,
            style=row["style"],
            **{field: row[field] for field in _FIELDS},
        )
    except (ValueError, KeyError, TypeError) as error:
        raise SettingsError(f"{path} line {number}: {error!r}"[:200]) from None
    for field in _wrong(made):
        raise SettingsError(f"{path} line {number}: {field} is no code of the taxonomy")
    return made


def _wrong(row: Labelled) -> Iterable[str]:
    for field in _FIELDS:
        if not is_code(field, getattr(row, field)):
            yield field
    if row.kategori_alt is not None and not is_code("kategori", row.kategori_alt):
        yield "kategori_alt"
