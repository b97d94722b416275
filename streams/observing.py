"""What the classify worker tells of its model on /metrics: confidence, categories, doubt, and words it never learned.

Together they show drift: a model meets other complaints than it learned from long before anybody complains of it.
"""

from collections import Counter as Counted
from collections.abc import Sequence
from typing import Final

import structlog
from prometheus_client import Counter, Histogram

from aduan.classification import Submission
from aduan.model.opinion import Judge
from aduan.model.serving import models_folder, read_judge
from aduan.model.shadow_file import shadow_file
from aduan.reading import read_complaint
from aduan.rules import BREAK
from aduan.settings import Settings
from schemas.errors import SettingsError
from schemas.events import Classification
from schemas.topics import Lane
from streams.shadow import Shadow

_CONFIDENCE: Final = Histogram(
    "aduan_confidence", "Confidence of classifications.", buckets=[step / 10 for step in range(1, 11)]
)
_CATEGORIES: Final = Counter("aduan_categories", "Complaints by category.", ("kategori",))
_UNSURE: Final = Counter("aduan_unsure", "Complaints that a person looks at first.")
_WORDS: Final = Counter("aduan_words", "Distinct words of one complaint of each batch, by whether learned.", ("known",))
_log = structlog.get_logger(__name__)


class Observer:
    """Counts what was classified, and shows it to the shadow model where there is one."""

    def __init__(self, judge: Judge, shadow: Shadow | None = None) -> None:
        self._judge = judge
        self._shadow = shadow

    def saw(self, items: Sequence[Submission], classes: Sequence[Classification]) -> None:
        """One batch that was classified."""
        for one in classes:
            _CONFIDENCE.observe(one.confidence)
        for kategori, count in Counted(one.kategori for one in classes).items():
            _CATEGORIES.labels(kategori).inc(count)
        _UNSURE.inc(sum(one.unsure for one in classes))
        if items:
            self._count_words(items[0])
        if self._shadow is not None:
            self._shadow.look(items, classes)

    def close(self) -> None:
        """Wait for the shadow's answer, and end it."""
        if self._shadow is not None:
            self._shadow.close()

    def _count_words(self, item: Submission) -> None:
        words = set(read_complaint(item.title, item.text).said.words) - {BREAK}
        known = self._judge.model.known(words)
        _WORDS.labels("yes").inc(known)
        _WORDS.labels("no").inc(len(words) - known)


def observer_of(settings: Settings, lane: Lane, judge: Judge) -> Observer:
    """The observer of a worker. A shadow model that can't be read is left out and logged: it must harm nothing."""
    if settings.model_shadow is None:
        return Observer(judge)
    try:
        second = read_judge(settings.model_shadow)
    except SettingsError as error:
        _log.warning("shadow_left_out", why=str(error))
        return Observer(judge)
    return Observer(judge, Shadow(second, shadow_file(models_folder(settings), lane.value)))
