"""The peer: the same decisions and documents as a Quix Streams application, one process, as its makers mean it to be.

Run by `benchmarks.peer` in .venv-peer. Each record is decided on in `apply`; a `BatchingSink` writes with one `_bulk`
per partition at every checkpoint. Both write the same NDJSON, by the same code, as creates.
"""

import socket
import sys
from datetime import UTC, datetime
from typing import Any, Final

from elasticsearch import Elasticsearch
from quixstreams import Application
from quixstreams.sinks import BatchingSink, SinkBatch

from aduan.case import open_case
from aduan.keyring import Keyring
from aduan.settings import Settings, load_settings
from consumers import vault
from consumers.bulk import FILTER_PATH, Action, Verdict, bodies, to_json, verdicts
from consumers.index import generation, reporters_index
from consumers.search_engine import search_client
from schemas.codec import decode
from schemas.documents import Position
from schemas.events import CaseOpened, ComplaintReceived
from schemas.topics import Lane
from streams.steps import classify_complaints, route_complaints

COMMIT_EVERY: Final = 4_000
"""Records between checkpoints: about a thousand cases for each of four partitions, two documents each."""
_HEADERS: Final = {"accept": "application/json", "content-type": "application/x-ndjson"}


class CaseSink(BatchingSink):  # type: ignore[misc] # Quix Streams is not in the environment that mypy sees
    """Writes cases and reporters as our indexer does, but with no look at what is there already."""

    def __init__(self, settings: Settings, keyring: Keyring) -> None:
        super().__init__()
        self._settings = settings
        self._keyring = keyring
        self._client: Elasticsearch | None = None
        self._complaints = generation(settings, 1).index
        self._reporters = reporters_index(settings)

    def setup(self) -> None:
        """Connect."""
        self._client = search_client(self._settings)

    def write(self, batch: SinkBatch) -> None:
        """One partition's cases since the last checkpoint; any failure ends the process with nothing committed."""
        if self._client is None:
            raise RuntimeError("not connected")
        actions: list[Action] = []
        for item in batch:
            event: CaseOpened = item.value
            case = open_case(event, Position(epoch=1, partition=batch.partition, offset=item.offset))
            actions.append(Action(self._complaints, event.complaint_id, to_json(case)))
            original = vault.original(self._keyring, event)
            actions.append(Action(self._reporters, event.complaint_id, to_json(original)))
        for count, body in bodies(actions):
            answer = self._client.perform_request(
                "POST", "/_bulk", params={"filter_path": FILTER_PATH}, headers=_HEADERS, body=body
            )
            if any(verdict is not Verdict.DONE for verdict in verdicts(answer.body, count)):
                raise RuntimeError("not all documents were written")


def main() -> None:
    """Index until killed: `python -m benchmarks.peer_app GROUP`."""
    settings = load_settings()
    keyring = Keyring(settings.data_dir / "keyring")
    app = Application(
        broker_address=settings.kafka_bootstrap,
        consumer_group=sys.argv[1],
        auto_offset_reset="earliest",
        commit_every=COMMIT_EVERY,
        commit_interval=1.0,
        auto_create_topics=False,
        use_changelog_topics=False,
        state_dir=settings.data_dir / "peer-state",  # it makes one, though nothing here needs state
        consumer_extra_config={"group.instance.id": f"{socket.gethostname()}-peer", "fetch.min.bytes": 1},
        loglevel="WARNING",
    )
    topic = app.topic(settings.topics.received(Lane.ORDINARY), value_deserializer="bytes", key_deserializer="bytes")

    def decide(value: bytes, _key: Any, _timestamp: int, headers: Any) -> Any:
        now = datetime.now(UTC)
        received = decode(value, headers or (), (ComplaintReceived,))
        (classified,) = classify_complaints([received], keyring, now)
        if isinstance(classified, Exception):
            raise classified
        (opened,) = route_complaints([classified.event], now)  # type: ignore[list-item] # it is a ComplaintClassified
        if isinstance(opened, Exception):
            raise opened
        return opened.event

    frame = app.dataframe(topic)
    frame = frame.apply(decide, metadata=True)
    frame.sink(CaseSink(settings, keyring))
    app.run()


if __name__ == "__main__":
    main()
