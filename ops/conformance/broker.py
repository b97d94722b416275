"""A real broker for the kit: Apache Kafka as a local process, with the kit's proxy before it for the adapter."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ops.conformance.proxy import proxying
from ops.conformance.weather import Sky
from ops.engines.jars import JarCache
from ops.engines.kafka import Outside, kafka_part
from ops.engines.ports import LOOPBACK, free_port


@dataclass(frozen=True, slots=True)
class Broker:
    """Where it is: `inside` for the kit, which the weather does not touch; `outside` for the adapter."""

    inside: str
    outside: str
    sky: Sky


@contextmanager
def kit_broker(folder: Path) -> Iterator[Broker]:
    """The broker while the block runs; its data goes with the folder. Raises UnavailableError when it can't start."""
    ports: list[int] = []
    while len(ports) < 4:  # noqa: PLR2004 - inside, controller, behind the proxy, the proxy
        if (port := free_port()) not in ports:
            ports.append(port)
    inside, controller, behind, outside = ports
    part = kafka_part(
        folder / "kafka",
        folder / "kafka.log",
        port=inside,
        controller_port=controller,
        jars=lambda: JarCache().ensure(("kafka",))["kafka"],
        quick_start=True,
        outside=Outside(behind, outside),
    )
    sky = Sky()
    try:
        part.start()
        with proxying(sky, port=outside, broker=behind):
            yield Broker(f"{LOOPBACK}:{inside}", f"{LOOPBACK}:{outside}", sky)
    finally:
        part.stop()
