"""The Faust agent: takes a batch, decides, writes, and only then acks, in offset order (guarantee 4, docs/faust.md).

Both stages are the same agent with another `Step`.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Protocol

import structlog

from aduan.connections.publisher import Record
from aduan.keyring import Keyring
from schemas.errors import UnavailableError
from streams.delivery import DirectApp, batches
from streams.poison import PoisonRun
from streams.progress import Progress
from streams.settling import Refused, Settled, dead_letter_record, settle
from streams.stages import Step

_log = structlog.get_logger(__name__)
_CAP_SECONDS: Final = 5.0
FORGET_SECONDS: Final = 600.0
"""How long a key is held in memory at most after its file was destroyed."""


class Sends(Protocol):
    """Where a batch goes: `streams.sending.Sender`."""

    async def send(self, records: Sequence[Record]) -> None:
        """Return when all are durable; raise UnavailableError when they can't be made so."""


class BadDeployError(Exception):
    """More invalid records in a row than `poison_limit`. The stage stops; the records stay where they are."""


class BatchLoop:
    """Settles one batch after the other. `settle_batch` returns only when its effects are durable."""

    def __init__(
        self,
        step: Step,
        sender: Sends,
        keyring: Keyring,
        progress: Progress,
        *,
        poison_limit: int,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._step = step
        self._sender = sender
        self._keyring = keyring
        self._progress = progress
        self._poison = PoisonRun(poison_limit)
        self._clock = clock
        self._sleep = sleep
        self._forgotten = clock()

    async def settle_batch(self, events: Sequence[Any]) -> None:
        """Decide, write and ack these Faust events.

        Raises BadDeployError after what came before the run's end was settled, UnavailableError when Kafka took nothing
        for too long: nothing of the batch was acked then.
        """
        records = [event.message for event in events]
        settled = await self._decided(records)
        passable = self._poison.passable(settled)
        now = self._clock()
        await self._sender.send([self._written(*pair, now) for pair in zip(records, settled[:passable], strict=False)])
        for event in events[:passable]:
            event.ack()
        refused = sum(isinstance(answer, Refused) for answer in settled[:passable])
        self._progress.settled(passable, refused)
        if refused:
            _log.warning("dead_letters", count=refused, reasons=_reasons(settled[:passable]))
        if passable < len(settled):
            reasons = _reasons(settled[passable : passable + 1])
            where = f"{records[passable].topic}/{records[passable].partition}/{records[passable].offset}"
            raise BadDeployError(
                f"bad deploy: too many invalid messages in a row on our own topic, the next at {where} "
                f"({', '.join(reasons)}); nothing from there on was skipped or committed"
            )

    async def _decided(self, records: Sequence[Any]) -> list[Settled]:
        """The verdicts; waits as long as a key is not on this machine, with nothing committed."""
        attempt = 0
        while True:
            now = self._clock()
            if (now - self._forgotten).total_seconds() > FORGET_SECONDS:
                self._keyring.forget()
                self._forgotten = now
            try:
                settled = settle(records, self._step, now)
            except UnavailableError as error:
                self._progress.waits_for = str(error)
                pause = random.uniform(0, min(_CAP_SECONDS, 0.1 * 2.0 ** min(attempt, 10)))  # noqa: S311 - jitter
                attempt += 1
                _log.warning("waits", what=str(error), attempt=attempt)
                await self._sleep(pause)
            else:
                self._progress.waits_for = ""
                return settled

    def _written(self, record: Any, answer: Settled, now: datetime) -> Record:
        if isinstance(answer, Refused):
            return dead_letter_record(record, answer, self._step, self._keyring.current(now), now)
        return answer


def _reasons(settled: Sequence[Settled]) -> list[str]:
    return sorted({answer.reason.value for answer in settled if isinstance(answer, Refused)})


def register_agent(app: DirectApp, step: Step, loop: BatchLoop, batch: int, run: "AgentRun") -> None:
    """Declare the topic as raw bytes and the agent that takes it, batch by batch."""
    topic = app.topic(
        step.reads, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw", acks=True
    )

    @app.agent(topic, name=f"{step.stage.value}_{step.lane.value}", concurrency=1)
    async def work(stream: Any) -> None:
        async for events in batches(app, stream, batch, run.within):
            if not await run.one(loop.settle_batch(events)):
                await asyncio.Event().wait()  # nothing more is taken; the process is about to end


class AgentRun:
    """Between the agent and the process: whether a batch is in hand, whether to take more, and why it ended."""

    def __init__(self, within: float) -> None:
        self.within = within
        self.ended: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()
        self._idle = asyncio.Event()
        self._idle.set()
        self._draining = False

    async def one(self, batch: Awaitable[None]) -> bool:
        """Settle one batch; False when no further one is to be taken."""
        if self._draining:
            if asyncio.iscoroutine(batch):
                batch.close()
            return False
        self._idle.clear()
        try:
            await batch
        except (BadDeployError, UnavailableError) as error:
            if not self.ended.done():
                self.ended.set_result(error)
            return False
        finally:
            self._idle.set()
        return not self._draining

    async def drain(self) -> None:
        """Take no more, and return when the batch in hand is settled."""
        self._draining = True
        await self._idle.wait()
