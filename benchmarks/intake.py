"""The HTTP door alone: complaints per second on loopback, each acknowledged by Kafka with acks=all before its 202.

First at the offered rate that issue 4 asks for, sent on a schedule whatever the answers take, so that a slow answer
shows as a slow answer; then as fast as 32 connections get their answers.
"""

from typing import Any, Final

from benchmarks.doorway import NO_LIMIT, open_door, start_adapter, summary
from benchmarks.lab import Installation, Lab, Process
from benchmarks.results import Measure, Target
from benchmarks.usage import Sampler

OFFERED: Final = 500.0
"""Complaints a second that the intake is to sustain on 2 cores (issue 4)."""
SCHEDULED: Final = 64
CONNECTIONS: Final = 32
_NEARLY_ALL: Final = 0.98
"""Of the offered rate: the run ends with the last answer, a little after the last request."""


def run(lab: Lab, *, quick: bool) -> list[Measure]:
    """What comes through at 500 a second with p50 and p99, and how much more there is."""
    seconds = 4.0 if quick else 20.0
    with lab.installation("intake", intake_rate_adapter=NO_LIMIT) as installation:
        door = open_door(installation)
        lab.say(f"intake: {OFFERED:.0f} a second for {seconds:.0f} s")
        offered = summary(installation, start_adapter(installation, seconds, SCHEDULED, OFFERED), seconds)
        door.check()
        return _offered(offered) + _fastest(lab, installation, door, seconds)


def _offered(said: dict[str, Any]) -> list[Measure]:
    what = f"at {OFFERED:.0f}/s offered"
    return [
        Measure(
            "intake",
            f"accepted {what}",
            said["per_second"],
            "complaints/s",
            compared=OFFERED,
            compared_with="offered",
            target=Target(_NEARLY_ALL, of="ratio"),
            details=said,
        ),
        Measure("intake", f"time to the 202 {what}, p50", said["p50_ms"], "ms"),
        Measure("intake", f"time to the 202 {what}, p99", said["p99_ms"], "ms"),
    ]


def _fastest(lab: Lab, installation: Installation, door: Process, seconds: float) -> list[Measure]:
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
