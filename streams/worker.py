"""One stream worker: waits for Kafka, runs the Faust app, and ends in one of five ways, always within a bound.

0 after SIGTERM; 70 when it stalled, crashed or Kafka took nothing for too long (start it again); 71 for a bad deploy
(don't); SettingsError when set-up is missing.
"""

import asyncio
import gc
import os
import re
import signal
import socket
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import structlog
import uvloop

from aduan.keyring import Keyring
from aduan.settings import Settings
from schemas.errors import UnavailableError
from schemas.topics import Lane
from streams.agents import AgentRun, BadDeployError, BatchLoop, register_agent
from streams.app import build_app, producer_options
from streams.delivery import DirectApp
from streams.progress import Progress
from streams.sending import Sender
from streams.stages import Stage, Step, build_step
from streams.topology import check_topics
from streams.watchdog import Watchdog

_log = structlog.get_logger(__name__)
ENDED: Final = 0
STALLED: Final = 70
"""EX_SOFTWARE: the supervisor starts the worker again."""
BAD_DEPLOY: Final = 71
"""The supervisor must not start it again: every restart would dead-letter as many complaints as the limit allows."""
DRAIN_SECONDS: Final = 5.0
STOP_SECONDS: Final = 4.0
"""For the batch in hand, and for Faust to end: together under 10 s."""
_WITHIN: Final = {Lane.ORDINARY: 0.05, Lane.URGENT: 0.02}
"""Seconds that a batch waits to fill up."""


@dataclass(frozen=True, slots=True)
class WorkerName:
    """Which worker this is. `instance` tells apart the workers of one stage and lane on one host."""

    stage: Stage
    lane: Lane
    instance: int = 0

    @property
    def member(self) -> str:
        """Static member id of the consumer group: a restarted worker takes over its partitions at once (trap 18)."""
        host = re.sub(r"[^A-Za-z0-9_-]", "-", socket.gethostname())[:60]
        return f"{host}-{self.stage.value}-{self.lane.value}-{self.instance}"


def run_worker(settings: Settings, name: WorkerName, progress: Progress) -> int:
    """Run until SIGTERM or the end; returns the exit code. Call it from the main thread, once in a process."""
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    _calm_the_collector()
    keyring = Keyring(settings.data_dir / "keyring")
    step = build_step(settings, name.stage, name.lane, keyring)
    with asyncio.Runner() as runner:
        try:
            code = runner.run(_run(settings, name, step, keyring, progress))
        except asyncio.CancelledError:
            code = ENDED
        # Faust's threads may still wait for a broker that is gone: what had to be durable is.
        _exit(code)
    return code


async def _run(settings: Settings, name: WorkerName, step: Step, keyring: Keyring, progress: Progress) -> int:
    stop = _stop_on_signals()
    if not await _kafka_is_there(settings, stop):
        return ENDED
    sender = Sender(producer_options(settings, f"{name.stage.value}-{name.lane.value}"))
    app = build_app(settings, step.group, name.member)
    run = AgentRun(_WITHIN[name.lane])
    batches = BatchLoop(step, sender, keyring, progress, poison_limit=settings.poison_limit)
    register_agent(app, step, batches, settings.worker_batch, run)
    watchdog = Watchdog(settings, step, progress, lambda: _assigned(app), _end_now)
    beating = asyncio.create_task(_beat(progress))
    try:
        await app.start()
        progress.waits_for = ""
        watchdog.start()
        _log.info("worker_runs", group=step.group, member=name.member)
        return await _until_end(app, run, stop)
    finally:
        watchdog.stop()
        progress.draining = True
        await _stop(app, run, sender)
        beating.cancel()


async def _until_end(app: DirectApp, run: AgentRun, stop: asyncio.Event) -> int:
    stopping: asyncio.Future[bool] = asyncio.ensure_future(stop.wait())
    crashing: asyncio.Future[None] = asyncio.ensure_future(_crashed(app))
    causes: list[asyncio.Future[Any]] = [stopping, crashing, run.ended]
    await asyncio.wait(causes, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    crashing.cancel()
    if run.ended.done():
        error = run.ended.result()
        _log.error("worker_ends", why=str(error))
        return BAD_DEPLOY if isinstance(error, BadDeployError) else STALLED
    if stop.is_set():
        return ENDED
    _log.error("worker_ends", why="Faust crashed", error=type(app.crash_reason).__name__)
    return STALLED


async def _stop(app: DirectApp, run: AgentRun, sender: Sender) -> None:
    """Settle the batch in hand, commit, leave. Bounded: a broker that is gone must not hold a process (trap 15)."""
    with suppress(TimeoutError):
        await asyncio.wait_for(run.drain(), DRAIN_SECONDS)
    with suppress(TimeoutError):
        await asyncio.wait_for(app.stop(), STOP_SECONDS)
    await sender.close()


async def _kafka_is_there(settings: Settings, stop: asyncio.Event) -> bool:
    """Wait for a broker that answers, for as long as it takes; False when told to stop meanwhile."""
    while not stop.is_set():
        try:
            await asyncio.to_thread(check_topics, settings)
        except UnavailableError as error:
            _log.warning("waits", what=str(error))
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), 1)
        else:
            return True
    return False


def _calm_the_collector() -> None:
    """A batch makes some 100,000 objects, none in a cycle: walking them again and again is lost time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _stop_on_signals() -> asyncio.Event:
    """The first SIGTERM or SIGINT drains; the second ends the process at once."""
    stop = asyncio.Event()

    def on_signal() -> None:
        if stop.is_set():
            _exit(ENDED)
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal)
    return stop


async def _beat(progress: Progress) -> None:
    while True:
        progress.beat = time.monotonic()
        await asyncio.sleep(0.5)


async def _crashed(app: DirectApp) -> None:
    while not app.crashed:  # noqa: ASYNC110 - Faust tells nobody
        await asyncio.sleep(0.2)


def _assigned(app: DirectApp) -> frozenset[int]:
    return frozenset(place.partition for place in app.consumer.assignment())


def _end_now(why: str) -> None:
    _log.error("worker_ends", why=why)
    _exit(STALLED)


def _exit(code: int) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
