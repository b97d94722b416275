"""Between the adapter and the kit's broker: lets produce requests pass, holds them, loses their answers, or is away."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from ops.conformance.frames import acks_of
from ops.conformance.weather import Sky, Weather
from ops.engines.ports import LOOPBACK

_MOST: Final = 20_000_000
_LOOK_SECONDS: Final = 0.02


class Proxy:
    """One TCP proxy; the weather of its sky is looked at for every request."""

    def __init__(self, sky: Sky, *, port: int, broker: int) -> None:
        self._sky = sky
        self._port = port
        self._broker = broker
        self._open: set[asyncio.StreamWriter] = set()

    async def serve(self, stop: asyncio.Event, ready: threading.Event) -> None:
        """Serve until `stop`; while the weather is AWAY nothing is connected, and nobody gets through."""
        server = await asyncio.start_server(self._serve_one, LOOPBACK, self._port)
        ready.set()
        async with server:
            while not stop.is_set():
                if self._sky.weather is Weather.AWAY:
                    self._cut()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), _LOOK_SECONDS)
            self._cut()

    def _cut(self) -> None:
        for writer in self._open:
            writer.transport.abort()
        self._open.clear()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._sky.weather is Weather.AWAY:
            self._sky.meet()
            writer.transport.abort()
            return
        inner, outer = await asyncio.open_connection(LOOPBACK, self._broker)
        ours = {writer, outer}
        self._open |= ours
        deaf = asyncio.Event()
        tasks = [
            asyncio.create_task(self._requests(reader, outer, deaf)),
            asyncio.create_task(_answers(inner, writer, deaf)),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for one in ours:
                one.transport.abort()
            self._open -= ours

    async def _requests(self, reader: asyncio.StreamReader, out: asyncio.StreamWriter, deaf: asyncio.Event) -> None:
        while True:
            head = await reader.readexactly(4)
            size = int.from_bytes(head, "big")
            if size > _MOST:
                return
            frame = await reader.readexactly(size)
            acks = acks_of(frame)
            if acks is not None:
                self._sky.note_acks(acks)
                weather = self._sky.meet()
                while weather is Weather.HOLDS and self._sky.weather is Weather.HOLDS:  # noqa: ASYNC110 - a thread's
                    await asyncio.sleep(_LOOK_SECONDS)
                if weather in (Weather.HOLDS, Weather.AWAY):
                    return  # whoever sent it was killed meanwhile, or must send it again
                if weather is Weather.UNHEARD:
                    deaf.set()
            out.write(head + frame)
            await out.drain()


async def _answers(reader: asyncio.StreamReader, out: asyncio.StreamWriter, deaf: asyncio.Event) -> None:
    while data := await reader.read(65_536):
        if deaf.is_set():
            continue
        out.write(data)
        await out.drain()


@contextmanager
def proxying(sky: Sky, *, port: int, broker: int) -> Iterator[None]:
    """The proxy in a thread of its own while the block runs."""
    loop = asyncio.new_event_loop()
    stop, ready = asyncio.Event(), threading.Event()

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(Proxy(sky, port=port, broker=broker).serve(stop, ready))
        pending = asyncio.all_tasks(loop)
        loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
        loop.close()

    thread = threading.Thread(target=run, name="kit-proxy", daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
