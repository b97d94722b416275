"""When to stop: a run of invalid records on our own topics is a bad deploy, not bad luck (guarantee 5)."""

from collections.abc import Sequence

from streams.settling import Refused, Settled


class PoisonRun:
    """Counts invalid records in a row, in the order in which they were read."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._run = 0

    def passable(self, settled: Sequence[Settled]) -> int:
        """How many of these may be settled: all, or those before the one that breaks the limit."""
        for place, answer in enumerate(settled):
            self._run = self._run + 1 if isinstance(answer, Refused) else 0
            if self._run > self._limit:
                return place
        return len(settled)
