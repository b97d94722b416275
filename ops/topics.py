"""The topics of the flow, created explicitly: a Faust worker that sends to a topic that is not there hangs."""

from kafka import KafkaAdminClient
from kafka.errors import KafkaError, TopicAlreadyExistsError

from aduan.connections.options import kafka_options
from aduan.settings import Settings
from schemas.errors import SettingsError, UnavailableError
from schemas.topics import MAX_DEAD_LETTER_BYTES, MAX_RAW_BYTES, Lane

_DAY_MS = 86_400_000


def topic_configs(settings: Settings) -> dict[str, dict[str, str]]:
    """topic -> its configuration: retention in ms and the largest message in bytes. Pure."""
    topics = settings.topics
    raw = {
        "retention.ms": str(settings.retention_days_raw * _DAY_MS),
        "max.message.bytes": str(MAX_RAW_BYTES),
    }
    log = raw | {"retention.ms": str(settings.retention_days_log * _DAY_MS)}
    configs = {name: raw for lane in Lane for name in (topics.received(lane), topics.classified(lane))}
    configs[topics.cases] = log
    configs[topics.submitted] = raw | {
        "retention.ms": str(settings.retention_days_submitted * _DAY_MS),
        # The broker unpacks what it is sent, so that the limit holds for what a reader gets, not for what was sent.
        "compression.type": "uncompressed",
        # Kept as long as we say, whatever time its writer gives, and whatever a segment of 7 days would still hold.
        "message.timestamp.type": "LogAppendTime",
        "segment.ms": str(_DAY_MS // 4),
    }
    configs[topics.admissions] = raw | {"retention.ms": str(settings.retention_days_admissions * _DAY_MS)}
    configs[topics.dead_letter] = log | {"max.message.bytes": str(MAX_DEAD_LETTER_BYTES)}
    return configs


def ensure_topics(settings: Settings) -> list[str]:
    """Create the topics that are missing and return their names; called twice, it creates nothing. Deletes nothing.

    Returns when every topic has its leaders. Raises SettingsError when a topic of the flow has another partition count
    than the settings say (keys would move: migrate to a new epoch instead), UnavailableError when no broker answers.
    """
    try:
        admin = KafkaAdminClient(**kafka_options(settings, "topics"))
    except KafkaError as error:
        raise UnavailableError(f"no Kafka broker answers ({type(error).__name__})") from error
    try:
        return _ensure(admin, settings)
    except KafkaError as error:
        raise UnavailableError(f"the topics could not be created ({type(error).__name__})") from error
    finally:
        admin.close()


def _ensure(admin: KafkaAdminClient, settings: Settings) -> list[str]:
    configs = topic_configs(settings)
    described = {topic["name"]: topic for topic in admin.describe_topics(list(configs))}
    counts = {name: len(topic["partitions"]) for name, topic in described.items() if not topic["error_code"]}
    refuse_other_partition_counts(counts, settings)
    missing = [name for name in configs if name not in counts]
    for name in missing:
        new = {
            "num_partitions": settings.partitions,
            "replication_factor": settings.replication,
            "configs": configs[name],
        }
        try:
            admin.create_topics({name: new})
        except TopicAlreadyExistsError:  # another process was faster; its partition count is looked at below
            continue
    admin.wait_for_topics(list(configs))
    if missing:
        described = {topic["name"]: topic for topic in admin.describe_topics(missing)}
        refuse_other_partition_counts({name: len(topic["partitions"]) for name, topic in described.items()}, settings)
    return missing


def refuse_other_partition_counts(counts: dict[str, int], settings: Settings) -> None:
    """Raise SettingsError when a topic of the flow has another number of partitions than the settings say."""
    for name in settings.topics.flow:
        if name in counts and counts[name] != settings.partitions:
            raise SettingsError(
                f"topic {name} has {counts[name]} partitions, ADUAN_PARTITIONS says {settings.partitions}. "
                "Set it to what the topics have; a case's order depends on it."
            )
