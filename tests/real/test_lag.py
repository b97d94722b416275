"""Lag read from a real broker, and the command with its exit codes."""

import json
import subprocess
import sys
import time

import pytest
from elasticsearch import Elasticsearch
from kafka import KafkaConsumer, TopicPartition
from kafka.structs import OffsetAndMetadata

from aduan.connections.options import kafka_options
from aduan.settings import Settings
from consumers.index import ensure_indexes
from ops.lag import PartitionLag, measure
from ops.stages import newest_generation, stages
from tests.case_log import publish_cases
from tests.environment import environment_of
from tests.factories import case_opened


def commit(settings: Settings, stage: str, topic: str, offsets: dict[int, int]) -> None:
    consumer = KafkaConsumer(
        **kafka_options(settings, "tests"), group_id=settings.group(stage), enable_auto_commit=False
    )
    try:
        wanted = {TopicPartition(topic, number): offset for number, offset in offsets.items()}
        consumer.assign(list(wanted))
        consumer.commit({where: OffsetAndMetadata(offset, "", -1) for where, offset in wanted.items()})
    finally:
        consumer.close()


def of_stage(lags: list[PartitionLag], stage: str) -> list[PartitionLag]:
    return [lag for lag in lags if lag.stage == stage]


def aduan_lag(settings: Settings, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "ops.cli", "lag", *options],
        env=environment_of(settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def ready(topics: Settings, search: Elasticsearch) -> Settings:
    ensure_indexes(topics, search)
    return topics


def test_every_stage_and_partition_is_there_and_nothing_waits_in_a_new_installation(ready: Settings) -> None:
    lags = measure(ready)
    assert {lag.stage for lag in lags} == {stage.name for stage in stages(ready, 1)}
    assert len(lags) == len(stages(ready, 1)) * ready.partitions
    assert {(lag.committed, lag.lag, lag.seconds) for lag in lags} == {(None, 0, 0.0)}


def test_lag_counts_from_the_commit_and_its_age_from_the_oldest_unread_record(ready: Settings) -> None:
    publish_cases(ready, (case_opened(n) for n in range(400)))
    time.sleep(1.5)
    publish_cases(ready, (case_opened(n) for n in range(400)))
    ends = {lag.partition: lag.end for lag in of_stage(measure(ready), "escalator")}
    assert sum(ends.values()) == 800
    commit(ready, "escalator", ready.topics.cases, {number: end // 2 for number, end in ends.items()})
    began = time.time()
    lags = measure(ready)
    took = time.time() - began
    assert {lag.partition: lag.lag for lag in of_stage(lags, "escalator")} == {
        number: end - end // 2 for number, end in ends.items()
    }
    for behind, fresh in zip(of_stage(lags, "indexer.1"), of_stage(lags, "escalator"), strict=True):
        assert behind.committed is None
        assert behind.seconds is not None
        assert fresh.seconds is not None
        assert behind.seconds > fresh.seconds + 1.0
    assert took < 5


def test_a_group_that_read_all_is_not_behind(ready: Settings) -> None:
    publish_cases(ready, (case_opened(n) for n in range(50)))
    ends = {lag.partition: lag.end for lag in of_stage(measure(ready), "escalator")}
    commit(ready, "escalator", ready.topics.cases, ends)
    assert {(lag.lag, lag.seconds) for lag in of_stage(measure(ready), "escalator")} == {(0, 0.0)}


def test_the_command_says_by_its_exit_code_whether_a_stage_is_behind(ready: Settings) -> None:
    answer = aduan_lag(ready, "--json")
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["behind"] is False
    publish_cases(ready, (case_opened(n) for n in range(50)))
    answer = aduan_lag(ready, "--json")
    assert answer.returncode == 1
    found = json.loads(answer.stdout)
    assert found["behind"] is True
    assert sum(one["lag"] for one in found["partitions"] if one["stage"] == "escalator") == 50
    assert aduan_lag(ready, "--max-messages", "50").returncode == 0
    assert aduan_lag(ready, "--max-seconds", "3600").returncode == 0


def test_what_can_not_be_measured_is_one_line_and_exit_code_two(settings: Settings) -> None:
    answer = aduan_lag(settings.model_copy(update={"kafka_bootstrap": "127.0.0.1:1"}))
    assert answer.returncode == 2
    assert answer.stderr.strip().splitlines() == [answer.stderr.strip()]
    assert "aduan lag:" in answer.stderr


def test_without_a_search_engine_the_newest_generation_with_a_group_is_shown(ready: Settings) -> None:
    commit(ready, "indexer.3", ready.topics.cases, {0: 0})
    blind = ready.model_copy(update={"elasticsearch_url": "http://127.0.0.1:1"})
    assert of_stage(measure(blind), "indexer.3")
    assert newest_generation(ready, [ready.group("indexer.2"), ready.group("indexer.10"), "other.indexer.99"]) == 10
    assert newest_generation(ready, []) == 1
