"""The engines as containers, when a Docker engine answers: official images, loopback ports that stay the same."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import requests
import yaml
from kafka import KafkaAdminClient
from kafka.errors import KafkaError
from testcontainers.core.container import DockerContainer

from ops.engines.ports import free_port, listens
from schemas.errors import UnavailableError

_COMPOSE = yaml.safe_load((Path(__file__).parents[1] / "docker-compose.yml").read_text(encoding="utf-8"))
KAFKA_IMAGE, ELASTICSEARCH_IMAGE, GREENMAIL_IMAGE = (
    str(_COMPOSE["services"][name]["image"]) for name in ("kafka", "elasticsearch", "greenmail")
)


@dataclass
class ContainerPart:
    """One engine in a container, with the same verbs as a local one."""

    container: DockerContainer
    healthy: Callable[[], bool]

    def _docker(self) -> Any:
        return self.container.get_wrapped_container()

    def start(self) -> None:
        """Start it (again) and return when it is healthy, within two minutes."""
        self._docker().start()
        self.wait_healthy()

    def wait_healthy(self) -> None:
        """Raises UnavailableError with the end of its log."""
        end = time.monotonic() + 120
        while not self.healthy():
            if time.monotonic() > end:
                raise UnavailableError(f"a container is not healthy: {self._docker().logs(tail=20).decode()}")
            time.sleep(0.3)

    def stop(self) -> None:
        """End it in an orderly way."""
        self._docker().stop(timeout=20)

    def kill(self) -> None:
        """End it as a crash would."""
        self._docker().kill()

    def pause(self) -> None:
        """Freeze it."""
        self._docker().pause()

    def resume(self) -> None:
        """Go on after `pause`."""
        self._docker().unpause()


@dataclass
class DockerEngines:
    """Kafka, Elasticsearch and GreenMail in containers, on loopback ports that outlive a restart."""

    ports: dict[str, int] = field(default_factory=dict)
    parts: dict[str, ContainerPart] = field(default_factory=dict)

    @classmethod
    def start(cls, wanted: Sequence[str]) -> Self:
        """Start these (`kafka`, `opensearch`, `greenmail`) and return when all are healthy."""
        engines = cls(ports={name: free_port() for name in ("kafka", "opensearch", "smtp", "imap", "api")})
        makers = {"kafka": engines._kafka, "opensearch": engines._elasticsearch, "greenmail": engines._greenmail}
        try:
            for name in wanted:
                engines.parts[name] = makers[name]()
                engines.parts[name].container.start()
            for part in engines.parts.values():
                part.wait_healthy()
        except BaseException:
            engines.stop()
            raise
        return engines

    def stop(self) -> None:
        """Remove the containers with their data."""
        for part in self.parts.values():
            part.container.stop()
        self.parts.clear()

    @property
    def kafka(self) -> ContainerPart:
        """The broker."""
        return self.parts["kafka"]

    @property
    def search(self) -> ContainerPart:
        """The search engine."""
        return self.parts["opensearch"]

    @property
    def mail(self) -> ContainerPart:
        """The mail server."""
        return self.parts["greenmail"]

    @property
    def kafka_bootstrap(self) -> str:
        """`host:port` of the broker."""
        return f"127.0.0.1:{self.ports['kafka']}"

    @property
    def elasticsearch_url(self) -> str:
        """URL of the search engine."""
        return f"http://127.0.0.1:{self.ports['opensearch']}"

    @property
    def smtp_port(self) -> int:
        """Port that takes mail."""
        return self.ports["smtp"]

    @property
    def imap_port(self) -> int:
        """Port where it can be read."""
        return self.ports["imap"]

    @property
    def mail_api(self) -> str:
        """URL of GreenMail's REST API."""
        return f"http://127.0.0.1:{self.ports['api']}"

    def _kafka(self) -> ContainerPart:
        port = self.ports["kafka"]
        settings = {
            "KAFKA_NODE_ID": "1",
            "KAFKA_PROCESS_ROLES": "broker,controller",
            "KAFKA_LISTENERS": "PLAINTEXT://:9092,CONTROLLER://:9093",
            "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://127.0.0.1:{port}",
            "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
            "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
            "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
            "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
            "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
            "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
            "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
            "KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS": "3000",
            "KAFKA_MESSAGE_MAX_BYTES": "5000000",
            "KAFKA_REPLICA_FETCH_MAX_BYTES": "5000000",
        }
        return ContainerPart(_container(KAFKA_IMAGE, settings, {9092: port}), lambda: _kafka_answers(port))

    def _elasticsearch(self) -> ContainerPart:
        port = self.ports["opensearch"]
        settings = {
            "discovery.type": "single-node",
            "xpack.security.enabled": "false",
            "action.auto_create_index": "false",
            "cluster.routing.allocation.disk.watermark.low": "300mb",
            "cluster.routing.allocation.disk.watermark.high": "200mb",
            "cluster.routing.allocation.disk.watermark.flood_stage": "100mb",
            "cluster.info.update.interval": "10s",
            "ES_JAVA_OPTS": "-Xms1g -Xmx1g",
        }
        health = f"http://127.0.0.1:{port}/_cluster/health?wait_for_status=yellow&timeout=1s"
        return ContainerPart(_container(ELASTICSEARCH_IMAGE, settings, {9200: port}), lambda: _http_answers(health))

    def _greenmail(self) -> ContainerPart:
        smtp, imap, api = (self.ports[name] for name in ("smtp", "imap", "api"))
        options = "-Dgreenmail.setup.test.all -Dgreenmail.hostname=0.0.0.0 -Dgreenmail.auth.disabled"
        container = _container(GREENMAIL_IMAGE, {"GREENMAIL_OPTS": options}, {3025: smtp, 3143: imap, 8080: api})
        return ContainerPart(container, lambda: _http_answers(f"http://127.0.0.1:{api}/api/service/readiness"))


def _container(image: str, environment: dict[str, str], ports: dict[int, int]) -> DockerContainer:
    container = DockerContainer(image)
    for name, value in environment.items():
        container.with_env(name, value)
    # A tuple as host port is how docker-py binds to loopback only; with_bind_ports takes no address.
    loopback: Any = {str(inside): ("127.0.0.1", outside) for inside, outside in ports.items()}
    container.ports.update(loopback)
    return container


def _http_answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).ok
    except requests.RequestException:
        return False


def _kafka_answers(port: int) -> bool:
    if not listens(port):
        return False
    try:
        admin = KafkaAdminClient(
            bootstrap_servers=f"127.0.0.1:{port}", request_timeout_ms=2000, bootstrap_timeout_ms=2000
        )
    except KafkaError:
        return False
    try:
        return bool(admin.describe_cluster()["brokers"])
    except KafkaError:
        return False
    finally:
        admin.close()
