"""The local engines of one data folder, together: started in parallel, known by their notes, stopped in order."""

import atexit
import fcntl
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Self

from ops.engines import state
from ops.engines.greenmail import greenmail_part
from ops.engines.jars import JarCache, Progress
from ops.engines.kafka import kafka_part
from ops.engines.opensearch import opensearch_part
from ops.engines.part import Part
from ops.engines.ports import LOOPBACK, free_port, is_free
from schemas.errors import UnavailableError

PARTS = ("kafka", "opensearch", "greenmail")
PORT_NAMES = {
    "kafka": ("port", "controller_port"),
    "opensearch": ("port", "transport_port"),
    "greenmail": ("smtp_port", "imap_port", "api_port"),
}
_PORT_TRIES = 3


@dataclass
class Engines:
    """Kafka, a search engine and a mail server on loopback. Made by `start` or `attach`."""

    data_dir: Path
    keep_data: bool
    cache: JarCache
    quick_start: bool = False
    parts: dict[str, Part] = field(default_factory=dict)

    @classmethod
    def start(
        cls,
        data_dir: Path,
        *,
        kafka_port: int = 0,
        search_port: int = 0,
        smtp_port: int = 0,
        imap_port: int = 0,
        keep_data: bool,
        parts: Sequence[str] = PARTS,
        on_progress: Progress | None = None,
        adopt: bool = False,
        detached: bool = False,
        quick_start: bool = False,
        cache: JarCache | None = None,
    ) -> Self:
        """Start these parts in parallel and return when all are healthy; 0 as a port: the last one, or any free one.

        What a crashed starter left running in this folder is stopped first, or with `adopt` kept if it is healthy and
        on the ports asked for. Without `detached` they end with this process (not when that is killed with SIGKILL or
        an unhandled SIGTERM: then the next start or `aduan down` finds them by their pid files).
        Without `keep_data`, `stop` throws their data away. `quick_start`: see `java_command`.

        Raises UnavailableError when one can't be started (its log's last lines are in the message) or the Java archives
        are neither in the cache nor to be had; whatever had been started is stopped again. May be retried.
        """
        folder = data_dir.resolve()
        engines = cls(folder, keep_data=keep_data, cache=cache or JarCache(), quick_start=quick_start)
        asked = {
            "kafka": {"port": kafka_port},
            "opensearch": {"port": search_port},
            "greenmail": {"smtp_port": smtp_port, "imap_port": imap_port},
        }
        engines.data_dir.mkdir(parents=True, exist_ok=True)
        with engines._exclusive():
            engines._start_all({name: asked[name] for name in PARTS if name in parts}, adopt, on_progress)
        if not detached:
            atexit.register(engines.stop)
        return engines

    @classmethod
    def attach(cls, data_dir: Path, *, cache: JarCache | None = None) -> Self:
        """The engines that were started in this folder by another process, running or not."""
        engines = cls(data_dir=data_dir.resolve(), keep_data=True, cache=cache or JarCache())
        noted = state.noted_ports(engines.data_dir)
        for name in PARTS:
            ports = dict.fromkeys(PORT_NAMES[name], 0) | noted.get(name, {})
            part = engines._make(name, ports)
            if name in noted or part.alive:
                engines.parts[name] = part
        return engines

    @property
    def kafka(self) -> Part:
        """The broker, to stop, kill, pause or start it alone."""
        return self.parts["kafka"]

    @property
    def search(self) -> Part:
        """The search engine, alone."""
        return self.parts["opensearch"]

    @property
    def mail(self) -> Part:
        """The mail server, alone."""
        return self.parts["greenmail"]

    @property
    def kafka_bootstrap(self) -> str:
        """`host:port` of the broker."""
        return f"{LOOPBACK}:{self.kafka.ports['port']}"

    @property
    def elasticsearch_url(self) -> str:
        """URL of the search engine."""
        return f"http://{LOOPBACK}:{self.search.ports['port']}"

    @property
    def smtp_port(self) -> int:
        """Port that takes mail."""
        return self.mail.ports["smtp_port"]

    @property
    def imap_port(self) -> int:
        """Port where taken mail can be read: user is the address, any password."""
        return self.mail.ports["imap_port"]

    @property
    def mail_api(self) -> str:
        """URL of GreenMail's REST API (`/api/user/<address>/messages`, `/api/mail/purge`, …)."""
        return f"http://{LOOPBACK}:{self.mail.ports['api_port']}"

    def environment(self) -> dict[str, str]:
        """The `ADUAN_…` variables that point Aduan's processes at these engines."""
        found = {}
        if "kafka" in self.parts:
            found["ADUAN_KAFKA_BOOTSTRAP"] = self.kafka_bootstrap
        if "opensearch" in self.parts:
            found["ADUAN_ELASTICSEARCH_URL"] = self.elasticsearch_url
        if "greenmail" in self.parts:
            found["ADUAN_MAIL_OUT_HOST"] = LOOPBACK
            found["ADUAN_MAIL_OUT_PORT"] = str(self.smtp_port)
            found["ADUAN_MAIL_OUT_BOUNCES"] = "bounces@aduan.example"  # GreenMail takes no null sender
        return found

    def stop(self) -> None:
        """Stop all, throw the data away unless it is to be kept. Harmless when called twice."""
        atexit.unregister(self.stop)
        self._stop_parts(list(self.parts.values()))
        if not self.keep_data:
            self.discard_data()

    def discard_data(self) -> None:
        """Remove data and notes of the engines (not the logs). They must be stopped."""
        shutil.rmtree(self._folder, ignore_errors=True)
        state.forget(self.data_dir)

    @property
    def _folder(self) -> Path:
        return self.data_dir / "engines"

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        """One process at a time starts engines in a folder."""
        with (self.data_dir / "engines.lock").open("a") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def _make(self, name: str, ports: dict[str, int]) -> Part:
        folder, log = self._folder / name, self.data_dir / "logs" / f"{name}.log"

        def jars() -> dict[str, list[Path]]:
            return self.cache.ensure((name,))

        match name:
            case "kafka":
                return kafka_part(
                    folder,
                    log,
                    port=ports["port"],
                    controller_port=ports["controller_port"],
                    jars=lambda: jars()["kafka"],
                    quick_start=self.quick_start,
                )
            case "opensearch":
                return opensearch_part(folder, log, jars=jars, quick_start=self.quick_start, **ports)
            case _:
                return greenmail_part(folder, log, jars=lambda: jars()["greenmail"], **ports)

    def _start_all(self, asked: dict[str, dict[str, int]], adopt: bool, on_progress: Progress | None) -> None:
        report = on_progress or (lambda _part, _message: None)
        noted = state.noted_ports(self.data_dir)
        self.cache.ensure(tuple(asked), on_progress)
        cancelled = Event()
        with ThreadPoolExecutor(len(asked)) as pool:
            running = [
                pool.submit(
                    self._start_one,
                    name,
                    asked=ports,
                    noted=noted.get(name, {}),
                    adopt=adopt,
                    cancelled=cancelled,
                    report=report,
                )
                for name, ports in asked.items()
            ]
            try:
                wait(running, return_when=FIRST_EXCEPTION)
                for future in running:
                    if future.done():
                        future.result()
            except BaseException:  # Ctrl-C too: nothing that we started stays behind
                cancelled.set()
                wait(running)
                self._stop_parts(list(self.parts.values()))
                raise
        self.parts = {name: self.parts[name] for name in asked}
        state.note(self.data_dir, {name: dict(part.ports) for name, part in self.parts.items()}, self.environment())

    def _start_one(
        self,
        name: str,
        *,
        asked: dict[str, int],
        noted: dict[str, int],
        adopt: bool,
        cancelled: Event,
        report: Callable[[str, str], None],
    ) -> None:
        left = self._make(name, dict.fromkeys(PORT_NAMES[name], 0) | noted)
        if left.alive:
            fits = all(not port or port == noted.get(key) for key, port in asked.items())
            if adopt and noted and fits and left.healthy():
                self.parts[name] = left
                report(name, "runs already")
                return
            report(name, "stopping what was left running")
            left.stop()
        for attempt in range(_PORT_TRIES):
            part = self.parts[name] = self._make(name, choose_ports(PORT_NAMES[name], asked, {} if attempt else noted))
            report(name, "starting")
            began = time.monotonic()
            try:
                part.start(cancelled=cancelled)
            except UnavailableError:
                part.stop()
                # Somebody took a port between our look and the engine's: with ports of our own choice, choose again.
                if "in use" in part.last_lines(40) and attempt + 1 < _PORT_TRIES and not cancelled.is_set():
                    continue
                raise
            report(name, f"ready after {time.monotonic() - began:.1f} s")
            return

    @staticmethod
    def _stop_parts(parts: list[Part]) -> None:
        """Ask all to end, then wait for each: no threads, because at the interpreter's exit none can be started."""
        for part in parts:
            part.ask_to_end()
        for part in parts:
            part.stop()


def choose_ports(names: Sequence[str], asked: dict[str, int], noted: dict[str, int]) -> dict[str, int]:
    """A free port for each name: the one asked for, else the last one if it is free, else any.

    Raises UnavailableError that names a port which was asked for and is taken.
    """
    chosen: dict[str, int] = {}
    for name in names:
        wanted = asked.get(name, 0)
        if wanted and not is_free(wanted):
            raise UnavailableError(f"port {wanted} is taken by another process; choose another or 0 for any")
        port = wanted or free_port(noted.get(name, 0))
        while port in chosen.values():
            port = free_port()
        chosen[name] = port
    return chosen
