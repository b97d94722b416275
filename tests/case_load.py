"""A load on the log of cases while a block runs: openings, and later events for what was opened."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aduan.connections.publisher import Publisher
from aduan.keyring import Keyring
from aduan.settings import Settings
from schemas.events import CaseEvent
from tests.case_log import case_record
from tests.factories import case_acknowledged, case_opened, case_resolved, reply_added, reporter_erased
from tests.indexing import keyring_of


@dataclass
class Load:
    """What was written so far."""

    cases: int = 0
    events: int = 0
    failed: list[BaseException] = field(default_factory=list)


@contextmanager
def case_load(settings: Settings, *, each_second: int, seed: int = 1, first: int = 0) -> Iterator[Load]:
    """Write about so many events a second, in order for each case; four in ten are for cases opened before."""
    load, stop = Load(), threading.Event()

    def write() -> None:
        chance, keyring = random.Random(seed), keyring_of(settings)
        publisher = Publisher(settings, "tests-load")
        try:
            while not stop.is_set():
                started = time.monotonic()
                events = [_event(chance, load, keyring, first) for _ in range(max(1, each_second // 5))]
                publisher.publish([case_record(settings, event) for event in events])
                load.events += len(events)
                stop.wait(max(0.0, 0.2 - (time.monotonic() - started)))
        except BaseException as error:  # noqa: BLE001 - handed to the test below
            load.failed.append(error)
        finally:
            publisher.close()

    thread = threading.Thread(target=write, name="load")
    thread.start()
    try:
        yield load
    finally:
        stop.set()
        thread.join(30)
    assert not load.failed, load.failed


def _event(chance: random.Random, load: Load, keyring: Keyring, first: int) -> CaseEvent:
    if load.cases < 20 or chance.random() < 0.6:
        load.cases += 1
        return case_opened(first + load.cases, keyring=keyring)
    n, nr = first + chance.randint(1, load.cases), load.events + chance.randint(1, 10**6)
    kind = chance.random()
    if kind < 0.4:
        return case_acknowledged(n, nr % 5_000)
    if kind < 0.7:
        return case_resolved(n, nr % 5_000)
    if kind < 0.97:
        return reply_added(n, nr % 5_000, keyring=keyring)
    return reporter_erased(n, nr % 5_000, drop_text=True)
