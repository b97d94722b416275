"""New cases: what `aduan indexer` reaches beside `helpers.streaming_bulk` alone with the very same documents."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from statistics import median
from typing import Any, Final

from elasticsearch import Elasticsearch, helpers

from aduan.keyring import Keyring
from aduan.settings import Settings
from benchmarks.cases import case_records
from benchmarks.counting import rate_until, searchable, written
from benchmarks.lab import BrokenRunError, Installation, Lab
from benchmarks.results import Measure, Target
from consumers.index import index_body, live_generation, reporters_index
from consumers.search_engine import search_client
from schemas.mapping import complaints_mapping, reporters_mapping

CHUNK: Final = 1_000
WARM_UP: Final = 8_000
Document = tuple[str, str, dict[str, Any]]
"""Index, id and body."""


def run(lab: Lab, *, quick: bool) -> list[Measure]:
    """Documents (of cases and of reporters) per second, ours and the bare helper's by turns on the same engine."""
    total, rounds = (3_000, 1) if quick else (20_000, 3)
    warm_up(lab)
    ours: list[float] = []
    raw: list[float] = []
    cpu: list[float] = []
    for number in range(rounds):
        with lab.installation("indexer") as installation, search_client(installation.settings) as client:
            settings, now = installation.settings, datetime.now(UTC)
            keyring = Keyring(settings.data_dir / "keyring")
            installation.fill(case_records(total, settings.topics, keyring, now), total, "indexer")
            lab.say(f"indexer: aduan indexer, round {number + 1} of {rounds}")
            rate, spent = _indexer(installation, client, total)
            lab.say(f"indexer: streaming_bulk, round {number + 1} of {rounds}")
            documents = list(_documents(client, settings))
            if len(documents) != 2 * total:
                raise BrokenRunError(f"{len(documents):,} documents instead of {2 * total:,}")
            ours.append(rate)
            cpu.append(spent)
            raw.append(_streaming_bulk(client, settings, documents))
    return [
        Measure(
            "indexer",
            "new cases from complaints.cases to the index",
            median(ours),
            "documents/s",
            compared=median(raw),
            compared_with="streaming_bulk",
            target=Target(0.7, of="ratio"),
            details={"ours": ours, "raw": raw, "cases": total, "cpu_ms_per_case": [round(one, 3) for one in cpu]},
        )
    ]


def warm_up(lab: Lab) -> None:
    """Have the search engine index thousands of documents first: a JVM just started is several times slower."""
    with lab.installation("warmup") as installation, search_client(installation.settings) as client:
        settings = installation.settings
        records = case_records(WARM_UP, settings.topics, Keyring(settings.data_dir / "keyring"), datetime.now(UTC))
        installation.fill(records, WARM_UP, "warming the search engine up")
        _indexer(installation, client, WARM_UP)


def _indexer(installation: Installation, client: Elasticsearch, total: int) -> tuple[float, float]:
    """Documents per second from the first bulk on, and ms of the process's CPU time per case (its start included)."""
    settings = installation.settings
    process = installation.aduan("indexer", "indexer")
    rate = rate_until(lambda: written(client, settings), 2 * total, process.check)
    times = process.usage.cpu_times()
    installation.stop(process)
    client.indices.refresh(index=f"{settings.namespace}-*", expand_wildcards="all")
    if searchable(client, settings) != total:
        raise BrokenRunError(f"{searchable(client, settings):,} cases instead of {total:,}")
    return rate.each_second, (times.user + times.system) / total * 1000


def _documents(client: Elasticsearch, settings: Settings) -> Iterator[Document]:
    """All documents, a case's beside its reporter's as the indexer writes them."""
    cases = _read(client, live_generation(settings, client).index)
    reporters = _read(client, reporters_index(settings))
    for doc_id, body in cases.items():
        yield "complaints", doc_id, body
        yield "reporters", doc_id, reporters[doc_id]


def _read(client: Elasticsearch, index: str) -> dict[str, dict[str, Any]]:
    return {hit["_id"]: hit["_source"] for hit in helpers.scan(client, index=index, size=CHUNK)}


def _streaming_bulk(client: Elasticsearch, settings: Settings, documents: list[Document]) -> float:
    """Documents per second of the bare helper into new, equal indexes."""
    names = {"complaints": settings.index("raw-complaints"), "reporters": settings.index("raw-reporters")}
    client.indices.create(index=names["complaints"], **index_body(settings, complaints_mapping(), {}))
    client.indices.create(index=names["reporters"], **index_body(settings, reporters_mapping(), {}))
    actions = (
        {"_op_type": "create", "_index": names[kind], "_id": doc_id, "_source": body}
        for kind, doc_id, body in documents
    )
    began = time.monotonic()
    done = sum(ok for ok, _ in helpers.streaming_bulk(client, actions, chunk_size=CHUNK))
    return done / (time.monotonic() - began)
