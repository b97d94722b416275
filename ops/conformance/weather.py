"""What the adapter under test meets: a door that listens, hangs, is not heard, or is away. Shared by both kinds."""

import threading
from enum import StrEnum


class Weather(StrEnum):
    """How the broker or door behaves now."""

    FAIR = "fair"
    HOLDS = "holds"
    """It hears a submission and does nothing with it: no acknowledgement comes."""
    UNHEARD = "unheard"
    """It takes a submission, and its acknowledgement is lost."""
    AWAY = "away"
    """Kafka: nobody listens. HTTP: 503 with Retry-After."""


class Sky:
    """The weather of now and what was seen under it. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Condition()
        self._weather = Weather.FAIR
        self._met = 0
        self._acks: set[int] = set()

    @property
    def weather(self) -> Weather:
        """How it is now."""
        return self._weather

    def change(self, weather: Weather) -> None:
        """Make it so, and count what meets it from zero."""
        with self._lock:
            self._weather = weather
            self._met = 0
            self._lock.notify_all()

    def meet(self) -> Weather:
        """A submission (or, while away, an attempt) meets the weather: which?"""
        with self._lock:
            self._met += 1
            self._lock.notify_all()
            return self._weather

    @property
    def met(self) -> int:
        """How many submissions or attempts met this weather."""
        return self._met

    def wait_met(self, count: int, seconds: float) -> bool:
        """Wait until so many have met it; False when they have not in time."""
        with self._lock:
            return self._lock.wait_for(lambda: self._met >= count, seconds)

    def wait_change(self, weather: Weather, seconds: float) -> bool:
        """Wait until it is not this weather any more."""
        with self._lock:
            return self._lock.wait_for(lambda: self._weather is not weather, seconds)

    def note_acks(self, acks: int) -> None:
        """The acknowledgement that a Kafka producer asked for: -1 is all."""
        with self._lock:
            self._acks.add(acks)

    def acks(self) -> frozenset[int]:
        """Every kind of acknowledgement that was asked for since last asked."""
        with self._lock:
            seen, self._acks = frozenset(self._acks), set()
            return seen
