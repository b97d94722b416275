"""Fixtures that all tests share: closed sockets for the fast ones, real engines for the others."""

import contextlib
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import ApiError, Elasticsearch, TransportError
from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from aduan.connections.options import kafka_options
from aduan.settings import Settings, load_settings
from consumers.search_engine import search_client
from ops.engines.ports import free_port
from ops.topics import ensure_topics
from schemas.errors import UnavailableError
from tests.chosen_engines import ChosenEngines, choose
from tests.engine_folders import engine_folder

_SOURCES = pytest.StashKey[list[str]]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests under real/ need engines, tests under ledger/ break them: their folders mark them."""
    for item in items:
        if "real" in item.path.parts:
            item.add_marker("real")
        if "ledger" in item.path.parts:
            item.add_marker("chaos")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say once more which engines were used, where a reader of the end of a log looks."""
    for line in config.stash.get(_SOURCES, []):
        terminalreporter.write_line(line)


@pytest.fixture(autouse=True)
def _sockets(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Close sockets to all but the tests marked `real` or `chaos`. Unix sockets and pairs stay: asyncio needs them."""
    if request.node.get_closest_marker("real") or request.node.get_closest_marker("chaos"):
        return

    def refuse_unless_unix(name: str) -> Any:
        real = getattr(socket.socket, name)

        def guarded(self: socket.socket, *args: Any) -> Any:
            if self.family == socket.AF_UNIX:
                return real(self, *args)
            raise AssertionError(f"socket.{name}: sockets are closed in this test; mark it `real` to open them")

        return guarded

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse_unless_unix(name))


@pytest.fixture(scope="session")
def engines(request: pytest.FixtureRequest) -> Iterator[ChosenEngines]:
    """Kafka, search engine and mail server that all tests share; each keeps to its own namespace."""
    yield from _chosen(request, "engines", may_be_given=True)


@pytest.fixture(scope="module")
def own_engines(request: pytest.FixtureRequest) -> Iterator[ChosenEngines]:
    """Engines that the tests of one module may stop, kill and fill; never a given cluster."""
    yield from _chosen(request, "own engines", may_be_given=False)


@pytest.fixture
def settings(engines: ChosenEngines, tmp_path: Path) -> Iterator[Settings]:
    """Settings of an installation of its own on the shared engines; what it made there is removed afterwards."""
    made = make_settings(engines, tmp_path)
    yield made
    _clean(made)


@pytest.fixture(scope="module")
def shared_settings(engines: ChosenEngines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of an installation that the tests of one module share; for tests that only read."""
    made = make_settings(engines, tmp_path_factory.mktemp("shared"))
    yield made
    _clean(made)


@pytest.fixture
def own_settings(own_engines: ChosenEngines, tmp_path: Path) -> Settings:
    """The same on the module's own engines, whose data is thrown away with them."""
    return make_settings(own_engines, tmp_path)


@pytest.fixture
def topics(settings: Settings) -> Settings:
    """The same settings, after the topics of this installation were created."""
    ensure_topics(settings)
    return settings


@pytest.fixture
def search(settings: Settings) -> Iterator[Elasticsearch]:
    """A client of the shared search engine."""
    with search_client(settings) as client:
        yield client


def make_settings(engines: ChosenEngines, data_dir: Path, **overrides: object) -> Settings:
    """Settings with a namespace, secret, data folder and free ports of their own."""
    values: dict[str, object] = {
        "namespace": f"t{secrets.token_hex(5)}",
        "data_dir": data_dir,
        "secret": secrets.token_hex(32),
        "kafka_bootstrap": engines.kafka_bootstrap,
        "elasticsearch_url": engines.elasticsearch_url,
        "mail_out_host": "127.0.0.1",
        "mail_out_port": engines.smtp_port,
        "mail_out_bounces": "bounces@aduan.example",
        "intake_port": free_port(),
        "mail_in_port": free_port(),
        "portal_port": free_port(),
    }
    return load_settings(**(values | overrides))


def _chosen(request: pytest.FixtureRequest, name: str, *, may_be_given: bool) -> Iterator[ChosenEngines]:
    with engine_folder() as folder:
        chosen = choose(folder, may_be_given=may_be_given)
        _say(request, f"{name}: {chosen.source}")
        try:
            yield chosen
        finally:
            chosen.stop()


def _say(request: pytest.FixtureRequest, line: str) -> None:
    """Print to the terminal, past the capture, and again in the summary."""
    request.config.stash.setdefault(_SOURCES, []).append(line)
    reporter = request.config.pluginmanager.get_plugin("terminalreporter")
    capture = request.config.pluginmanager.get_plugin("capturemanager")
    if reporter is not None and capture is not None:
        with capture.global_and_fixture_disabled():
            reporter.write_line(line)


def _clean(settings: Settings) -> None:
    """Remove topics and indices of this namespace, so that hundreds of tests don't fill the engines.

    What can't be removed is left: the engines are thrown away, and a given cluster's owner sees the namespace.
    """
    with contextlib.suppress(KafkaError):
        admin = KafkaAdminClient(**kafka_options(settings, "tests"))
        try:
            ours = [name for name in admin.list_topics() if name.startswith(f"{settings.namespace}.")]
            if ours:
                admin.delete_topics(ours)
        finally:
            admin.close()
    with contextlib.suppress(UnavailableError, ApiError, TransportError), search_client(settings) as client:
        for index in client.indices.get(index=f"{settings.namespace}-*", expand_wildcards="all"):
            client.indices.delete(index=index)
