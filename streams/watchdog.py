"""Ends a worker that has gone silent, so that the supervisor starts it again (trap 7 of docs/faust.md).

It believes neither Faust nor the worker's own counters, but the offsets that the broker holds, read by a client and in
a thread of its own.
"""

import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final, NamedTuple

import structlog
from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import KafkaError

from aduan.connections.options import kafka_options
from aduan.settings import Settings
from streams.progress import Progress
from streams.stages import Step

_log = structlog.get_logger(__name__)
_EVERY_SECONDS: Final = 5.0


class Offsets(NamedTuple):
    """One partition as the broker sees it."""

    committed: int
    end: int


class StallJudge:
    """Whether a worker that is behind still moves. Pure: the time is passed in.

    A worker answers for its own partitions. One that has none answers for the whole group: when nobody moves, it may
    be this one that fell out of the group without noticing.
    """

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._seen: dict[int, tuple[int, float]] = {}

    def forget(self) -> None:
        """The broker could not be asked: nobody can move then, so all clocks start again."""
        self._seen.clear()

    def stalled(self, offsets: Mapping[int, Offsets], mine: frozenset[int], now: float) -> list[int]:
        """The partitions that were behind without any commit for `limit` seconds; empty when all is well."""
        for partition, (committed, end) in offsets.items():
            known = self._seen.get(partition)
            if known is None or known[0] != committed or committed >= end or (mine and partition not in mine):
                self._seen[partition] = (committed, now)
        late = [partition for partition in offsets if now - self._seen[partition][1] > self._limit]
        if mine:
            return [partition for partition in late if partition in mine]
        behind = [partition for partition, (committed, end) in offsets.items() if committed < end]
        return late if behind and set(behind) <= set(late) else []


class Watchdog:
    """A daemon thread that calls `end(reason)` when the worker stalls, its loop hangs or the watch itself fails."""

    def __init__(
        self,
        settings: Settings,
        step: Step,
        progress: Progress,
        assigned: Callable[[], frozenset[int]],
        end: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._step = step
        self._progress = progress
        self._assigned = assigned
        self._end = end
        self._judge = StallJudge(settings.worker_stall_seconds)
        self._every = min(_EVERY_SECONDS, settings.worker_stall_seconds / 4)
        self._admin: KafkaAdminClient | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch_or_end, name="watchdog", daemon=True)

    def start(self) -> None:
        """Watch until `stop`."""
        self._thread.start()

    def stop(self) -> None:
        """Stop watching; the thread ends by itself."""
        self._stop.set()

    def _watch_or_end(self) -> None:
        """A worker that nobody watches must not live on: whatever ends the watch ends the worker, too."""
        done = False
        try:
            self._watch()
            done = True
        finally:
            if not done and not self._stop.is_set():
                self._end(f"the watchdog failed ({type(sys.exception()).__name__})")

    def _watch(self) -> None:
        while not self._stop.wait(self._every):
            silent = time.monotonic() - self._progress.beat
            if silent > self._settings.worker_stall_seconds:
                self._end(f"the event loop hangs for {silent:.0f} s")
                return
            offsets = self._offsets()
            if offsets is None or self._progress.waits_for:
                self._judge.forget()
                continue
            mine = self._assigned()
            late = self._judge.stalled(offsets, mine, time.monotonic())
            self._progress.partitions = len(mine)
            self._progress.lag = sum(
                max(0, offsets[place].end - offsets[place].committed) for place in mine & set(offsets)
            )
            if late and not self._stop.is_set():
                self._end(f"no commit on partitions {late} for {self._settings.worker_stall_seconds:.0f} s")
                return

    def _offsets(self) -> dict[int, Offsets] | None:
        """What the broker holds for this group; None when it does not answer."""
        try:
            if self._admin is None:
                self._admin = KafkaAdminClient(**self._options())
            return read_offsets(self._admin, self._step.group, self._step.reads)
        except (KafkaError, OSError) as error:
            _log.warning("watchdog_sees_no_broker", error=type(error).__name__)
            admin, self._admin = self._admin, None
            if admin is not None:
                with suppress(KafkaError, OSError):
                    admin.close()
            return None

    def _options(self) -> dict[str, Any]:
        return kafka_options(self._settings, "watchdog") | {"request_timeout_ms": 10_000}


def read_offsets(admin: KafkaAdminClient, group: str, topic: str) -> dict[int, Offsets]:
    """Committed and end offset of each partition; a partition without a commit counts from its oldest record."""
    partitions = [
        TopicPartition(topic, row["partition_index"]) for row in admin.describe_topics([topic])[0]["partitions"]
    ]
    committed = admin.list_group_offsets({group: partitions})[group]
    oldest = admin.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.EARLIEST))
    ends = admin.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.LATEST))
    return {
        place.partition: Offsets(
            max(committed[place].offset if place in committed else -1, oldest[place].offset), ends[place].offset
        )
        for place in partitions
    }
