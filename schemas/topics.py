"""The topics of the flow. Keys are complaint ids everywhere but on dead letters."""

from dataclasses import dataclass
from enum import StrEnum


class Lane(StrEnum):
    """Which of the two lanes a complaint travels in. Urgent topics have their own workers."""

    ORDINARY = "ordinary"
    URGENT = "urgent"


RECEIVED = "complaints.received"
CLASSIFIED = "complaints.classified"
CASES = "complaints.cases"
DEAD_LETTER = "complaints.dead-letter"
SUBMITTED = "complaints.submitted"
ADMISSIONS = "complaints.admissions"

MAX_TEXT_BYTES = 256 * 1024
"""Longest title and text together that a door takes (UTF-8 bytes)."""
MAX_RAW_BYTES = 2_500_000
"""max.message.bytes of the topics of the flow."""
MAX_DEAD_LETTER_BYTES = 4_000_000
"""max.message.bytes of the dead letters: they hold the original, sealed and in base64."""


@dataclass(frozen=True, slots=True)
class Topics:
    """Topic names of one installation; `namespace` keeps installations apart on one cluster."""

    namespace: str = ""

    def _name(self, name: str) -> str:
        return f"{self.namespace}.{name}" if self.namespace else name

    def received(self, lane: Lane) -> str:
        """Where the door writes."""
        return self._name(RECEIVED if lane is Lane.ORDINARY else f"{RECEIVED}.urgent")

    def classified(self, lane: Lane) -> str:
        """Where `classify` writes and `route` reads."""
        return self._name(CLASSIFIED if lane is Lane.ORDINARY else f"{CLASSIFIED}.urgent")

    @property
    def cases(self) -> str:
        """The ordered log of every case."""
        return self._name(CASES)

    @property
    def dead_letter(self) -> str:
        """What could not be read or applied."""
        return self._name(DEAD_LETTER)

    @property
    def submitted(self) -> str:
        """Where adapters written by others submit plain complaints; kept for a few days only."""
        return self._name(SUBMITTED)

    @property
    def admissions(self) -> str:
        """What they are answered."""
        return self._name(ADMISSIONS)

    @property
    def flow(self) -> tuple[str, ...]:
        """All topics that share one partition count."""
        return (
            self.received(Lane.ORDINARY),
            self.received(Lane.URGENT),
            self.classified(Lane.ORDINARY),
            self.classified(Lane.URGENT),
            self.cases,
            self.submitted,
            self.admissions,
        )
