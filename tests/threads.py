"""A stage's `run_…(settings, stop)` in a thread of the test, whose failure reaches the test."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from aduan.settings import Settings


@contextmanager
def in_a_thread(run: Callable[[Settings, threading.Event], None], settings: Settings) -> Iterator[None]:
    """Runs while the block does; told to stop at its end, and must then end within 30 s and without an error."""
    stop = threading.Event()
    failures: list[BaseException] = []

    def work() -> None:
        try:
            run(settings, stop)
        except BaseException as error:  # noqa: BLE001 - a thread's failure must reach the test
            failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()
        assert not failures, failures
