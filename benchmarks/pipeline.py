"""The whole pipeline: from complaints that wait on complaints.received until all are searchable, on one machine."""

from datetime import UTC, datetime
from typing import Any, Final

from elasticsearch import Elasticsearch

from benchmarks.counting import Rate, rate_until, searchable
from benchmarks.lab import BrokenRunError, Installation, Lab, Process, wait_for
from benchmarks.offsets import Offsets
from benchmarks.results import Measure, Target
from benchmarks.usage import Sampler, Usage
from benchmarks.workload import received_records
from consumers.search_engine import search_client
from schemas.topics import Lane

WORKER_MB: Final = 200.0
FLAT: Final = 1.1
"""A worker whose last third is within a tenth of its first is flat."""
STAGES: Final = {
    "classify": ("worker", "--stage", "classify", "--lane", "ordinary"),
    "classify-urgent": ("worker", "--stage", "classify", "--lane", "urgent"),
    "route": ("worker", "--stage", "route", "--lane", "ordinary"),
    "route-urgent": ("worker", "--stage", "route", "--lane", "urgent"),
    "indexer": ("indexer",),
    "escalator": ("escalator",),
}
"""Everything behind the doors, as `aduan run` starts it."""


def run(lab: Lab, *, quick: bool) -> list[Measure]:
    """Complaints per second from the first one classified to the last one found; memory and CPU time by process."""
    total = 10_000 if quick else 200_000
    with lab.installation("pipeline") as installation, search_client(installation.settings) as client:
        settings = installation.settings
        records = received_records(range(total), settings.topics, installation.key, datetime.now(UTC))
        installation.fill(records, total, "pipeline")
        workers = start_stages(installation)
        usages = {name: process.usage for name, process in workers.items()} | lab.engine_processes()
        with Offsets(settings) as offsets:
            wait_for(lambda: _classified(offsets, installation) > 0, 60, "the first classified complaint")
            with Sampler(usages) as sampler:  # from here on: what starting costs is not counted
                rate = _searchable(installation, client, total)
            dead = offsets.end(settings.topics.dead_letter)
        if dead:
            raise BrokenRunError(f"{dead:,} dead letters")
    return [_rate(rate, total), *_memory(sampler.usages), *_cpu(sampler.usages, total)]


def start_stages(installation: Installation) -> dict[str, Process]:
    """Start all of them."""
    return {name: installation.aduan(name, *arguments) for name, arguments in STAGES.items()}


def _classified(offsets: Offsets, installation: Installation) -> int:
    return sum(offsets.end(installation.settings.topics.classified(lane)) for lane in Lane)


def _searchable(installation: Installation, client: Elasticsearch, total: int) -> Rate:
    def count() -> int:
        found = searchable(client, installation.settings)
        installation.say(f"pipeline: {found:,} of {total:,} searchable")
        return max(found, 1)  # the clock starts with the first classified complaint, not the first one found

    return rate_until(count, total, installation.check, every=0.5)


def _rate(rate: Rate, total: int) -> Measure:
    details = {"complaints": total, "seconds": round(rate.seconds, 1)}
    return Measure(
        "pipeline", "received to searchable", rate.each_second, "complaints/s", target=Target(1_500), details=details
    )


def _memory(usages: dict[str, Usage]) -> list[Measure]:
    rows = []
    for name in STAGES:
        usage = usages[name]
        is_worker = STAGES[name][0] == "worker"
        details: dict[str, Any] = {"growth": round(usage.growth, 3), "rss_mb": [round(one, 1) for one in usage.rss_mb]}
        target = Target(WORKER_MB, below=True) if is_worker else None
        rows.append(Measure("pipeline", f"memory of {name}, most", usage.most_mb, "MB", target=target, details=details))
    busiest = max((usages["classify"], usages["route"]), key=lambda usage: usage.growth)
    flat = Target(FLAT, below=True)
    return [*rows, Measure("pipeline", "memory, last third / first third", busiest.growth, "x", target=flat)]


def _cpu(usages: dict[str, Usage], total: int) -> list[Measure]:
    spent = {name: usage.cpu_seconds / total * 1000 for name, usage in usages.items()}
    rows = [Measure("pipeline", f"CPU of {name}", seconds, "s per 1,000") for name, seconds in spent.items()]
    return [*rows, Measure("pipeline", "CPU of all", sum(spent.values()), "s per 1,000")]
