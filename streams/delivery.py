"""From Faust's consumer to the agent's queue with no task per message, and from the queue to batches.

Faust starts four asyncio tasks for each message before it puts it in a queue (`Consumer._drain_messages`), and passes
it through two more coroutines afterwards: 150 µs of CPU, more than the rest of a stage. Here a message goes straight
into the queue while the flow is open and there is room; in all other cases Faust's own way is taken, with its flow
control and its back-pressure. Rebalances, offsets, acks and commits remain Faust's.
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

    def deliver(self, message: Any) -> Any:
        """Put it into the agent's queue, or hand it to Faust's conductor, which waits for room or for the flow."""
        queue = self.queue
        if queue is None or queue.full() or not self.flow_control.is_active():
            return self.topics.on_message(message)
        message.incref()
        queue.put_nowait(Event(self, message.key, message.value, message.headers, message))
        return _DELIVERED

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
        while len(events) < most and not queue.empty():
            events.append(queue.get_nowait())
        generation, open_ = app.consumer_generation_id, app.flow_control.is_active()
        fresh = [event for event in events if open_ and event.message.generation_id == generation]
        if fresh:
            yield fresh
