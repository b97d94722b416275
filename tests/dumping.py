"""Everything that an installation has said: the bytes of every record of its topics and of every document it stored."""

from collections.abc import Iterator

from elasticsearch import Elasticsearch
from kafka import KafkaConsumer

from aduan.connections.options import kafka_options
from aduan.settings import Settings
from tests.case_log import read_topic


def topic_names(settings: Settings) -> list[str]:
    """All topics of this installation's namespace."""
    consumer = KafkaConsumer(**kafka_options(settings, "tests"))
    try:
        return sorted(name for name in consumer.topics() if name.startswith(f"{settings.namespace}."))
    finally:
        consumer.close()


def said_on_topics(settings: Settings) -> Iterator[tuple[str, bytes]]:
    """(topic, bytes) of every record, values and headers. Keys are complaint ids or coordinates and stand in both."""
    for topic in topic_names(settings):
        for headers, value in read_topic(settings, topic):
            yield topic, b"\n".join([value or b"", *(name.encode() + b": " + text for name, text in headers)])


def stored_in_indexes(settings: Settings, client: Elasticsearch) -> Iterator[tuple[str, bytes]]:
    """(index, bytes) of every document of every index of this installation, as the engine gives them."""
    for index in client.indices.get_alias(index=f"{settings.namespace}-*", expand_wildcards="all").body:
        client.indices.refresh(index=index)
        after = None
        while True:
            hits = client.search(
                index=index, query={"match_all": {}}, sort=["_seq_no"], size=1_000, search_after=after
            ).body["hits"]["hits"]
            for hit in hits:
                yield index, str(hit).encode()
            if not hits:
                break
            after = hits[-1]["sort"]


def everything(settings: Settings, client: Elasticsearch) -> Iterator[tuple[str, bytes]]:
    """(topic or index, bytes) of all that an installation has said and stored."""
    yield from said_on_topics(settings)
    yield from stored_in_indexes(settings, client)
