"""`aduan admission` as a process on a real broker: killed and among rubbish, each submission gets its answer."""

import subprocess
import sys
from contextlib import closing

import httpx
import pytest
from kafka import KafkaProducer
from kafka.errors import MessageSizeTooLargeError

from aduan.connections.options import kafka_options
from aduan.connections.publisher import Publisher, Record
from aduan.settings import Settings
from ops.engines.ports import free_port
from ops.lag import LagMeter
from ops.stages import stages
from schemas.exchange import SubmissionAdmitted
from tests.admitting import answers, outcomes, record, register, submit
from tests.case_log import dead_letters
from tests.doors import received_on_kafka
from tests.environment import environment_of
from tests.indexing import wait_until
from tests.processes import end, running, start


@pytest.fixture
def ready(topics: Settings) -> Settings:
    register(topics, "contoh", "lain")
    return topics


class NoUtf8(str):
    """A header name that no reader of UTF-8 can read; brokers take it."""

    def encode(self, *_args: object, **_kwargs: object) -> bytes:
        return b"\xff\xfe"


def unread(settings: Settings) -> int:
    ours = [stage for stage in stages(settings, 1) if stage.name == "admission"]
    with LagMeter(settings) as meter:
        return sum(one.lag for one in meter.measure(ours))


def aduan(settings: Settings, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "ops.cli", *words],
        env=environment_of(settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_killed_in_mid_batch_nothing_is_missed_doubled_or_answered_otherwise(ready: Settings) -> None:
    submit(ready, range(2_000))
    kills = 0
    while True:
        before = len(answers(ready))
        process = start(ready, "admission")
        try:
            wait_until(lambda: len(answers(ready)) > before or unread(ready) == 0, 30, every=0.05)  # noqa: B023
            if unread(ready) == 0:
                break
            if kills == 2:
                wait_until(lambda: unread(ready) == 0, 30)
                break
            process.kill()
            process.wait(10)
            kills += 1
        finally:
            end(process)
    assert kills == 2
    by_submission: dict[str, set[str]] = {}
    for one in answers(ready):
        assert isinstance(one, SubmissionAdmitted)
        by_submission.setdefault(one.external_id_sha256, set()).add(one.event_id)
    assert len(by_submission) == 2_000
    assert {len(ids) for ids in by_submission.values()} == {1}
    complaints = {one.complaint_id for one in answers(ready)}
    assert complaints == {event.complaint_id for event in received_on_kafka(ready)}
    assert len(complaints) == 2_000
    assert not dead_letters(ready)


def test_rubbish_suspends_its_source_while_another_goes_on_and_what_waited_is_replayed(ready: Settings) -> None:
    settings = ready.model_copy(update={"admission_run": 20, "health_port": free_port()})
    broken = record(999)._replace(headers=[*record(999).headers, (NoUtf8("x"), b"")])
    with running(settings, "admission"):
        with closing(Publisher(settings, "tests")) as publisher:
            publisher.publish([Record(settings.topics.submitted, broken.key, broken.value, broken.headers)])
        submit(settings, range(100), value=b'{"text": "3204085606880003"')
        wait_until(lambda: unread(settings) == 0, 30)
        submit(settings, range(200, 250))
        submit(settings, range(300, 350), source="lain")
        wait_until(lambda: unread(settings) == 0, 30)
        found = outcomes(settings)
        assert (found["admitted"], found["suspended"] >= 50, found.total()) == (51, True, 201)
        metrics = httpx.get(f"http://127.0.0.1:{settings.health_port}/metrics").text
        assert 'aduan_source_suspended{source="contoh"} 1.0' in metrics
        assert 'aduan_source_suspended{source="lain"} 0.0' in metrics
        aduan(settings, "adapter", "resume", "/adapters/contoh")
        aduan(settings, "dead-letters", "replay", "--reason", "suspended")
        wait_until(lambda: unread(settings) == 0, 30)
    assert outcomes(settings)["admitted"] == 101
    log = (settings.data_dir / "admission.log").read_text()
    assert "source_suspended" in log
    assert "3204085606880003" not in log
    assert {letter.topic for letter in dead_letters(settings)} == {settings.topics.submitted}


def test_the_limit_of_a_submission_holds_for_what_it_unpacks_to(ready: Settings) -> None:
    """A few bytes could unpack to a gigabyte, which the stage would have to hold."""
    options = kafka_options(ready, "tests") | {"compression_type": "gzip", "max_request_size": 20_000_000}
    producer = KafkaProducer(**options)
    try:
        producer.send(ready.topics.submitted, key=b"k", value=b"a" * 2_000_000).get(timeout=20)
        with pytest.raises(MessageSizeTooLargeError):
            producer.send(ready.topics.submitted, key=b"k", value=b"a" * 10_000_000).get(timeout=20)
    finally:
        producer.close(timeout=5)
