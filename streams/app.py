"""The Faust app of one worker: raw bytes, one topic, one agent, no tables, no web server, no topic made by accident.

Each setting here answers a trap of docs/faust.md.
"""

import os
import ssl
from pathlib import Path
from typing import Any, Final

import faust
from aiokafka.helpers import create_ssl_context
from faust.streams import _CStreamIterator  # type: ignore[attr-defined]  # None: not in use
from faust.types.auth import SASLMechanism

from aduan.settings import Settings
from schemas.errors import SettingsError
from schemas.topics import MAX_RAW_BYTES
from streams.delivery import DirectApp

_COMMIT_SECONDS: Final = 0.5
_REQUEST_SECONDS: Final = 40.0


def check_compiled() -> None:
    """Faust's compiled stream iterator must be in use: without it, stale events were acked unprocessed (trap 13)."""
    if os.environ.get("NO_CYTHON") or _CStreamIterator is None:
        raise SettingsError("Faust's compiled stream iterator is not in use: unset NO_CYTHON and install its wheel")


def build_app(settings: Settings, group: str, instance: str) -> DirectApp:
    """The app; its id is the consumer group, exactly. `instance` must be unique in the group and survive a restart."""
    check_compiled()
    return DirectApp(group, **app_options(settings, instance))


def app_options(settings: Settings, instance: str) -> dict[str, Any]:
    """Faust's own settings; with them, a plain `faust.App` is what the benchmarks compare with."""
    return {
        "broker": [f"kafka://{server}" for server in _servers(settings)],
        "broker_credentials": _credentials(settings),
        "store": "memory://",
        "datadir": settings.data_dir / "faust",
        "autodiscover": False,
        "web_enabled": False,
        "topic_disable_leader": True,
        "topic_allow_declare": False,
        "processing_guarantee": "at_least_once",
        "consumer_group_instance_id": instance,
        "consumer_auto_offset_reset": "earliest",
        "broker_session_timeout": settings.session_timeout,
        "broker_heartbeat_interval": settings.session_timeout / 4,
        "broker_request_timeout": _REQUEST_SECONDS,
        "broker_commit_interval": _COMMIT_SECONDS,
        "broker_max_poll_records": 2 * settings.worker_batch,
        "consumer_max_fetch_size": MAX_RAW_BYTES + 100_000,
        "stream_buffer_maxsize": 2 * settings.worker_batch,
        "stream_wait_empty": False,
        "cython_optimizations": True,
    }


def producer_options(settings: Settings, client: str) -> dict[str, Any]:
    """How aiokafka's producer reaches Kafka."""
    options: dict[str, Any] = {
        "bootstrap_servers": _servers(settings),
        "client_id": f"aduan-{client}",
        "security_protocol": settings.kafka_security_protocol,
    }
    if settings.kafka_security_protocol.endswith("SSL"):
        options["ssl_context"] = _ssl_context(settings.kafka_ca_file)
    if settings.kafka_security_protocol.startswith("SASL"):
        options |= {
            "sasl_mechanism": settings.kafka_sasl_mechanism,
            "sasl_plain_username": settings.kafka_username,
            "sasl_plain_password": settings.kafka_password.get_secret_value(),
        }
    return options


def _servers(settings: Settings) -> list[str]:
    return [server.strip() for server in settings.kafka_bootstrap.split(",") if server.strip()]


def _ssl_context(ca_file: Path | None) -> ssl.SSLContext:
    context: ssl.SSLContext = create_ssl_context(cafile=str(ca_file) if ca_file else None)
    return context


def _credentials(settings: Settings) -> Any:
    """Faust's own form of the same: None, TLS, or SASL with or without TLS."""
    protocol = settings.kafka_security_protocol
    context = _ssl_context(settings.kafka_ca_file) if protocol.endswith("SSL") else None
    if protocol.startswith("SASL"):
        return faust.SASLCredentials(
            username=settings.kafka_username,
            password=settings.kafka_password.get_secret_value(),
            ssl_context=context,
            mechanism=SASLMechanism(settings.kafka_sasl_mechanism),
        )
    return faust.SSLCredentials(context) if context is not None else None
