"""Mails and answers on their way to a server, in a thread of their own: a slow one never holds the reading of the log.

Memory only: what makes a mail survive a kill is its event on the log, whose offset the escalator or notifier commits
after the outbox says that the mail is gone.
"""

import heapq
import math
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import structlog

from aduan.connections.patience import jittered
from consumers.mailer import AddressUnavailableError, HandOver
from schemas.errors import RefusedError, UnavailableError

_log = structlog.get_logger(__name__)
_SURE_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the mail with that key."""

    key: str
    refused: bool
    later: bool = False
    """Its address took it in none of a few tries, while the server took others: somebody else keeps it now."""
    unwanted: bool = False
    """It waited, and `wanted` says that it is not to go any more."""


@dataclass(order=True, slots=True)
class _Waiting:
    due: float
    order: int
    key: str = field(compare=False)
    payload: bytes = field(compare=False)
    """As it goes over the wire: an EmailMessage takes 78 kB of memory, this 1.4 kB, and thousands may wait."""
    urgent: bool = field(compare=False)
    sure_until: float = field(compare=False)
    attempt: int = field(default=0, compare=False)


class Outbox:
    """Takes mails with a key and says later what became of each. Thread-safe; `close` ends the thread.

    After so many `tries` at an address that takes nothing now, a mail is told as `later`; by default it waits here.
    Before one goes that waited for `sure_for` seconds, `wanted` is asked, from the outbox's thread, whether this key is
    still to go; when it raises UnavailableError, that can't be told, and the mail is told as `later`.
    """

    def __init__(
        self,
        hand_over: HandOver,
        *,
        tries: int | None = None,
        wanted: Callable[[str], bool] = lambda _: True,
        sure_for: float = _SURE_SECONDS,
    ) -> None:
        self._hand_over = hand_over
        self._wanted = wanted
        self._sure_for = sure_for
        self._tries = tries
        self._urgent: list[_Waiting] = []
        self._others: list[_Waiting] = []
        self._keys: set[str] = set()
        self._in_hand: str | None = None
        self._outcomes: deque[Outcome] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self._count = 0
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
        self._thread.start()

    def put(self, key: str, payload: bytes, *, urgent: bool = False) -> None:
        """Send it as soon as the mail server takes it; a key that is waiting already is not taken twice.

        Of the mails that are due, urgent ones go first, also after the server was away.
        """
        with self._changed:
            if key in self._keys:
                return
            self._keys.add(key)
            if key != self._in_hand and all(key != outcome.key for outcome in self._outcomes):
                self._push(_Waiting(0.0, 0, key, payload, urgent, time.monotonic() + self._sure_for))

    def drop(self, *keys: str) -> None:
        """Don't send these any more, and tell no outcome.

        One that is in hand just now may still go, which its outcome tells; it is never tried again.
        """
        dropped = frozenset(keys)
        with self._changed:
            self._keys -= dropped
            for heap in (self._urgent, self._others):
                left = [waiting for waiting in heap if waiting.key not in dropped]
                if len(left) < len(heap):
                    heap[:] = left
                    heapq.heapify(heap)

    def outcomes(self) -> list[Outcome]:
        """What is settled since the last call. Until it is told here, a key counts as waiting: it isn't sent again."""
        with self._changed:
            found = list(self._outcomes)
            self._outcomes.clear()
            self._keys.difference_update(outcome.key for outcome in found)
            return found

    def __contains__(self, key: str) -> bool:
        with self._changed:
            return key in self._keys

    def __len__(self) -> int:
        with self._changed:
            return len(self._keys)

    @property
    def alive(self) -> bool:
        """Whether mails still go out; False after an error that nobody foresaw."""
        return self._thread.is_alive()

    def close(self, timeout: float = 5.0) -> None:
        """End after the mail in hand; those that wait are sent again from the log when the process starts anew."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(timeout)

    def _push(self, waiting: _Waiting) -> None:
        self._count += 1
        waiting.order = self._count
        heapq.heappush(self._urgent if waiting.urgent else self._others, waiting)
        self._changed.notify()

    def _run(self) -> None:
        server_waits_until, failures = 0.0, 0
        while (waiting := self._next(server_waits_until)) is not None:
            if not self._may_go(waiting):
                continue
            try:
                self._hand_over(waiting.payload)
            except RefusedError as error:
                self._settle(Outcome(waiting.key, refused=True))
                _log.error("mail_refused", key=waiting.key, reason=str(error))
            except AddressUnavailableError as error:
                if self._tries is not None and waiting.attempt + 1 >= self._tries:
                    self._settle(Outcome(waiting.key, refused=False, later=True))
                else:
                    self._again(waiting, error)
            except UnavailableError as error:
                failures += 1
                server_waits_until = time.monotonic() + jittered(failures, random.random())  # noqa: S311 - jitter
                self._again(waiting, error, at=server_waits_until)
            else:
                failures = 0
                self._settle(Outcome(waiting.key, refused=False))
                _log.info("mail_sent", key=waiting.key)

    def _may_go(self, waiting: _Waiting) -> bool:
        """Whether it is still wanted; settled here when it is not, or when that can't be told."""
        if time.monotonic() < waiting.sure_until:
            return True
        try:
            wanted = self._wanted(waiting.key)
        except UnavailableError as error:
            self._settle(Outcome(waiting.key, refused=False, later=True))
            _log.warning("mail_waits", key=waiting.key, attempt=waiting.attempt, reason=str(error))
            return False
        if not wanted:
            self._settle(Outcome(waiting.key, refused=False, unwanted=True))
        waiting.sure_until = time.monotonic() + self._sure_for
        return wanted

    def _next(self, server_waits_until: float) -> _Waiting | None:
        """The next mail when it is due; None when the outbox closes."""
        with self._changed:
            while not self._closing:
                now, soonest = time.monotonic(), math.inf
                for heap in (self._urgent, self._others):
                    due = max(heap[0].due, server_waits_until) if heap else math.inf
                    if due <= now:
                        waiting = heapq.heappop(heap)
                        self._in_hand = waiting.key
                        return waiting
                    soonest = min(soonest, due)
                self._changed.wait(soonest - now if soonest < math.inf else None)
        return None

    def _again(self, waiting: _Waiting, error: UnavailableError, at: float | None = None) -> None:
        waiting.attempt += 1
        waiting.due = time.monotonic() + jittered(waiting.attempt, random.random()) if at is None else at  # noqa: S311
        _log.warning("mail_waits", key=waiting.key, attempt=waiting.attempt, reason=str(error))
        with self._changed:
            self._in_hand = None
            if waiting.key in self._keys:  # else dropped meanwhile
                self._push(waiting)

    def _settle(self, outcome: Outcome) -> None:
        with self._changed:
            self._in_hand = None
            self._outcomes.append(outcome)
