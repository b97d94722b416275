"""A channel adapter in a process of its own: `python -m benchmarks.door_client URL TOKEN SECONDS CONNECTIONS [RATE]`.

With a rate it sends on a schedule whatever the answers take, and prints a line `id moment` for each yes
(CLOCK_MONOTONIC, which all processes of a machine share). Without one, each connection sends as soon as it has its
answer. The last line is a summary in JSON.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import uvloop

from benchmarks.workload import complaint

_WARM_UP = 20


@dataclass
class Tally:
    """What was answered."""

    taken: list[float] = field(default_factory=list)
    """Seconds from the request to its 202."""
    refused: dict[int, int] = field(default_factory=dict)

    def summary(self, seconds: float) -> dict[str, Any]:
        """Requests per second and the times that they took, in ms."""
        times = sorted(self.taken)
        return {
            "accepted": len(times),
            "per_second": round(len(times) / seconds, 1),
            "p50_ms": round(quantile(times, 0.5) * 1000, 2),
            "p99_ms": round(quantile(times, 0.99) * 1000, 2),
            "refused": self.refused,
        }


def quantile(ordered: list[float], share: float) -> float:
    """The value below which that share of an ordered list lies; 0 of an empty one."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def body(number: int) -> bytes:
    """What an adapter would send for the complaint of that number."""
    made = complaint(number)
    document: dict[str, Any] = {"text": made.content.text} | made.draft.claimed.model_dump(exclude_none=True)
    if made.content.title:
        document["title"] = made.content.title
    if made.reporter is not None:
        document["reporter"] = made.reporter.model_dump(exclude_none=True)
    return json.dumps(document).encode()


class Adapter:
    """Sends complaints over a few connections that stay open."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str, *, shows: bool) -> None:
        self._session = session
        self._url = f"{url}/api/v1/complaints"
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._shows = shows
        self.tally = Tally()

    async def send(self, number: int, raw: bytes) -> None:
        """One complaint."""
        began = time.monotonic()
        headers = self._headers | {"Idempotency-Key": f"bench-{number}"}
        async with self._session.post(self._url, data=raw, headers=headers) as answer:
            document = await answer.json(content_type=None)
            ended = time.monotonic()
            if answer.status != 202:
                self.tally.refused[answer.status] = self.tally.refused.get(answer.status, 0) + 1
                return
            self.tally.taken.append(ended - began)
            if self._shows:
                sys.stdout.write(f"{document['complaint_id']} {ended:.6f}\n")
                sys.stdout.flush()

    async def on_schedule(self, seconds: float, rate: float) -> None:
        """`rate` complaints a second, each sent at its time."""
        bodies = [body(number) for number in range(int(seconds * rate))]
        began, sending = time.monotonic(), set()
        for number, raw in enumerate(bodies):
            await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
            task = asyncio.create_task(self.send(number, raw))
            sending.add(task)
            task.add_done_callback(sending.discard)
        await asyncio.gather(*sending)

    async def one_after_the_other(self, seconds: float, connections: int) -> None:
        """Each connection waits for its answer before it sends on."""
        bodies = [body(number) for number in range(2_000)]
        numbers = iter(range(10**9))
        end = time.monotonic() + seconds

        async def connection() -> None:
            while time.monotonic() < end:
                number = next(numbers)
                await self.send(number, bodies[number % len(bodies)])

        await asyncio.gather(*(connection() for _ in range(connections)))


async def main(url: str, token: str, seconds: float, connections: int, rate: float | None) -> None:
    """Warm the door up, measure, and print the summary."""
    connector = aiohttp.TCPConnector(limit=connections)
    async with aiohttp.ClientSession(connector=connector) as session:
        warm = Adapter(session, url, token, shows=False)
        await asyncio.gather(*(warm.send(-1 - number, body(-1 - number)) for number in range(_WARM_UP)))
        adapter = Adapter(session, url, token, shows=rate is not None)
        began = time.monotonic()
        if rate is None:
            await adapter.one_after_the_other(seconds, connections)
        else:
            await adapter.on_schedule(seconds, rate)
        sys.stdout.write(json.dumps(adapter.tally.summary(time.monotonic() - began)) + "\n")


if __name__ == "__main__":
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    given = sys.argv[1:]
    asyncio.run(main(given[0], given[1], float(given[2]), int(given[3]), float(given[4]) if len(given) > 4 else None))
