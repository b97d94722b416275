"""Which engines the tests run on: given clusters, containers, or local processes. Decided once, and said aloud."""

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Protocol
from urllib.parse import urlsplit

from ops.engines import Engines

if TYPE_CHECKING:
    from tests import docker_engines as containers

LOCAL = "local processes (Apache Kafka 4.3.1, OpenSearch 3.8.0, GreenMail 2.1.3)"


class Controlled(Protocol):
    """One engine that a test may stop, kill, pause and start again, on the same address and data."""

    def start(self) -> None:
        """Start it and return when it is healthy."""

    def stop(self) -> None:
        """End it in an orderly way."""

    def kill(self) -> None:
        """End it as a crash would."""

    def pause(self) -> None:
        """Freeze it: connections stay open and nothing answers."""

    def resume(self) -> None:
        """Go on after `pause`."""


class Given:
    """A cluster that was given to us: it is not ours to stop."""

    def _refuse(self) -> NoReturn:
        raise AssertionError("a given cluster is not ours to stop: use the fixture own_engines")

    def start(self) -> None:
        """Refused."""
        self._refuse()

    stop = kill = pause = resume = start


@dataclass(frozen=True)
class ChosenEngines:
    """Addresses of running engines, and their parts to stop and start."""

    source: str
    kafka_bootstrap: str
    elasticsearch_url: str
    smtp_port: int
    imap_port: int
    mail_api: str
    kafka: Controlled
    search: Controlled
    mail: Controlled
    stop: Callable[[], None]

    def environment(self) -> dict[str, str]:
        """The `ADUAN_…` variables that point Aduan's processes at these engines."""
        return {
            "ADUAN_KAFKA_BOOTSTRAP": self.kafka_bootstrap,
            "ADUAN_ELASTICSEARCH_URL": self.elasticsearch_url,
            "ADUAN_MAIL_OUT_HOST": "127.0.0.1",
            "ADUAN_MAIL_OUT_PORT": str(self.smtp_port),
            "ADUAN_MAIL_OUT_BOUNCES": "bounces@aduan.example",
        }


def docker_answers() -> bool:
    """Whether a Docker engine listens at DOCKER_HOST or the usual place. docker-py leaks a socket when none does."""
    host = urlsplit(os.environ.get("DOCKER_HOST", "") or "unix:///var/run/docker.sock")
    try:
        if host.scheme == "unix":
            with socket.socket(socket.AF_UNIX) as probe:
                probe.settimeout(3)
                probe.connect(host.path)
        else:
            socket.create_connection((host.hostname or "127.0.0.1", host.port or 2375), 3).close()
    except OSError:
        return False
    return True


def choose(folder: Path, *, may_be_given: bool = True) -> ChosenEngines:
    """Start or take the engines: given clusters first, then containers, then local processes in `folder`.

    A cluster is given by ADUAN_KAFKA_BOOTSTRAP or ADUAN_ELASTICSEARCH_URL; what is not given is started. An engine that
    can't be had raises UnavailableError: a missing engine is a failure, not a skip.
    """
    kafka = os.environ.get("ADUAN_KAFKA_BOOTSTRAP", "") if may_be_given else ""
    search = os.environ.get("ADUAN_ELASTICSEARCH_URL", "") if may_be_given else ""
    wanted = ["greenmail"] + ["kafka"] * (not kafka) + ["opensearch"] * (not search)
    started: Engines | containers.DockerEngines
    if docker_answers():
        from tests.docker_engines import DockerEngines  # noqa: PLC0415 - 0.4 s, and only where a Docker engine is

        started, source = DockerEngines.start(wanted), "containers (testcontainers)"
    else:
        started, source = Engines.start(folder, keep_data=False, parts=wanted, quick_start=True), LOCAL
    given = [name for name, address in (("Kafka", kafka), ("search engine", search)) if address]
    if given:
        source = f"given {' and '.join(given)}; the rest: {source}"
    return ChosenEngines(
        source=source,
        kafka_bootstrap=kafka or started.kafka_bootstrap,
        elasticsearch_url=search or started.elasticsearch_url,
        smtp_port=started.smtp_port,
        imap_port=started.imap_port,
        mail_api=started.mail_api,
        kafka=Given() if kafka else started.kafka,
        search=Given() if search else started.search,
        mail=started.mail,
        stop=started.stop,
    )
