"""Apache Kafka in KRaft mode, one node that is broker and controller, as a local process."""

import base64
import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from ops.engines.part import Part, java_command
from ops.engines.ports import LOOPBACK, listens
from schemas.errors import UnavailableError

_LOG4J = """\
appenders=console
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=[%d] %p %m (%c)%n%throwable
rootLogger.level=info
rootLogger.appenderRef.console.ref=console
logger.request.name=kafka.request.logger
logger.request.level=warn
"""


class Outside(NamedTuple):
    """A second listener, whose clients are told another port: something stands in between (`ops.conformance.proxy`)."""

    port: int
    advertised: int


def kafka_part(
    folder: Path,
    log: Path,
    *,
    port: int,
    controller_port: int,
    jars: Callable[[], list[Path]],
    quick_start: bool = False,
    outside: Outside | None = None,
) -> Part:
    """Kafka on these loopback ports with its data in `folder`; formats the folder at the first start."""

    def java(*rest: str, quick: bool = quick_start) -> list[str]:
        options = [
            "-Xms128m",
            "-Xmx512m",
            "-XX:+UseSerialGC",
            f"-Dlog4j2.configurationFile={folder / 'log4j2.properties'}",
        ]
        return java_command(*options, "-cp", ":".join(map(str, jars())), *rest, quick_start=quick)

    def prepare() -> None:
        config = folder / "server.properties"
        config.write_text(server_properties(folder, port, controller_port, outside), encoding="utf-8")
        (folder / "log4j2.properties").write_text(_LOG4J, encoding="utf-8")
        if not (folder / "data" / "meta.properties").exists():
            cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
            # A cluster id must not begin with a dash: the tool would take it for an option.
            cluster = "a" + cluster[1:]
            with log.open("ab") as handle:
                tool = java("kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(config), quick=True)
                done = subprocess.run(tool, stdout=handle, stderr=handle, cwd=folder, check=False, timeout=120)
            if done.returncode != 0:
                raise UnavailableError(f"Kafka's data folder {folder} could not be formatted; see {log}")

    return Part(
        name="kafka",
        command=lambda: java("kafka.Kafka", str(folder / "server.properties")),
        prepare=prepare,
        healthy=lambda: _answers(port),
        ports={"port": port, "controller_port": controller_port},
        folder=folder,
        log=log,
    )


def server_properties(folder: Path, port: int, controller_port: int, outside: Outside | None = None) -> str:
    """The broker's configuration: loopback only, one of everything, no topic made by accident."""
    listens, told = f"PLAINTEXT://{LOOPBACK}:{port}", f"PLAINTEXT://{LOOPBACK}:{port}"
    if outside is not None:
        listens += f",OUTSIDE://{LOOPBACK}:{outside.port}"
        told += f",OUTSIDE://{LOOPBACK}:{outside.advertised}"
    rows = {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.voters": f"1@{LOOPBACK}:{controller_port}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"{listens},CONTROLLER://{LOOPBACK}:{controller_port}",
        "advertised.listeners": told,
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,OUTSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": folder / "data",
        # A Faust worker that sends to a topic that does not exist hangs: better that its absence is loud.
        "auto.create.topics.enable": "false",
        "offsets.topic.replication.factor": 1,
        "offsets.topic.num.partitions": 8,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "transaction.state.log.num.partitions": 4,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
        "share.coordinator.state.topic.num.partitions": 1,
        "group.initial.rebalance.delay.ms": 0,
        "group.min.session.timeout.ms": 3000,
        # Topics set their own limit; the dead letters' 4 MB must pass the broker.
        "message.max.bytes": 5_000_000,
        "replica.fetch.max.bytes": 5_000_000,
        "log.cleaner.dedupe.buffer.size": 16_777_216,
        "num.network.threads": 2,
        "num.io.threads": 4,
        "background.threads": 4,
    }
    return "".join(f"{name}={value}\n" for name, value in rows.items())


def _answers(port: int) -> bool:
    """Whether the broker describes a cluster with a broker in it: a listening socket alone may still be fenced."""
    if not listens(port):
        return False
    try:
        admin = KafkaAdminClient(
            bootstrap_servers=f"{LOOPBACK}:{port}", request_timeout_ms=2000, bootstrap_timeout_ms=2000
        )
    except (KafkaError, OSError):
        return False
    try:
        return bool(admin.describe_cluster()["brokers"])
    except (KafkaError, OSError, KeyError):
        return False
    finally:
        admin.close()
