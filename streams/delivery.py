"""From Faust's consumer to the agent's queue with no task per message, and from the queue to batches.

Faust starts four asyncio tasks for each message before it puts it in a queue (`Consumer._drain_messages`), and passes
it through two more coroutines afterwards: 150 µs of CPU, more than the rest of a stage. Here a message goes straight
into the queue while the flow is open and there is room, and otherwise waits for both. What is queued is bounded in
bytes too: a thousand complaints of the longest kind would be a gigabyte. Rebalances, offsets, acks and commits remain
Faust's.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import faust
from faust.events import Event
from faust.transport.drivers.aiokafka import Consumer
from mode.services import WaitResults

_DELIVERED: Final = object()
_NOTHING_MORE: Final = WaitResults([], [], False)
_ROOM_SECONDS: Final = 0.01
MAX_QUEUED_BYTES: Final = 16_000_000
MAX_BATCH_BYTES: Final = 4_000_000
"""Values of one batch together; decoded and encoded again they take some four times as much for a moment."""


class DirectConsumer(Consumer):
    """Faust's consumer, which need not wait for a message that was delivered at once."""

    async def wait_first(self, *coros: Any, timeout: Any = None) -> WaitResults:  # noqa: ASYNC109 - Faust's own signature
        """As Faust's; the drain loop calls it with what `DirectApp.deliver` returned and the wait for a rebalance."""
        if coros and coros[0] is _DELIVERED:
            for waiting in coros[1:]:
                waiting.close()
            return _NOTHING_MORE
        return await super().wait_first(*coros, timeout=timeout)


class DirectApp(faust.App):
    """Faust's app with one agent, whose queue messages go straight into."""

    queue: asyncio.Queue[Event] | None = None
    queued_bytes: int = 0

    def deliver(self, message: Any) -> Any:
        """Put it into the agent's queue at once, or return what waits for room there and for the flow to be open."""
        if self._has_room():
            self._put(message)
            return _DELIVERED
        return self._deliver_later(message)

    def _has_room(self) -> bool:
        queue = self.queue
        if queue is None or not self.flow_control.is_active():
            return False
        if queue.empty():  # also after a rebalance, when Faust has emptied it
            self.queued_bytes = 0
            return True
        return not queue.full() and self.queued_bytes < MAX_QUEUED_BYTES

    def _put(self, message: Any) -> None:
        assert self.queue is not None  # noqa: S101 - for mypy: _has_room was asked
        message.incref()
        self.queued_bytes += len(message.value or b"")
        self.queue.put_nowait(Event(self, message.key, message.value, message.headers, message))

    async def _deliver_later(self, message: Any) -> None:
        """Faust cancels this when a rebalance begins, and reads again from the committed offset afterwards."""
        while not self._has_room():  # noqa: ASYNC110 - Faust empties the queue and tells nobody
            await asyncio.sleep(_ROOM_SECONDS)
        self._put(message)

    def _new_consumer(self) -> Any:
        return DirectConsumer(
            self.transport,
            callback=self.deliver,
            on_partitions_revoked=self._on_partitions_revoked,
            on_partitions_assigned=self._on_partitions_assigned,
            beacon=self.beacon,
        )

    def _create_directories(self) -> None:
        """There are no tables: nothing to keep on disk."""


async def batches(app: DirectApp, stream: Any, most: int, within: float) -> AsyncIterator[list[Event]]:
    """Up to `most` events at a time, in the order in which they were read; waits `within` seconds for a batch to fill.

    Nothing is acked here. Events of an earlier assignment are dropped: their offsets are not committed, so whoever has
    the partition now reads them again.
    """
    queue: asyncio.Queue[Event] = stream.channel.queue
    app.queue = queue
    while True:
        events = [await queue.get()]
        if queue.qsize() + 1 < most:
            await asyncio.sleep(within)
        size = len(events[0].message.value or b"")
        while len(events) < most and size < MAX_BATCH_BYTES and not queue.empty():
            events.append(queue.get_nowait())
            size += len(events[-1].message.value or b"")
        app.queued_bytes -= size
        generation, flows = app.consumer_generation_id, app.flow_control.is_active()
        fresh = [event for event in events if flows and event.message.generation_id == generation]
        if fresh:
            yield fresh
