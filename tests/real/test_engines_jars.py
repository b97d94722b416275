"""The jar cache, against a Maven repository on loopback: whole jars only, once, and no network when warm."""

import hashlib
import http.server
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ops.engines.jars import JarCache
from ops.engines.ports import free_port
from schemas.errors import SettingsError, UnavailableError

JARS = {name: name.encode() * 5_000 for name in ("one", "two", "three")}
PATHS = {f"/org/example/{name}/1.0/{name}-1.0.jar": name for name in JARS}


@dataclass
class Repository:
    """What the loopback repository serves, and what it was asked for."""

    url: str = ""
    asked: list[str] = field(default_factory=list)
    cut_short: set[str] = field(default_factory=set)
    altered: set[str] = field(default_factory=set)


@pytest.fixture
def repository() -> Iterator[Repository]:
    served = Repository()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = PATHS.get(self.path)
            if name is None:
                self.send_error(404)
                return
            served.asked.append(name)
            content = JARS[name] if name not in served.altered else JARS[name][::-1]
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if name in served.cut_short else content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name
            """Silent."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield served
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def cache(repository: Repository, tmp_path: Path) -> JarCache:
    lock = tmp_path / "jars.lock.toml"
    rows = [
        f'[[jar]]\nplace = "kafka"\ncoordinate = "org.example:{name}:1.0"\n'
        f'sha256 = "{hashlib.sha256(content).hexdigest()}"\nsize = {len(content)}\n'
        for name, content in JARS.items()
    ]
    lock.write_text("\n".join(rows), encoding="utf-8")
    return JarCache(tmp_path / "cache", lock, {"loopback": repository.url})


def contents(cache: JarCache) -> list[bytes]:
    return [path.read_bytes() for path in cache.ensure(("kafka",))["kafka"]]


def test_every_jar_of_the_lock_is_downloaded_once(cache: JarCache, repository: Repository) -> None:
    assert contents(cache) == list(JARS.values())
    assert contents(cache) == list(JARS.values())
    assert sorted(repository.asked) == sorted(JARS)


def test_a_warm_cache_needs_no_network(cache: JarCache) -> None:
    contents(cache)
    offline = JarCache(cache.folder, cache.lock, {"gone": f"http://127.0.0.1:{free_port()}"})
    assert contents(offline) == list(JARS.values())


def test_a_cold_cache_without_network_is_one_clear_line(cache: JarCache) -> None:
    offline = JarCache(cache.folder, cache.lock, {"gone": f"http://127.0.0.1:{free_port()}"})
    with pytest.raises(UnavailableError, match=r"not in the cache .* Go online once") as refused:
        contents(offline)
    assert "\n" not in str(refused.value)


def test_a_truncated_jar_is_repaired_and_the_others_are_left_alone(cache: JarCache, repository: Repository) -> None:
    contents(cache)
    repository.asked.clear()
    jar = cache.ensure(("kafka",))["kafka"][1]
    jar.write_bytes(jar.read_bytes()[:100])
    assert contents(cache) == list(JARS.values())
    assert repository.asked == ["two"]


def test_a_jar_that_was_altered_but_kept_its_size_is_repaired(cache: JarCache, repository: Repository) -> None:
    contents(cache)
    repository.asked.clear()
    jar = cache.ensure(("kafka",))["kafka"][2]
    jar.write_bytes(jar.read_bytes()[::-1])
    assert contents(cache) == list(JARS.values())
    assert repository.asked == ["three"]


def test_a_whole_jar_without_its_stamp_is_verified_and_not_fetched_again(
    cache: JarCache, repository: Repository
) -> None:
    contents(cache)
    repository.asked.clear()
    (cache.folder / "jars" / "verified.json").write_text("{ half a stam", encoding="utf-8")
    assert contents(cache) == list(JARS.values())
    assert repository.asked == []


def test_a_download_that_is_cut_short_is_never_taken(cache: JarCache, repository: Repository) -> None:
    repository.cut_short.add("two")
    with pytest.raises(UnavailableError, match=r"org\.example:two:1\.0"):
        contents(cache)
    assert not list((cache.folder / "jars").glob("*two*"))
    assert not (cache.folder / "incoming").exists()
    repository.cut_short.clear()
    assert contents(cache) == list(JARS.values())


def test_other_bytes_than_the_lock_says_are_refused(cache: JarCache, repository: Repository) -> None:
    repository.altered.add("one")
    with pytest.raises(UnavailableError, match="SHA-256"):
        contents(cache)
    assert not list((cache.folder / "jars").glob("*one*"))


def test_several_at_once_download_each_jar_once(cache: JarCache, repository: Repository) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: contents(cache), range(4)))
    assert found == [list(JARS.values())] * 4
    assert sorted(repository.asked) == sorted(JARS)


def test_what_a_killed_download_left_is_cleared_away(cache: JarCache) -> None:
    left = cache.folder / "incoming" / "x" / "half.jar"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    contents(cache)
    assert not left.exists()


def test_a_damaged_lock_file_is_named(tmp_path: Path) -> None:
    lock = tmp_path / "jars.lock.toml"
    lock.write_text("[[jar]]\nplace = 1", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"jars\.lock\.toml"):
        JarCache(tmp_path, lock).ensure(("kafka",))
