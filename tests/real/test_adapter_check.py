"""On the kit's own broker and intake, which hold, lose and cut: `aduan adapter check`, and the admission itself.

The sample adapters break nothing; one with the usual mistakes hears of each of them.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from aduan.settings import Settings
from ops.conformance.broker import Broker, kit_broker
from ops.conformance.http_stage import http_stage
from ops.conformance.kafka_stage import on_broker
from ops.conformance.phases import PHASES, Phases, Stage
from ops.conformance.rules import Finding, Verdict, findings
from ops.conformance.weather import Weather
from ops.topics import ensure_topics
from tests.admitting import outcomes, register, submit
from tests.case_log import dead_letters
from tests.doors import received_on_kafka
from tests.indexing import wait_until
from tests.processes import running

ROOT = Path(__file__).parents[2]
SAMPLE_HTTP = str(ROOT / "samples/adapters/lines_to_http.py")
CHECK = [sys.executable, "-m", "ops.cli", "adapter", "check", "--http"]
CARELESS = [sys.executable, str(ROOT / "tests" / "careless_adapter.py")]


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with kit_broker(tmp_path_factory.mktemp("kit")) as made:
        yield made


def checked(
    stage: Stage, folder: Path, *command: str, only: Sequence[str] = PHASES, seconds: float = 20
) -> dict[str, Finding]:
    phases = Phases(stage, [*command, "{feed}"], folder, messages=6, seconds=seconds, away_seconds=1)
    return {one.rule: one for one in findings(phases.run(lambda _phase: None, only))}


def broken(found: dict[str, Finding]) -> set[str]:
    return {rule for rule, one in found.items() if one.verdict is Verdict.BROKEN}


def untried(found: dict[str, Finding]) -> set[str]:
    return {rule for rule, one in found.items() if one.verdict is Verdict.NOT_TRIED}


def test_the_sample_that_writes_to_kafka_breaks_nothing(tmp_path: Path, broker: Broker) -> None:
    with on_broker(tmp_path, broker) as stage:
        found = checked(stage, tmp_path, sys.executable, str(ROOT / "samples/adapters/lines_to_kafka.py"))
    assert (broken(found), untried(found)) == (set(), set()), found


def test_a_careless_adapter_hears_what_it_breaks_on_kafka(tmp_path: Path, broker: Broker) -> None:
    with on_broker(tmp_path, broker) as stage:
        found = checked(stage, tmp_path, *CARELESS, "kafka", only=["quiet", "before"])
    assert broken(found) >= {"valid", "partitioned", "acknowledged", "killed_before"}, found
    assert found["acknowledged"].found == "acks=1"
    assert "Extra inputs are not permitted" in found["valid"].found
    assert all(found[rule].advice for rule in broken(found))


def test_a_careless_adapter_hears_what_it_breaks_over_http(tmp_path: Path) -> None:
    with http_stage(tmp_path) as stage:
        found = checked(stage, tmp_path, *CARELESS, "http", only=["quiet", "again", "away", "refusal"], seconds=5)
    assert broken(found) == {"keyed", "once", "outage", "refusal"}, found


def test_the_command_prints_its_findings_and_exits_0_for_the_sample_that_posts() -> None:
    done = subprocess.run(
        [*CHECK, "--json", "--messages=4", "--away=1", "--", sys.executable, SAMPLE_HTTP, "{feed}"],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    assert {one["verdict"] for one in json.loads(done.stdout)} == {"held"}


def test_a_command_that_is_not_there_is_said_in_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [*CHECK, "--", str(tmp_path / "nothing")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "can't be run" in done.stderr.splitlines()[-1]


def test_while_the_broker_is_away_the_stage_waits_and_goes_on_by_itself(tmp_path: Path, broker: Broker) -> None:
    inside = Settings(
        namespace="away", kafka_bootstrap=broker.inside, data_dir=tmp_path, secret="s" * 64, publish_timeout=2
    )
    ensure_topics(inside)
    register(inside, "contoh")
    with running(inside.model_copy(update={"kafka_bootstrap": broker.outside}), "admission") as process:
        submit(inside, range(50))
        wait_until(lambda: outcomes(inside)["admitted"] == 50, 30)
        broker.sky.change(Weather.AWAY)
        submit(inside, range(50, 500))
        time.sleep(1.5)
        assert outcomes(inside)["admitted"] == 50
        assert process.poll() is None
        broker.sky.change(Weather.FAIR)
        wait_until(lambda: outcomes(inside)["admitted"] == 500, 30)
    assert len({event.complaint_id for event in received_on_kafka(inside)}) == 500
    assert not dead_letters(inside)
