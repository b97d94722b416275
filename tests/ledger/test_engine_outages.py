"""Engines that are stopped, killed and paused come back on the same address with the same data."""

from collections.abc import Iterator

import pytest
from elasticsearch import ApiError, Elasticsearch, TransportError
from kafka import KafkaConsumer, TopicPartition

from aduan.connections.options import kafka_options
from aduan.connections.publisher import Publisher, Record
from aduan.settings import Settings
from consumers.search_engine import search_client
from ops.topics import ensure_topics
from schemas.errors import UnavailableError
from tests.chosen_engines import ChosenEngines


@pytest.fixture
def client(own_settings: Settings) -> Iterator[Elasticsearch]:
    with search_client(own_settings) as found:
        yield found


@pytest.mark.parametrize("way", ["stop", "kill"])
def test_records_outlive_the_broker(own_engines: ChosenEngines, own_settings: Settings, way: str) -> None:
    ensure_topics(own_settings)
    topic = own_settings.topics.cases
    record = Record(topic, b"key", b"value", [], 0)
    publisher = Publisher(own_settings.model_copy(update={"publish_timeout": 3.0}), "tests")
    publisher.publish([record])
    getattr(own_engines.kafka, way)()
    with pytest.raises(UnavailableError):
        publisher.publish([record])
    own_engines.kafka.start()
    assert ensure_topics(own_settings) == []
    publisher.publish([record])
    publisher.close()
    consumer = KafkaConsumer(**kafka_options(own_settings, "tests"))
    try:
        end = consumer.end_offsets([TopicPartition(topic, 0)])
        assert end[TopicPartition(topic, 0)] >= 2
    finally:
        consumer.close()


@pytest.mark.parametrize("way", ["stop", "kill"])
def test_documents_outlive_the_search_engine(
    own_engines: ChosenEngines, own_settings: Settings, client: Elasticsearch, way: str
) -> None:
    index = own_settings.index("probe")
    client.indices.create(index=index)
    client.index(index=index, id="1", document={"a": 1})
    getattr(own_engines.search, way)()
    with pytest.raises((TransportError, ApiError)):
        client.get(index=index, id="1")
    own_engines.search.start()
    assert client.get(index=index, id="1")["_source"] == {"a": 1}


def test_a_paused_search_engine_times_out_and_goes_on(own_engines: ChosenEngines, client: Elasticsearch) -> None:
    own_engines.search.pause()
    with pytest.raises(TransportError):
        client.options(request_timeout=1).info()
    own_engines.search.resume()
    assert client.options(request_timeout=30).info()["version"]
