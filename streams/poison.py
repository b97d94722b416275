"""When to stop: a run of invalid records on our own topics is a bad deploy, not bad luck (guarantee 5)."""

from collections.abc import Sequence

from streams.settling import Refused, Settled


class PoisonRun:
    """Counts invalid records in a row, in the order in which they were read."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._run = 0

    def passable(self, settled: Sequence[Settled]) -> int:
        """How many of these may be settled: all, or those before the run that breaks the limit.

        What earlier batches held of that run was settled already, `limit` at most; a worker that is started again finds
        the run at the head of its batch and settles nothing of it: restarts don't eat through it.
        """
        start = 0
        for place, answer in enumerate(settled):
            if not isinstance(answer, Refused):
                self._run, start = 0, place + 1
                continue
            self._run += 1
            if self._run > self._limit:
                return start
        return len(settled)
