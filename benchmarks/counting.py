"""How many documents an installation's indexes have taken: in real time, or as searches see them."""

import time
from collections.abc import Callable
from typing import NamedTuple

from elasticsearch import Elasticsearch

from aduan.settings import Settings
from benchmarks.lab import BrokenRunError
from consumers.index import read_alias

_STANDSTILL_SECONDS = 60.0


class Rate(NamedTuple):
    """Documents, and the seconds from the first one seen to the last."""

    documents: int
    seconds: float

    @property
    def each_second(self) -> float:
        """Documents per second."""
        return self.documents / max(self.seconds, 1e-6)


def written(client: Elasticsearch, settings: Settings) -> int:
    """Writes that the indexes of this installation have taken so far, searchable or not."""
    stats = client.indices.stats(index=f"{settings.namespace}-*", metric="indexing", expand_wildcards="all")
    return int(stats["_all"]["primaries"].get("indexing", {}).get("index_total", 0))


def searchable(client: Elasticsearch, settings: Settings) -> int:
    """Cases that a search finds now."""
    return int(client.count(index=read_alias(settings))["count"])


def rate_until(count: Callable[[], int], total: int, check: Callable[[], None], *, every: float = 0.05) -> Rate:
    """The rate from the first count above nothing to `total`.

    Raises BrokenRunError when it stands still for a minute; `check` may raise what it likes.
    """
    began, first, last = 0.0, 0, 0
    moved = looked = time.monotonic()
    while last < total:
        now, looked = count(), time.monotonic()
        if now > last:
            moved = looked
            if not first:
                began, first = looked, now
        elif looked - moved > _STANDSTILL_SECONDS:
            raise BrokenRunError(f"stood still at {now:,} of {total:,}")
        last = now
        check()
        time.sleep(every)
    return Rate(last - first, looked - began)
