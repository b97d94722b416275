"""Before a worker starts: all topics of the flow must be there, with one partition count."""

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from aduan.connections.options import kafka_options
from aduan.settings import Settings
from schemas.errors import SettingsError, UnavailableError


def check_topics(settings: Settings) -> int:
    """The number of partitions of the flow.

    Raises SettingsError when a topic is missing or the counts differ (a worker that sends to a topic which isn't there
    hangs without a word), UnavailableError when no broker answers; then retry.
    """
    wanted = [*settings.topics.flow, settings.topics.dead_letter]
    try:
        admin = KafkaAdminClient(**kafka_options(settings, "check"))
        try:
            found = admin.describe_topics(wanted)
        finally:
            admin.close()
    except KafkaError as error:
        raise UnavailableError(f"Kafka at {settings.kafka_bootstrap} does not answer") from error
    counts = {topic["name"]: len(topic["partitions"]) for topic in found if topic["error_code"] == 0}
    missing = [name for name in wanted if not counts.get(name)]
    if missing:
        raise SettingsError(f"topic {missing[0]} does not exist; run: aduan setup")
    flow = {counts[name] for name in settings.topics.flow}
    if len(flow) > 1:
        raise SettingsError("the topics of the flow have different partition counts; migrate to a new epoch")
    return flow.pop()
