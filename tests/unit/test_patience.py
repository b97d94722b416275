"""Waiting for what is unavailable."""

import gc
import threading
import time
import weakref

import pytest

from aduan.connections.patience import Patience
from schemas.errors import InvalidError, Reason, UnavailableError


class Flaky:
    """Unavailable so many times, then there."""

    def __init__(self, failures: int) -> None:
        self.left = failures
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.left:
            self.left -= 1
            raise UnavailableError("away")
        return "there"


def test_what_is_there_is_not_waited_for() -> None:
    flaky = Flaky(0)
    assert Patience(threading.Event()).until_done(flaky) == "there"
    assert flaky.calls == 1


def test_what_is_away_is_tried_until_it_is_there() -> None:
    flaky, patience = Flaky(3), Patience(threading.Event())
    assert patience.until_done(flaky) == "there"
    assert flaky.calls == 4
    assert patience.waiting_for is None


def test_while_it_waits_it_says_what_for_and_a_stop_ends_it_at_once() -> None:
    stop = threading.Event()
    patience = Patience(stop)
    ended: list[float] = []

    def wait() -> None:
        with pytest.raises(UnavailableError):
            patience.until_done(Flaky(10**6))
        ended.append(time.monotonic())

    thread = threading.Thread(target=wait)
    thread.start()
    while patience.waiting_for is None:
        time.sleep(0.01)
    assert patience.waiting_for == "away"
    stopped = time.monotonic()
    stop.set()
    thread.join(10)
    assert ended
    assert ended[0] - stopped < 1.0


def test_what_is_invalid_is_not_tried_again() -> None:
    calls = 0

    def invalid() -> None:
        nonlocal calls
        calls += 1
        raise InvalidError(Reason.UNSEALABLE)

    with pytest.raises(InvalidError):
        Patience(threading.Event()).until_done(invalid)
    assert calls == 1


class Body:
    """Something large that an attempt sends."""


def test_what_failed_attempts_sent_is_let_go() -> None:
    sent: list[weakref.ref[Body]] = []

    def send(body: Body, errors: list[Exception]) -> None:
        sent.append(weakref.ref(body))
        try:
            int("no number")
        except ValueError as error:
            errors.append(error)  # as elastic_transport does: its frame and the error hold each other
            raise UnavailableError("away") from None

    def attempt() -> int:
        if len(sent) < 3:
            send(Body(), [])
        return sum(one() is not None for one in sent)

    gc.disable()
    try:
        alive = Patience(threading.Event()).until_done(attempt)
    finally:
        gc.enable()
    assert alive == 0
