"""kill -9 of a classify worker under load, under `aduan run`: seconds until its group commits again."""

import os
import signal
import time
from datetime import UTC, datetime

from benchmarks.lab import BrokenRunError, Installation, Lab, wait_for
from benchmarks.offsets import Offsets
from benchmarks.results import Measure, Target
from benchmarks.workload import received_records
from ops import run_file
from schemas.topics import Lane

WORKER = "classify-ordinary"
LOAD_SECONDS = 1.0
EVERY = 0.02
TIMEOUT = 60.0


def run(lab: Lab, *, quick: bool) -> list[Measure]:
    """The longest of five kills. Each has a supervisor of its own, whose first pause is at most half a second."""
    kills, waiting = (2, 15_000) if quick else (5, 100_000)
    with lab.installation("restart") as installation, Offsets(installation.settings) as offsets:
        records = received_records(
            range(waiting), installation.settings.topics, installation.key, datetime.now(UTC), Lane.ORDINARY
        )
        installation.fill(records, waiting, "restart")
        taken = []
        for number in range(kills):
            lab.say(f"restart: kill {number + 1} of {kills}")
            taken.append(_kill(installation, offsets, waiting))
    return [
        Measure(
            "restart",
            f"kill -9 of a worker to its next commit, longest of {kills}",
            max(taken),
            "s",
            target=Target(5.0, below=True),
            details={"seconds": [round(one, 2) for one in taken]},
        )
    ]


def _kill(installation: Installation, offsets: Offsets, total: int) -> float:
    """Seconds from the kill of a worker that has just committed to the next commit of its group."""
    settings = installation.settings
    group, topic = settings.group("classify.ordinary"), settings.topics.received(Lane.ORDINARY)
    before = offsets.committed(group, topic)
    supervisor = installation.aduan("run", "run", "--only", WORKER)
    wait_for(lambda: offsets.committed(group, topic) > before, TIMEOUT, "the first commit", EVERY)
    time.sleep(LOAD_SECONDS)
    supervisor.check()
    os.kill(int(run_file.read(settings.data_dir)["processes"][WORKER]["pid"]), signal.SIGKILL)
    killed = time.monotonic()
    time.sleep(0.1)  # a commit that was on its way to the broker has arrived by then
    standing = offsets.committed(group, topic)
    if standing >= total:
        raise BrokenRunError("the worker was done before it was killed")
    wait_for(lambda: offsets.committed(group, topic) > standing, TIMEOUT, "a commit after the kill", EVERY)
    taken = time.monotonic() - killed
    installation.stop(supervisor)
    return taken
