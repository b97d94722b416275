"""One worker for the benchmark `stage`: `python -m benchmarks.stage_worker pass|consume|plain GROUP RECORDS`.

`pass` is the real streams code (app, agent, settling, sender) with a decision that does nothing; `consume` is the same
app with an agent that takes the same batches and only acks them; `plain` does that with Faust's own app and its
`noack_take`, under the same settings. Prints its rate as JSON, without the first tenth.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import faust
import uvloop

from aduan.keyring import Keyring
from aduan.settings import Settings, load_settings
from schemas.events import Event
from schemas.topics import Lane
from streams.agents import AgentRun, BatchLoop, register_agent
from streams.app import app_options, build_app, producer_options
from streams.progress import Progress
from streams.sending import Sender
from streams.stages import Stage, Step, build_step
from streams.steps import Decided, Outcome

WITHIN: Final = 0.05


def nothing(events: Sequence[Event], now: datetime) -> list[Outcome]:
    """The decision that decides nothing."""
    del now
    return [Decided(event, Lane.ORDINARY) for event in events]


class OnlyAcks:
    """In place of the batch loop: what Faust alone can do with these batches."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    async def settle_batch(self, events: Sequence[Any]) -> None:
        """Ack them, in order."""
        for event in events:
            event.ack()
        self._progress.settled(len(events), 0)


async def measure(settings: Settings, mode: str, group: str, total: int) -> float:
    """Records per second over the last nine tenths."""
    keyring = Keyring(settings.data_dir / "keyring")
    step = replace(
        build_step(settings, Stage.CLASSIFY, Lane.ORDINARY, keyring), group=settings.group(group), decide=nothing
    )
    progress = Progress()
    if mode == "plain":
        app = _plain(settings, step, progress)
    else:
        app = build_app(settings, step.group, f"bench-{group}")
        sender = Sender(producer_options(settings, "bench"))
        loop: Any = OnlyAcks(progress)
        if mode == "pass":
            loop = BatchLoop(step, sender, keyring, progress, poison_limit=settings.poison_limit)
        register_agent(app, step, loop, settings.worker_batch, AgentRun(WITHIN))
    await app.start()
    await _reach(progress, total // 10)
    first, began = progress.processed, time.monotonic()
    await _reach(progress, total)
    return (progress.processed - first) / (time.monotonic() - began)


def _plain(settings: Settings, step: Step, progress: Progress) -> Any:
    """Faust as it comes: its own delivery of messages, its own batches."""
    app = faust.App(step.group, **app_options(settings, f"bench-{step.group}"))
    topic = app.topic(
        step.reads, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw", acks=True
    )

    @app.agent(topic, concurrency=1)
    async def work(stream: Any) -> None:
        async for events in stream.noack().noack_take(settings.worker_batch, within=WITHIN):
            await OnlyAcks(progress).settle_batch(events)

    return app


async def _reach(progress: Progress, processed: int) -> None:
    while progress.processed < processed:  # noqa: ASYNC110 - the counter is the streams' own and tells nobody
        await asyncio.sleep(0.02)


def main() -> None:
    """Run one measurement and end at once: Faust's own shutdown is not what is measured."""
    mode, group, total = sys.argv[1], sys.argv[2], int(sys.argv[3])
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    rate = asyncio.run(_printed(load_settings(), mode, group, total))
    sys.exit(0 if rate else 1)


async def _printed(settings: Settings, mode: str, group: str, total: int) -> float:
    rate = await measure(settings, mode, group, total)
    sys.stdout.write(json.dumps({"mode": mode, "rate": round(rate, 1)}) + "\n")
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
