"""Lag as Prometheus metrics, under the names that existing dashboards use; served at /metrics of a health endpoint.

Measured when scraped, at most every few seconds, so that several scrapers cost no more than one.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Final

import structlog
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import REGISTRY, Collector, CollectorRegistry

from aduan.settings import Settings
from ops.lag import PartitionLag, measure
from ops.lag_status import Sample, Status, status
from schemas.errors import AduanError

_log = structlog.get_logger(__name__)
_FRESH_SECONDS: Final = 5.0
_WINDOW: Final = 10
_PREFIX: Final = "kafka_consumergroup_group"
_BY_PARTITION: Final = ("cluster_name", "group", "topic", "partition")
_BY_GROUP: Final = ("cluster_name", "group")


class LagCollector(Collector):
    """Measures on demand. When that fails the lag is absent and `aduan_lag_up` is 0: no old number passes for new."""

    def __init__(self, cluster: str, measure_lag: Callable[[], Sequence[PartitionLag]]) -> None:
        self._cluster = cluster
        self._measure = measure_lag
        self._lock = threading.Lock()
        self._measured_at = float("-inf")
        self._lags: Sequence[PartitionLag] | None = None
        self._histories: dict[tuple[str, str, int], _History] = {}

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Nothing: registering must not measure."""
        return []

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """All families, from a measurement of at most a few seconds ago."""
        with self._lock:
            if time.monotonic() - self._measured_at >= _FRESH_SECONDS:
                self._lags = self._try()
                self._measured_at = time.monotonic()
            lags = self._lags
            up = GaugeMetricFamily("aduan_lag_up", "Whether the lag could be measured.", labels=["cluster_name"])
            up.add_metric([self._cluster], 0 if lags is None else 1)
            return [up] if lags is None else [up, *self._families(lags)]

    def _try(self) -> Sequence[PartitionLag] | None:
        try:
            lags = self._measure()
        except AduanError as error:
            _log.warning("lag_not_measured", reason=str(error))
            return None
        for lag in lags:
            self._histories.setdefault((lag.group, lag.topic, lag.partition), _History()).add(lag, time.time())
        return lags

    def _families(self, lags: Sequence[PartitionLag]) -> list[GaugeMetricFamily]:
        messages = _family("lag", "Messages behind.", _BY_PARTITION)
        seconds = _family("lag_seconds", "Age of the oldest unread message.", _BY_PARTITION)
        standing = GaugeMetricFamily(
            "aduan_consumergroup_status",
            "1 for the status that holds (Burrow's rules).",
            labels=[*_BY_PARTITION, "status"],
        )
        for lag in lags:
            labels = [self._cluster, lag.group, lag.topic, str(lag.partition)]
            messages.add_metric(labels, lag.lag)
            if lag.seconds is not None:
                seconds.add_metric(labels, lag.seconds)
            now = self._histories[lag.group, lag.topic, lag.partition].status(time.time())
            for one in Status:
                standing.add_metric([*labels, one.value], int(one is now))
        return [messages, seconds, standing, *self._by_group(lags)]

    def _by_group(self, lags: Sequence[PartitionLag]) -> list[GaugeMetricFamily]:
        most = _family("max_lag", "Messages that the worst partition is behind.", _BY_GROUP)
        oldest = _family("max_lag_seconds", "Age of the oldest unread message of all partitions.", _BY_GROUP)
        total = _family("sum_lag", "Messages behind, all partitions together.", _BY_GROUP)
        for group, found in groupby(sorted(lags, key=lambda lag: lag.group), key=lambda lag: lag.group):
            ours, labels = list(found), [self._cluster, group]
            most.add_metric(labels, max(lag.lag for lag in ours))
            total.add_metric(labels, sum(lag.lag for lag in ours))
            if known := [lag.seconds for lag in ours if lag.seconds is not None]:
                oldest.add_metric(labels, max(known))
        return [most, oldest, total]


class _History:
    """The last measurements of one partition, and when its offset last moved."""

    def __init__(self) -> None:
        self._window: deque[Sample] = deque(maxlen=_WINDOW)
        self._committed_at: float | None = None

    def add(self, lag: PartitionLag, now: float) -> None:
        moved = not self._window or self._window[-1].committed != lag.committed
        if moved and lag.committed is not None:
            self._committed_at = now
        self._window.append(Sample(now, lag.committed, lag.lag))

    def status(self, now: float) -> Status:
        return status(tuple(self._window), committed_at=self._committed_at, now=now)


def register_lag_collector(settings: Settings, registry: CollectorRegistry = REGISTRY) -> LagCollector:
    """Serve this installation's lag from the registry that /metrics shows; call it once in a process."""
    collector = LagCollector(settings.namespace or "aduan", lambda: measure(settings))
    registry.register(collector)
    return collector


def _family(name: str, help_: str, labels: Sequence[str]) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{_PREFIX}_{name}", help_, labels=labels)
