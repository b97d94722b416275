"""What a worker knows of itself: read by its health endpoint and its watchdog, from other threads."""

import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class Progress:
    """Counters of one process. Written on the event loop and by the watchdog; single assignments, so no lock."""

    processed: int = 0
    dead_letters: int = 0
    last_batch_at: float = 0.0
    """Unix time of the last batch that was settled; 0 when there was none yet."""
    waits_for: str = "kafka"
    """What it waits for; empty when nothing is in its way."""
    lag: int = -1
    """Records of its own partitions that are not committed yet; -1 when not known."""
    partitions: int = 0
    beat: float = field(default_factory=time.monotonic)
    """When the event loop last ran (monotonic)."""
    draining: bool = False

    def settled(self, processed: int, dead_letters: int) -> None:
        """Count one settled batch."""
        self.processed += processed
        self.dead_letters += dead_letters
        self.last_batch_at = time.time()

    def details(self) -> dict[str, str | int | float]:
        """Counts and states for /healthz."""
        return {
            "processed": self.processed,
            "dead_letters": self.dead_letters,
            "last_batch_at": round(self.last_batch_at, 3),
            "waits_for": self.waits_for,
            "lag": self.lag,
            "partitions": self.partitions,
            "draining": self.draining,
        }
