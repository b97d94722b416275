"""Which offsets may be committed while the effects of some records are on their way: up to the oldest, no further."""

Where = tuple[str, int]
"""Topic and partition."""


class CommitLine:
    """Per partition the records whose effects are awaited, and how far reading has come. Pure.

    Guarantee 4: an offset is committed only after its effect is durable, in offset order.
    """

    def __init__(self) -> None:
        self._read: dict[Where, int] = {}
        self._awaited: dict[Where, set[int]] = {}
        self._committed: dict[Where, int] = {}

    def read(self, where: Where, end: int) -> None:
        """All records before offset `end` were read and looked at."""
        self._read[where] = end

    def await_effect(self, where: Where, offset: int) -> None:
        """This record's effect isn't durable yet."""
        self._awaited.setdefault(where, set()).add(offset)

    def effect_done(self, where: Where, offset: int) -> None:
        """This record's effect is durable; unknown offsets (of an earlier assignment) change nothing."""
        self._awaited.get(where, set()).discard(offset)

    def ends(self) -> dict[Where, int]:
        """Offsets to commit now, for the partitions where there is something new to commit."""
        found = {}
        for where, read in self._read.items():
            end = min(self._awaited.get(where) or {read})
            if end > self._committed.get(where, -1):
                found[where] = end
        return found

    def committed(self, ends: dict[Where, int]) -> None:
        """These were committed."""
        self._committed.update(ends)

    def clear(self) -> None:
        """Forget all: the partitions were assigned anew and are read again from the last commit."""
        self._read.clear()
        self._awaited.clear()
        self._committed.clear()

    @property
    def waiting(self) -> int:
        """How many records' effects are awaited."""
        return sum(len(offsets) for offsets in self._awaited.values())
