"""Memory and CPU time of the processes of a run, sampled each second."""

import threading
import time
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from statistics import mean
from types import TracebackType
from typing import Final, Self

import psutil

MEGABYTE: Final = 1_000_000


@dataclass
class Usage:
    """What one process used."""

    process: psutil.Process
    rss_mb: list[float] = field(default_factory=list)
    cpu_before: float = 0.0
    cpu_seconds: float = 0.0

    @property
    def most_mb(self) -> float:
        """The largest resident size."""
        return max(self.rss_mb, default=0.0)

    @property
    def growth(self) -> float:
        """Mean size over the last third of the run in parts of that over the first third."""
        third = len(self.rss_mb) // 3
        return mean(self.rss_mb[-third:]) / mean(self.rss_mb[:third]) if third else 1.0


class Sampler(AbstractContextManager["Sampler"]):
    """Samples while its block runs."""

    def __init__(self, processes: dict[str, psutil.Process], seconds: float = 1.0) -> None:
        self.usages = {name: Usage(process) for name, process in processes.items()}
        self._seconds = seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="usage", daemon=True)
        self.began = time.monotonic()

    def __enter__(self) -> Self:
        for usage in self.usages.values():
            usage.cpu_before = _cpu(usage.process)
        self.began = time.monotonic()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        self._sample()

    def _run(self) -> None:
        while not self._stop.wait(self._seconds):
            self._sample()

    def _sample(self) -> None:
        for usage in self.usages.values():
            with suppress(psutil.NoSuchProcess):
                usage.rss_mb.append(usage.process.memory_info().rss / MEGABYTE)
                usage.cpu_seconds = _cpu(usage.process) - usage.cpu_before


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
