"""What our streams code costs above Faust: a stage that decides nothing, and the same Faust set-up that only reads."""

import json
import sys
from datetime import UTC, datetime
from statistics import median

from benchmarks.lab import BrokenRunError, Installation, Lab, wait_for
from benchmarks.results import Measure, Target
from benchmarks.workload import received_records
from schemas.topics import Lane

TIMEOUT = 300.0


def run(lab: Lab, *, quick: bool) -> list[Measure]:
    """Records per second, medians of rounds by turns: beside our app that only reads, and beside Faust as it comes."""
    total, rounds = (6_000, 1) if quick else (60_000, 3)
    with lab.installation("stage") as installation:
        records = received_records(
            range(total), installation.settings.topics, installation.key, datetime.now(UTC), Lane.ORDINARY
        )
        installation.fill(records, total, "stage")
        found: dict[str, list[float]] = {"plain": [], "consume": [], "pass": []}
        for number in range(rounds):
            for mode, rates in found.items():
                lab.say(f"stage: {mode}, round {number + 1} of {rounds}")
                rates.append(_rate(installation, mode, number, total))
    return [
        Measure(
            "stage",
            "decode, decide nothing, encode, produce",
            median(found["pass"]),
            "records/s",
            compared=median(found[mode]),
            compared_with=name,
            target=Target(0.6, of="ratio"),
            details={"rounds": found, "records": total},
        )
        for mode, name in (("consume", "our app only reads"), ("plain", "plain Faust only reads"))
    ]


def _rate(installation: Installation, mode: str, number: int, total: int) -> float:
    name = f"{mode}{number}"
    process = installation.start(name, [sys.executable, "-m", "benchmarks.stage_worker", mode, name, str(total)])
    wait_for(lambda: process.popen.poll() is not None, TIMEOUT, f"the stage that should {mode} {total:,} records")
    installation.processes.remove(process)
    lines = process.log.read_text(encoding="utf-8").splitlines()
    if process.popen.returncode or not lines:
        raise BrokenRunError(f"stage {mode} ended with {process.popen.returncode}: {' '.join(lines[-3:])}")
    return float(json.loads(lines[-1])["rate"])
