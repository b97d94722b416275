"""The indexer's process: writes the live generation, and moves to the next when `aduan reindex` moves the alias."""

import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Final

import structlog

from aduan.connections.log_reader import LogReader
from aduan.connections.membership import stable_instance
from aduan.connections.patience import Patience
from aduan.connections.publisher import Publisher
from aduan.keyring import Keyring
from aduan.settings import Settings
from consumers.index import Generation, generation, indexer_group, live_generation, refuse_other_mapping
from consumers.indexer import Indexer
from consumers.search_engine import search_client
from schemas.errors import UnavailableError

_log = structlog.get_logger(__name__)
ALIAS_SECONDS: Final = 3.0
"""How often the alias is asked for: after a flip, nobody writes the new generation for about so long."""


@dataclass
class IndexingProcess:
    """One process of the stage. `serve` runs until `stop`; the rest is for its health."""

    settings: Settings
    stop: threading.Event
    pinned: int | None = None
    """A generation to write whatever the alias says."""
    indexer: Indexer | None = None
    live: Generation | None = None
    patience: Patience = field(init=False)

    def __post_init__(self) -> None:
        self.patience = Patience(self.stop)

    def serve(self) -> None:
        """Index until told to stop.

        Raises SettingsError when the live index was made with another mapping, PoisonError for a run of invalid
        messages, FencedError when another process has this one's name. UnavailableError is waited out.
        """
        keyring = Keyring(self.settings.data_dir / "keyring")
        with (
            stable_instance(self.settings, "indexer") as instance,
            closing(Publisher(self.settings, "indexer")) as publisher,
        ):
            while not self.stop.is_set():
                try:
                    self.patience.until_done(lambda: self._one_generation(instance, publisher, keyring))
                except UnavailableError:
                    if not self.stop.is_set():
                        raise

    def _one_generation(self, instance: str, publisher: Publisher, keyring: Keyring) -> None:
        """Write one generation until the alias points to another."""
        with closing(search_client(self.settings)) as client:
            wanted = self.pinned
            live = live_generation(self.settings, client) if wanted is None else generation(self.settings, wanted)
            refuse_other_mapping(client, live)
            group = indexer_group(self.settings, live.number)
            reader = LogReader(
                self.settings, topic=self.settings.topics.cases, group=group, client="indexer", instance=instance
            )
            self.live = live
            self.indexer = Indexer(
                self.settings, live, client=client, publisher=publisher, keyring=keyring, patience=self.patience
            )
            _log.info("indexes", index=live.index, group=group, instance=instance)

            def moved() -> bool:
                try:
                    return live_generation(self.settings, client) != live
                except UnavailableError:
                    return False  # nobody can have moved what can't be reached

            with closing(reader):
                self.indexer.run(reader, (lambda: False) if wanted is not None else every(ALIAS_SECONDS, moved))


def every(seconds: float, check: Callable[[], bool]) -> Callable[[], bool]:
    """`check`, asked at most once in so many seconds; False in between."""
    asked = time.monotonic()

    def ask() -> bool:
        nonlocal asked
        if time.monotonic() - asked < seconds:
            return False
        asked = time.monotonic()
        return check()

    return ask
