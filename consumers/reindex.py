"""The next generation of the index, built while the live one is written and searched (guarantee 8).

`rebuild` notes the offsets that the live generation's group has committed, folds the events held in its documents into
the next one, follows the log from the noted offsets until it has caught up, and moves the read alias. Killed anywhere,
it is simply run again: offsets are noted once, before the index is made, and copies are creates.
"""

import time
from collections.abc import Callable
from contextlib import closing
from typing import Final

import structlog
from elasticsearch import ApiError, Elasticsearch, TransportError

from aduan.connections.log_reader import LogReader
from aduan.connections.patience import Patience
from aduan.connections.publisher import Publisher
from aduan.keyring import Keyring
from aduan.settings import Settings
from consumers.copying import Copier, Progress, count_documents
from consumers.group_offsets import committed_offsets, forget_group, has_gap, set_offsets
from consumers.index import (
    Generation,
    create_generation,
    generation,
    generations,
    indexer_group,
    live_generation,
    point_alias,
    refuse_other_mapping,
    unavailable,
    was_live,
)
from consumers.indexer import Indexer
from consumers.indexing import ALIAS_SECONDS, every
from schemas.errors import SettingsError, UnavailableError

_log = structlog.get_logger(__name__)
_CLOSE: Final = 1_000
_CLOSE_SECONDS: Final = 5.0
"""Caught up: nothing unread, or for so long never more than `_CLOSE` records (a log that is always written)."""


class Rebuilder:
    """One run of `aduan reindex`. Raises UnavailableError only once the process is told to stop."""

    def __init__(
        self,
        settings: Settings,
        client: Elasticsearch,
        *,
        publisher: Publisher,
        keyring: Keyring,
        patience: Patience,
        on_progress: Progress,
    ) -> None:
        self._settings = settings
        self._client = client
        self._publisher = publisher
        self._keyring = keyring
        self._patience = patience
        self._on_progress = on_progress

    def rebuild(self) -> Generation:
        """Build, catch up and make live the next generation; returns it. The old one is kept, for a rollback.

        Raises SettingsError when the new mapping refuses a document: nothing is flipped then.
        """
        live = self._patience.until_done(lambda: live_generation(self._settings, self._client))
        target = self._patience.until_done(lambda: self._begin(live))
        expected = self._patience.until_done(lambda: count_documents(self._client, live))
        Copier(self._client, self._patience, self._on_progress).copy(live, target)
        copied = self._patience.until_done(lambda: count_documents(self._client, target))
        if copied < expected:
            raise SettingsError(f"{target.index} holds {copied} of {expected} documents: not made live; run it again")
        self._catch_up_and_flip(live, target)
        return target

    def roll_back(self) -> Generation:
        """Make the generation before the live one live again, after it has caught up from the log; returns it.

        Raises SettingsError when there is none, it has another mapping, or the log lacks what it must catch up with.
        """
        live = self._patience.until_done(lambda: live_generation(self._settings, self._client))
        existing = self._patience.until_done(lambda: generations(self._settings, self._client))
        earlier = [one for one in existing if one.number < live.number]
        if not earlier:
            raise SettingsError(f"there is no generation before {live.index} to roll back to")
        refuse_other_mapping(self._client, earlier[-1])
        self._refuse_gap(earlier[-1])
        self._catch_up_and_flip(live, earlier[-1])
        return earlier[-1]

    def _refuse_gap(self, one: Generation) -> None:
        """What it can't catch up with may be an erasure: such a generation must never serve again."""
        group = indexer_group(self._settings, one.number)
        if self._patience.until_done(lambda: has_gap(self._settings, group)):
            raise SettingsError(
                f"{one.index} can't be made live: the log no longer holds all that happened since (erasures among it). "
                "Run `aduan reindex --drop-old`, then `aduan reindex`, which copies the live generation"
            )

    def drop_others(self) -> list[Generation]:
        """Delete every generation but the live one, and the offsets of their groups; returns them."""
        live = live_generation(self._settings, self._client)
        others = [one for one in generations(self._settings, self._client) if one != live]
        for one in others:
            try:
                self._client.indices.delete(index=one.index)
            except (ApiError, TransportError) as error:
                raise unavailable(error) from None
            forget_group(self._settings, indexer_group(self._settings, one.number))
        return others

    def _begin(self, live: Generation) -> Generation:
        """The generation to build: one that an earlier run began, or a new one with its group's offsets noted first."""
        existing = generations(self._settings, self._client)
        for one in existing:
            if one.number > live.number and not was_live(self._client, one):
                refuse_other_mapping(self._client, one)
                self._refuse_gap(one)
                _log.info("goes_on", index=one.index)
                return one
        target = generation(self._settings, existing[-1].number + 1)
        # What is committed is in the documents. So: note it before they are read, and before the index is there, whose
        # being there says that it was noted.
        noted = committed_offsets(self._settings, indexer_group(self._settings, live.number))
        set_offsets(self._settings, indexer_group(self._settings, target.number), noted)
        create_generation(self._settings, self._client, target)
        _log.info("begins", index=target.index, offsets=noted)
        return target

    def _catch_up_and_flip(self, live: Generation, target: Generation) -> None:
        group = indexer_group(self._settings, target.number)
        reader = self._patience.until_done(
            lambda: LogReader(self._settings, topic=self._settings.topics.cases, group=group, client="reindex")
        )
        indexer = Indexer(
            self._settings,
            target,
            client=self._client,
            publisher=self._publisher,
            keyring=self._keyring,
            patience=self._patience,
        )
        with closing(reader):
            indexer.run(reader, every(0.5, self._caught_up(reader)))
            if self._patience.stop.is_set():
                raise UnavailableError("stopped before the new generation was made live; run it again to go on")
            self._patience.until_done(lambda: point_alias(self._settings, self._client, live, target))
            self._on_progress("live", 1, 1)
            # The indexers see the flip a few seconds later: until then this one writes on.
            until = time.monotonic() + 2 * ALIAS_SECONDS
            indexer.run(reader, lambda: time.monotonic() > until)

    def _caught_up(self, reader: LogReader) -> Callable[[], bool]:
        close_since: float | None = None

        def ask() -> bool:
            nonlocal close_since
            if len(reader.partitions) < self._settings.partitions:
                return False
            try:
                lag = reader.lag()
            except UnavailableError:
                return False
            self._on_progress("catches up: records to go", lag, 0)
            if lag > _CLOSE:
                close_since = None
                return False
            close_since = close_since or time.monotonic()
            return lag == 0 or time.monotonic() - close_since > _CLOSE_SECONDS

        return ask
