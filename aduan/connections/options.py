"""How to reach Kafka, from the settings: the same few options for kafka-python's producer, consumer and admin."""

from typing import Any

from aduan.connections.header_names import read_any_name
from aduan.settings import Settings


def kafka_options(settings: Settings, client: str) -> dict[str, Any]:
    """Keyword arguments for kafka-python's KafkaProducer, KafkaConsumer and KafkaAdminClient."""
    read_any_name()
    options: dict[str, Any] = {
        "bootstrap_servers": [server.strip() for server in settings.kafka_bootstrap.split(",") if server.strip()],
        "client_id": f"aduan-{client}",
        "security_protocol": settings.kafka_security_protocol,
        "reconnect_backoff_ms": 100,
        "reconnect_backoff_max_ms": 2_000,
        "bootstrap_timeout_ms": 5_000,
    }
    if settings.kafka_ca_file is not None:
        options["ssl_cafile"] = str(settings.kafka_ca_file)
    if settings.kafka_security_protocol.startswith("SASL"):
        options["sasl_mechanism"] = settings.kafka_sasl_mechanism
        options["sasl_plain_username"] = settings.kafka_username
        options["sasl_plain_password"] = settings.kafka_password.get_secret_value()
    return options
