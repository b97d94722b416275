"""Where benchmarks run: the embedded engines, installations with a namespace of their own, and their real processes."""

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import psutil
from pydantic import SecretStr

from aduan.connections.publisher import Publisher, Record
from aduan.keyring import Keyring, SealingKey
from aduan.settings import Settings, load_settings
from benchmarks.workload import SECRET
from consumers.index import ensure_indexes
from consumers.search_engine import search_client
from ops.engines import Engines
from ops.engines.ports import free_port
from ops.topics import ensure_topics

Say = Callable[[str], None]
"""Tells the person who waits what goes on."""
ADUAN: Final = (sys.executable, "-m", "ops.cli")
_AT_ONCE: Final = 2_000
_STOP_SECONDS: Final = 20.0
_REPO: Final = Path(__file__).parent.parent


class BrokenRunError(Exception):
    """A benchmark could not be carried out; the others go on."""


@dataclass
class Process:
    """One process that a benchmark started, in a session of its own, with a log."""

    name: str
    popen: subprocess.Popen[bytes]
    log: Path

    @property
    def usage(self) -> psutil.Process:
        """Its memory and CPU time."""
        return psutil.Process(self.popen.pid)

    def kill(self) -> None:
        """As kill -9."""
        self.popen.kill()
        self.popen.wait()

    def check(self) -> None:
        """Raise BrokenRunError with the end of its log when it is not running any more."""
        if self.popen.poll() is not None:
            lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-8:]
            raise BrokenRunError(f"{self.name} ended with {self.popen.returncode}:\n" + "\n".join(lines))


@dataclass
class Installation:
    """Topics, indexes, keys and processes of one benchmark; all of it is gone when its block ends."""

    settings: Settings
    say: Say
    processes: list[Process] = field(default_factory=list)

    @property
    def key(self) -> SealingKey:
        """The key that a door would seal with now."""
        return Keyring(self.settings.data_dir / "keyring").current(datetime.now(UTC))

    def aduan(self, name: str, *arguments: str) -> Process:
        """Start `aduan …`."""
        return self.start(name, [*ADUAN, *arguments])

    def start(self, name: str, command: Sequence[str], **environment: str) -> Process:
        """Start a process with this installation's settings."""
        log = self.settings.data_dir / f"{name}.log"
        with log.open("ab") as output:
            popen = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=_REPO,
                env=environment_of(self.settings) | environment,
                start_new_session=True,
            )
        process = Process(name, popen, log)
        self.processes.append(process)
        return process

    def fill(self, records: Iterable[Record], total: int, what: str) -> None:
        """Publish records, each acknowledged by Kafka."""
        publisher, waiting, done = Publisher(self.settings, "bench"), list[Record](), 0
        try:
            for record in records:
                waiting.append(record)
                if len(waiting) == _AT_ONCE:
                    publisher.publish(waiting)
                    done += len(waiting)
                    waiting.clear()
                    self.say(f"{what}: {done:,} of {total:,} put on the topic")
            publisher.publish(waiting)
        finally:
            publisher.close()

    def check(self) -> None:
        """Raise BrokenRunError when one of the processes has ended."""
        for process in self.processes:
            process.check()

    def stop(self, *processes: Process) -> None:
        """SIGTERM, then SIGKILL for those that stay; all of them without names. Only those that were started here."""
        ending = list(processes or self.processes)
        for process in ending:
            process.popen.terminate()
        deadline = time.monotonic() + _STOP_SECONDS
        for process in ending:
            try:
                process.popen.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
            self.processes.remove(process)


@dataclass
class Lab:
    """The engines, and a folder that is thrown away."""

    engines: Engines
    folder: Path
    say: Say

    @contextmanager
    def installation(self, name: str, **overrides: object) -> Iterator[Installation]:
        """A new installation: topics and indexes made, nothing running yet. Its processes are stopped at the end."""
        namespace = f"{name}{secrets.token_hex(3)}"
        folder = self.folder / namespace
        folder.mkdir()
        values: dict[str, object] = {
            "namespace": namespace,
            "data_dir": folder,
            "secret": SECRET.hex(),
            "kafka_bootstrap": self.engines.kafka_bootstrap,
            "elasticsearch_url": self.engines.elasticsearch_url,
            "mail_out_host": "127.0.0.1",
            "mail_out_port": self.engines.smtp_port,
            "mail_out_bounces": "bounces@aduan.example",
            "intake_port": free_port(),
            "publish_timeout": 60,
        }
        made = Installation(load_settings(**(values | overrides)), self.say)
        ensure_topics(made.settings)
        with search_client(made.settings) as client:
            ensure_indexes(made.settings, client)
        try:
            yield made
        finally:
            made.stop()
            self._remove(made.settings)

    def engine_processes(self) -> dict[str, psutil.Process]:
        """The engines' processes by name."""
        found = {name: part.process() for name, part in self.engines.parts.items()}
        return {name: process for name, process in found.items() if process is not None}

    def _remove(self, settings: Settings) -> None:
        """The indexes go, so that the next benchmark's engine has the memory and the disk to itself."""
        with search_client(settings) as client:
            for index in client.indices.get(index=f"{settings.namespace}-*", expand_wildcards="all"):
                client.indices.delete(index=index)


def environment_of(settings: Settings) -> dict[str, str]:
    """This process's environment with these settings as `ADUAN_…` variables."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ADUAN_")}
    for name, value in settings:
        if value is not None:
            plain = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            kept[f"ADUAN_{name.upper()}"] = plain
    return kept


def wait_for(check: Callable[[], bool], seconds: float, what: str, every: float = 0.1) -> float:
    """Return how long it took until `check` held. Raises BrokenRunError after so many seconds."""
    began = time.monotonic()
    while not check():
        if time.monotonic() - began > seconds:
            raise BrokenRunError(f"{what}: not within {seconds:.0f} s")
        time.sleep(every)
    return time.monotonic() - began
