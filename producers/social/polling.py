"""Polls one platform into the door: the place moves only after the acknowledgement. Guarantees 1 and 2.

Killed at any moment, the next look begins at the last place that was kept: what comes again has the same ids and is one
complaint.
"""

import random
import threading
from typing import Final

import structlog
from prometheus_client import Gauge

from producers.door import Door, utc_now
from producers.social.adapters import Page, Poller
from producers.social.asking import RateLimitedError
from producers.social.loops import SocialLoops
from producers.social.since import Since
from producers.social.webhook import IGNORED, settle
from schemas.errors import InvalidError, UnavailableError

_FIRST_WAIT: Final = 1.0
_LONGEST_WAIT: Final = 300.0
_LOOKED: Final = Gauge("aduan_social_looked_at", "Unix time of the last look that was kept.", ["platform"])
_log = structlog.get_logger(__name__)


class Polling:
    """One platform's loop. `run` from one thread; `waiting_for` says in the process's health why nothing comes."""

    def __init__(
        self, name: str, poller: Poller, door: Door, *, since: Since, loops: SocialLoops, seconds: float
    ) -> None:
        self.name = name
        self.waiting_for: str | None = None
        self._poller = poller
        self._door = door
        self._since = since
        self._loops = loops
        self._seconds = seconds
        self._failures = 0

    def run(self, stop: threading.Event) -> None:
        """Look until `stop` is set."""
        try:
            while not stop.is_set():
                stop.wait(self.look())
        finally:
            self._poller.close()

    def look(self) -> float:
        """Keep the next page; returns the seconds to wait before the next look. Never raises UnavailableError."""
        try:
            since = self._since.read()
            page = self._poller.fetch(since)
            self._keep(page)
        except UnavailableError as error:
            return self._wait(error)
        if self.waiting_for is not None:
            _log.info("social_available_again", platform=self.name)
        self.waiting_for, self._failures = None, 0
        return 0.0 if page.more and page.last not in {"", since} else self._seconds

    def _keep(self, page: Page) -> None:
        judged = self._loops.judge(page.delivery.submissions, utc_now()) if page.delivery.submissions else []
        outcomes = self._door.submit_many(judged) if judged else []
        settle(self.name, [one for one in outcomes if isinstance(one, InvalidError)])
        if page.last:
            self._since.move(page.last)
        _LOOKED.labels(self.name).set_to_current_time()
        for kind, count in page.delivery.ignored.items():
            IGNORED.labels(kind).inc(count)

    def _wait(self, error: UnavailableError) -> float:
        if str(error) != self.waiting_for:
            self.waiting_for = str(error)
            _log.warning("social_waits", platform=self.name, reason=self.waiting_for)
        if isinstance(error, RateLimitedError):
            return error.seconds
        self._failures += 1
        return random.random() * min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** min(self._failures, 10))  # noqa: S311 - jitter
