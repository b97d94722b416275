"""A peer: the same classification and indexing written for Quix Streams, beside our streams and indexer, in one run."""

import itertools
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Final

from elasticsearch import Elasticsearch

from aduan.classification import Submission, classify
from benchmarks.counting import Rate, rate_until, searchable, written
from benchmarks.indexer import warm_up
from benchmarks.lab import BrokenRunError, Installation, Lab, Process, wait_for
from benchmarks.pipeline import STAGES
from benchmarks.results import Measure, Target
from benchmarks.usage import Sampler
from benchmarks.workload import complaint, received_records
from consumers.search_engine import search_client
from schemas.topics import Lane

PYTHON: Final = Path(f"{sys.prefix}-peer") / "bin" / "python"
OURS: Final = ("classify", "route", "indexer")


def run(lab: Lab, *, quick: bool) -> list[Measure]:
    """Complaints per second of both by turns, each from a topic with the same complaints; one ordinary lane."""
    if not PYTHON.exists():
        raise BrokenRunError(
            f"the peer's environment is missing; `make bench` makes it, or: python3 -m venv {PYTHON.parent.parent} && "
            f"{PYTHON} -m pip install -r benchmarks/peer-requirements.txt"
        )
    total, rounds = (4_000, 1) if quick else (30_000, 3)
    warm_up(lab)
    lab.say("peer: choosing complaints")
    numbers = list(itertools.islice(_ordinary(), total))
    rates: dict[str, list[float]] = {"ours": [], "peer": []}
    spent: dict[str, list[float]] = {"ours": [], "peer": []}
    for turn in range(rounds):
        for who in ("peer", "ours") if turn % 2 else ("ours", "peer"):
            with lab.installation("peer") as installation, search_client(installation.settings) as client:
                settings = installation.settings
                records = received_records(numbers, settings.topics, installation.key, datetime.now(UTC), Lane.ORDINARY)
                installation.fill(records, total, f"peer: {who}, round {turn + 1} of {rounds}")
                processes = _ours(installation) if who == "ours" else _peer(installation)
                wait_for(lambda: written(client, settings) > 0, 120, f"the first document of {who}")  # noqa: B023
                with Sampler({process.name: process.usage for process in processes}) as sampler:
                    rate = _rate(installation, client, total)
                rates[who].append(rate.each_second / 2)
                seconds = sum(usage.cpu_seconds for usage in sampler.usages.values())
                spent[who].append(seconds / (rate.documents / 2) * 1000)
    return [
        Measure(
            "peer",
            "received to indexed, one ordinary lane",
            median(rates["ours"]),
            "complaints/s",
            compared=median(rates["peer"]),
            compared_with="Quix Streams",
            target=Target(0.5, of="ratio"),
            details={"rates": rates, "cpu_seconds_per_1000": spent, "complaints": total},
        ),
        Measure(
            "peer",
            "CPU of the processes without the engines",
            median(spent["ours"]),
            "s per 1,000",
            compared=median(spent["peer"]),
            compared_with="Quix Streams",
        ),
    ]


def _ordinary() -> Iterator[int]:
    """Numbers of complaints that stay in the ordinary lane when they are classified."""
    for number in itertools.count():
        made = complaint(number)
        content, draft = made.content, made.draft
        item = Submission(
            complaint_id=made.complaint_id,
            title=content.title,
            text=content.text,
            place=content.place,
            channel=draft.channel,
            claimed=draft.claimed,
            automated=False,
            triage=(),
        )
        if classify([item])[0].prioritas != "darurat":
            yield number


def _ours(installation: Installation) -> list[Process]:
    return [installation.aduan(name, *STAGES[name]) for name in OURS]


def _peer(installation: Installation) -> list[Process]:
    return [installation.start("quix", [str(PYTHON), "-m", "benchmarks.peer_app", installation.settings.group("peer")])]


def _rate(installation: Installation, client: Elasticsearch, total: int) -> Rate:
    settings = installation.settings
    rate = rate_until(lambda: written(client, settings), 2 * total, installation.check)
    client.indices.refresh(index=f"{settings.namespace}-*", expand_wildcards="all")
    if searchable(client, settings) != total:
        raise BrokenRunError(f"{searchable(client, settings):,} cases instead of {total:,}")
    return rate
