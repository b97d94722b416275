"""The Java archives of the engines: from Maven coordinates and a lock file into the user's cache folder.

A jar is in its place only after its SHA-256 was compared with the lock (download aside, then rename), so a
half-finished download is never mistaken for a whole one. What was verified is noted with size and time of change: a
later start hashes nothing, touches no network, and still sees a jar that was cut short or replaced.
"""

import fcntl
import hashlib
import json
import shutil
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs

from schemas.errors import SettingsError, UnavailableError

LOCK_FILE = Path(__file__).with_name("jars.lock.toml")
DOWNLOADS_AT_ONCE = 8
TRIES = 3

Progress = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class Jar:
    """One archive of the lock. `place` is the part that uses it (`kafka`, `opensearch/reindex`, …)."""

    place: str
    coordinate: str
    sha256: str
    size: int

    @property
    def filename(self) -> str:
        """`<group>--<artifact>-<version>.jar`: flat, and two groups' `jackson-core` stay apart."""
        group, artifact, version = self.coordinate.split(":")
        return f"{group}--{artifact}-{version}.jar"


def locked_jars(parts: tuple[str, ...], lock: Path = LOCK_FILE) -> list[Jar]:
    """The archives that these parts need. Raises SettingsError when the lock file is not readable."""
    try:
        rows = tomllib.loads(lock.read_text(encoding="utf-8"))["jar"]
        jars = [Jar(**row) for row in rows]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingsError(f"{lock} is not a lock file of jars: {error}") from error
    return [jar for jar in jars if jar.place.split("/")[0] in parts]


def default_cache() -> Path:
    """The user's cache folder for Aduan; `XDG_CACHE_HOME` moves it."""
    return Path(platformdirs.user_cache_dir("aduan"))


@dataclass(frozen=True)
class JarCache:
    """The cache folder. Safe to use from several processes at once."""

    folder: Path = field(default_factory=default_cache)
    lock: Path = LOCK_FILE
    repositories: Mapping[str, str] | None = None
    """Maven repositories, name -> URL; None: the one that Maven itself uses."""

    def ensure(self, parts: tuple[str, ...], on_progress: Progress | None = None) -> dict[str, list[Path]]:
        """All archives of these parts, whole and verified, as place -> files.

        Downloads what is missing or damaged; with a warm cache it touches no network. Raises UnavailableError when
        something is missing and can't be downloaded: retry when online.
        """
        jars = locked_jars(parts, self.lock)
        if self._doubtful(jars):
            self._jars.mkdir(parents=True, exist_ok=True)
            with _exclusive(self.folder / "jars.lock"):
                self._repair(jars, on_progress or (lambda _part, _message: None))
        places: dict[str, list[Path]] = {}
        for jar in jars:
            places.setdefault(jar.place, []).append(self._jars / jar.filename)
        return places

    @property
    def _jars(self) -> Path:
        return self.folder / "jars"

    @property
    def _stamp_file(self) -> Path:
        return self._jars / "verified.json"

    def _stamps(self) -> dict[str, list[object]]:
        """What was verified: file name -> [sha256, size, time of change in ns]. Unreadable means: verify again."""
        try:
            found = json.loads(self._stamp_file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _doubtful(self, jars: list[Jar]) -> list[Jar]:
        """The jars that are missing, changed since they were verified, or never verified."""
        stamps = self._stamps()
        return [jar for jar in jars if stamps.get(jar.filename, ()) != _stamp(self._jars / jar.filename, jar)]

    def _repair(self, jars: list[Jar], on_progress: Progress) -> None:
        """Verify what is doubtful, download what is missing or wrong, and note what was verified."""
        stamps = self._stamps()
        missing = []
        for jar in {jar.filename: jar for jar in self._doubtful(jars)}.values():
            path = self._jars / jar.filename
            if path.exists() and path.stat().st_size == jar.size and _digest(path) == jar.sha256:
                stamps[jar.filename] = _stamp(path, jar)
            else:
                missing.append(jar)
        incoming = self.folder / "incoming"
        shutil.rmtree(incoming, ignore_errors=True)  # what a killed download left: we hold the lock, nobody else writes
        incoming.mkdir()
        try:
            for jar in self._download_all(missing, incoming, on_progress):
                stamps[jar.filename] = _stamp(self._jars / jar.filename, jar)
        finally:
            shutil.rmtree(incoming, ignore_errors=True)
            aside = self._stamp_file.with_suffix(".new")
            aside.write_text(json.dumps(stamps), encoding="utf-8")
            aside.replace(self._stamp_file)

    def _download_all(self, missing: list[Jar], incoming: Path, on_progress: Progress) -> Iterator[Jar]:
        """Download several at once; yield each jar that is in its place. The first failure ends it."""
        whole = sum(jar.size for jar in missing)
        done = 0
        with ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool:
            running = {pool.submit(self._download, jar, incoming): jar for jar in missing}
            try:
                for future in as_completed(running):
                    future.result()
                    done += running[future].size
                    on_progress("jars", f"downloaded {done / 1e6:.0f} of {whole / 1e6:.0f} MB")
                    yield running[future]
            finally:
                pool.shutdown(wait=True, cancel_futures=True)

    def _download(self, jar: Jar, incoming: Path) -> None:
        """Download one jar aside, compare its SHA-256 with the lock, then rename it into its place."""
        import requests  # noqa: PLC0415 - 0.2 s to import, and a warm cache never needs it
        from jgo.maven import MavenContext  # noqa: PLC0415 - the same

        group, artifact, version = jar.coordinate.split(":")
        problem = ""
        for attempt in range(TRIES):
            time.sleep(attempt)
            repositories = dict(self.repositories) if self.repositories is not None else None
            aside = Path(tempfile.mkdtemp(dir=incoming))
            context = MavenContext(repo_cache=aside, remote_repos=repositories, timeout=60)
            try:
                fetched = Path(context.project(group, artifact).at_version(version).artifact().resolve())
            except (requests.RequestException, RuntimeError, OSError) as error:
                problem = type(error).__name__
                continue
            if _digest(fetched) == jar.sha256:
                fetched.replace(self._jars / jar.filename)
                return
            problem = "its SHA-256 is not the one of the lock file"
        raise UnavailableError(
            f"{jar.coordinate} is not in the cache {self._jars} and cannot be downloaded ({problem}). "
            "Go online once and run the command again: later starts need no network."
        )


@contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    """One process at a time downloads; the others wait and then find the work done."""
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _stamp(path: Path, jar: Jar) -> list[object]:
    """What a verified file looks like from outside; empty when it is not there."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return []
    return [jar.sha256, status.st_size, status.st_mtime_ns]


def _digest(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
