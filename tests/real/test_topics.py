"""Topics are created explicitly, once, as the settings say."""

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from aduan.connections.options import kafka_options
from aduan.settings import Settings
from ops.engines.ports import free_port
from ops.topics import ensure_topics, topic_configs
from schemas.errors import SettingsError, UnavailableError


def test_every_topic_of_the_flow_is_created_once(settings: Settings) -> None:
    assert sorted(ensure_topics(settings)) == sorted([*settings.topics.flow, settings.topics.dead_letter])
    assert ensure_topics(settings) == []


def test_partitions_retention_and_size_are_those_of_the_settings(topics: Settings) -> None:
    admin = KafkaAdminClient(**kafka_options(topics, "tests"))
    try:
        described = admin.describe_topics([*topics.topics.flow])
        assert {len(topic["partitions"]) for topic in described} == {topics.partitions}
        resource = ConfigResource(ConfigResourceType.TOPIC, topics.topics.dead_letter)
        answer = str(admin.describe_configs([resource]))
    finally:
        admin.close()
    assert "4000000" in answer
    assert str(90 * 86_400_000) in answer


def test_another_partition_count_is_refused_and_named(topics: Settings) -> None:
    other = topics.model_copy(update={"partitions": topics.partitions + 1})
    with pytest.raises(SettingsError, match=f"has {topics.partitions} partitions"):
        ensure_topics(other)


def test_a_missing_topic_is_added_beside_those_that_are_there(settings: Settings) -> None:
    ensure_topics(settings)
    admin = KafkaAdminClient(**kafka_options(settings, "tests"))
    try:
        admin.delete_topics([settings.topics.dead_letter])
        assert ensure_topics(settings) == [settings.topics.dead_letter]
    finally:
        admin.close()


def test_no_broker_is_unavailable(settings: Settings) -> None:
    nowhere = settings.model_copy(update={"kafka_bootstrap": f"127.0.0.1:{free_port()}"})
    with pytest.raises(UnavailableError):
        ensure_topics(nowhere)


def test_the_log_is_kept_longer_than_the_raw_topics(settings: Settings) -> None:
    configs = topic_configs(settings)
    assert int(configs[settings.topics.cases]["retention.ms"]) == 90 * 86_400_000
    assert {int(configs[name]["retention.ms"]) for name in settings.topics.flow[:4]} == {30 * 86_400_000}
    assert int(configs[settings.topics.submitted]["retention.ms"]) == 3 * 86_400_000


def test_plain_submissions_are_gone_soon_after_their_retention_whatever_their_writers_say(topics: Settings) -> None:
    """Kafka keeps a whole segment (7 days by default) until its newest record is old enough, by the writer's clock."""
    admin = KafkaAdminClient(**kafka_options(topics, "tests"))
    try:
        answer = str(admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topics.topics.submitted)]))
    finally:
        admin.close()
    assert "LogAppendTime" in answer
    assert str(86_400_000 // 4) in answer
