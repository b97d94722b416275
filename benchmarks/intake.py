"""The HTTP door alone: complaints per second on loopback, each acknowledged by Kafka with acks=all before its 202."""

from benchmarks.doorway import NO_LIMIT, open_door, start_adapter, summary
from benchmarks.lab import Lab
from benchmarks.results import Measure
from benchmarks.usage import Sampler

CONNECTIONS = 32


def run(lab: Lab, *, quick: bool) -> list[Measure]:
    """Requests per second and their p99 with 32 connections, each waiting for its answer."""
    seconds = 4.0 if quick else 20.0
    with lab.installation("intake", intake_rate_adapter=NO_LIMIT) as installation:
        door = open_door(installation)
        lab.say(f"intake: {CONNECTIONS} connections for {seconds:.0f} s")
        with Sampler({"intake": door.usage}) as sampler:
            said = summary(installation, start_adapter(installation, seconds, CONNECTIONS), seconds)
        door.check()
    cpu = sampler.usages["intake"].cpu_seconds / max(1, said["accepted"]) * 1000
    return [
        Measure("intake", f"accepted, {CONNECTIONS} connections", said["per_second"], "complaints/s", details=said),
        Measure("intake", "time to the 202, p50", said["p50_ms"], "ms"),
        Measure("intake", "time to the 202, p99", said["p99_ms"], "ms"),
        Measure("intake", "CPU of the door", cpu, "s per 1,000"),
    ]
