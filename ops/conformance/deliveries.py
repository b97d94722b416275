"""What arrived from the adapter under test, as the real door judges it."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message that arrived. `complaint_id` when it would be admitted, else `reason` and what is wrong."""

    mark: str | None
    """Which message of the feed it carries; None when its text has no mark."""
    key: str | None
    """Record key or Idempotency-Key."""
    complaint_id: str | None = None
    reason: str | None = None
    wrong: tuple[str, ...] = ()
    """`field: what it must be`, for what is wrong."""
    partition_right: bool | None = None
    """Whether the partition follows from the key by murmur2; None where there is none."""


class Deliveries:
    """All that arrived so far. Thread-safe."""

    def __init__(self) -> None:
        self._all: list[Delivery] = []
        self._lock = threading.Lock()

    def add(self, delivery: Delivery) -> None:
        """Keep one."""
        with self._lock:
            self._all.append(delivery)

    def all(self) -> tuple[Delivery, ...]:
        """Every one, in the order of arrival."""
        with self._lock:
            return tuple(self._all)

    def times(self, marks: Iterable[str]) -> int:
        """How often the least often delivered of these messages arrived."""
        counts = dict.fromkeys(marks, 0)
        for one in self.all():
            if one.mark in counts:
                counts[one.mark] += 1
        return min(counts.values(), default=0)
