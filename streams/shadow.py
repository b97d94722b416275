"""A second model beside the one that serves: counted where it differs, never heard, never waited for.

It answers in a thread of its own, at most one batch behind; while it is busy, batches pass it by and are counted as
skipped. Whatever goes wrong there ends that one answer alone.
"""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import structlog
from prometheus_client import Counter

from aduan.classification import Submission, classify
from aduan.model.opinion import Judge
from aduan.model.shadow_file import Difference, keep_differences
from schemas.events import Classification

FIELDS: Final = ("jenis", "kategori", "prioritas", "kerahasiaan")
_ANSWERS: Final = Counter("aduan_shadow", "Answers of the shadow model beside those that count.", ("field", "outcome"))
_log = structlog.get_logger(__name__)


class Shadow:
    """The second model. `look` returns at once; call it from one thread."""

    def __init__(self, judge: Judge, report: Path) -> None:
        self._judge = judge
        self._report = report
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="shadow")
        self._busy: Future[None] | None = None

    def look(self, items: Sequence[Submission], served: Sequence[Classification]) -> None:
        """Let it answer the same complaints, if it is free."""
        if not items:
            return
        if self._busy is not None and not self._busy.done():
            _count("skipped", len(items))
            return
        self._busy = self._thread.submit(self._answer, tuple(items), tuple(served))
        self._busy.add_done_callback(lambda done: _ended(done, len(items)))

    def close(self) -> None:
        """Wait for its answer, and end."""
        self._thread.shutdown(wait=True)

    def _answer(self, items: Sequence[Submission], served: Sequence[Classification]) -> None:
        differences = []
        for item, ours, its in zip(items, served, classify(items, by=self._judge), strict=True):
            fields = {name: (getattr(ours, name), getattr(its, name)) for name in FIELDS}
            differing = {name: pair for name, pair in fields.items() if pair[0] != pair[1]}
            for name in FIELDS:
                _ANSWERS.labels(name, "different" if name in differing else "same").inc()
            if differing:
                differences.append(Difference(item.complaint_id, ours.model, its.model, differing))
        keep_differences(self._report, differences, datetime.now(UTC))


def _count(outcome: str, count: int) -> None:
    for name in FIELDS:
        _ANSWERS.labels(name, outcome).inc(count)


def _ended(done: Future[None], count: int) -> None:
    error = done.exception()
    if error is not None:
        _count("failed", count)
        _log.warning("shadow_failed", error=type(error).__name__)
