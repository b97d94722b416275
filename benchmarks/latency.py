"""From the door's 202 until a search finds the case: a hundred a second by HTTP, the index refreshing every second."""

import time
from dataclasses import dataclass, field
from pathlib import Path

from elasticsearch import Elasticsearch

from benchmarks.door_client import quantile
from benchmarks.doorway import NO_LIMIT, open_door, start_adapter, summary
from benchmarks.lab import BrokenRunError, Installation, Lab
from benchmarks.pipeline import start_stages
from benchmarks.results import Measure, Target
from consumers.index import read_alias
from consumers.search_engine import search_client

RATE = 100.0
CONNECTIONS = 8
EVERY = 0.05
"""Seconds between two looks at the index, which is also how exact the figures are."""
_LAST_SECONDS = 60.0


@dataclass
class Watch:
    """Reads the adapter's log as it grows, and asks the index for what was accepted and not found yet."""

    client: Elasticsearch
    alias: str
    log: Path
    waiting: dict[str, float] = field(default_factory=dict)
    found: list[float] = field(default_factory=list)
    _read: int = 0

    def look(self) -> None:
        """One look; the moment of its answer counts."""
        with self.log.open("rb") as log:
            log.seek(self._read)
            text = log.read()
        whole, newline, _ = text.rpartition(b"\n")
        self._read += len(whole) + len(newline)
        for line in whole.decode().splitlines():
            if not line.startswith("{"):
                complaint_id, _, moment = line.partition(" ")
                self.waiting[complaint_id] = float(moment)
        if not self.waiting:
            return
        answer = self.client.search(
            index=self.alias, query={"ids": {"values": list(self.waiting)}}, size=10_000, source=False
        )
        now = time.monotonic()
        self.found += [now - self.waiting.pop(hit["_id"]) for hit in answer["hits"]["hits"]]


def run(lab: Lab, *, quick: bool) -> list[Measure]:
    """p50 and p99 of the seconds from accepted to searchable."""
    seconds = 10.0 if quick else 60.0
    with (
        lab.installation("latency", intake_rate_adapter=NO_LIMIT) as installation,
        search_client(installation.settings) as client,
    ):
        start_stages(installation)
        open_door(installation)
        _warm_up(installation, client)
        lab.say(f"latency: {RATE:.0f} a second for {seconds:.0f} s")
        adapter = start_adapter(installation, seconds, CONNECTIONS, RATE)
        watch = Watch(client, read_alias(installation.settings), adapter.log)
        ended = 0.0
        while not ended or watch.waiting:
            watch.look()
            time.sleep(EVERY)
            if not ended and adapter.popen.poll() is not None:
                ended = time.monotonic()
                watch.look()
            if ended and time.monotonic() - ended > _LAST_SECONDS:
                raise BrokenRunError(f"{len(watch.waiting)} accepted complaints were not found within a minute")
        said = summary(installation, adapter, seconds)
        installation.check()
    times = sorted(watch.found)
    details = {"found": len(times), "most": round(times[-1], 3), "door": said}
    p50, p99 = Target(1.5, below=True), Target(4.0, below=True)
    return [
        Measure("latency", "accepted to searchable, p50", quantile(times, 0.5), "s", target=p50, details=details),
        Measure("latency", "accepted to searchable, p99", quantile(times, 0.99), "s", target=p99),
        Measure("latency", "time to the 202 at that rate, p99", said["p99_ms"], "ms"),
    ]


def _warm_up(installation: Installation, client: Elasticsearch) -> None:
    """Wait until a first complaint has passed all stages: a process that is starting is not what is measured."""
    adapter = start_adapter(installation, 0.5, 1, 10.0)
    watch = Watch(client, read_alias(installation.settings), adapter.log)
    deadline = time.monotonic() + 60
    while not watch.found or adapter.popen.poll() is None or watch.waiting:
        watch.look()
        time.sleep(EVERY)
        if time.monotonic() > deadline:
            raise BrokenRunError("the first complaint was not searchable within a minute")
    summary(installation, adapter, 0.5)
    adapter.log.unlink()
