"""The stream workers on a real Kafka: classify and route, poison, keys, draining, two on one host."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime

import psutil
import pytest
from kafka import KafkaAdminClient

from aduan import ids
from aduan.connections.options import kafka_options
from aduan.connections.publisher import Record
from aduan.dead_letters import open_original
from aduan.keyring import Keyring
from aduan.privacy import Purpose, seal_model
from aduan.settings import Settings
from schemas.codec import Headers, encode
from schemas.content import Content
from schemas.events import CaseOpened, DeadLetter, ReplyAdded, ReporterReplied
from schemas.topics import Lane
from streams.stages import Stage
from tests.environment import environment_of
from tests.factories import NOW, complaint_id, complaint_received
from tests.stream_processes import (
    StreamWorker,
    caught_up,
    committed,
    events_of,
    offsets,
    publish,
    publish_records,
    wait_until,
    whole_topic,
)


@pytest.fixture
def keyring(topics: Settings) -> Keyring:
    return Keyring(topics.data_dir / "keyring")


@pytest.fixture
def classify(topics: Settings) -> Iterator[StreamWorker]:
    with StreamWorker(topics, Stage.CLASSIFY) as worker:
        yield worker


@pytest.fixture
def route(topics: Settings) -> Iterator[StreamWorker]:
    with StreamWorker(topics, Stage.ROUTE) as worker:
        yield worker


def reply(keyring: Keyring, n: int) -> ReporterReplied:
    complaint = complaint_id(n)
    return ReporterReplied(
        event_id=ids.event_id(complaint, ReporterReplied.TYPE),
        complaint_id=complaint,
        occurred_at=NOW,
        source="/producers/web",
        lane=Lane.ORDINARY,
        received_at=NOW,
        sealed_content=seal_model(keyring.current(NOW), Purpose.CONTENT, complaint, Content(text="Tambahan dari saya")),
    )


def dead_letters(settings: Settings) -> list[DeadLetter]:
    return events_of(whole_topic(settings, settings.topics.dead_letter), DeadLetter)


def raw(settings: Settings, key: bytes, value: bytes | None, headers: Headers) -> Record:
    return Record(settings.topics.received(Lane.ORDINARY), key, value, headers)


def test_complaints_and_replies_pass_both_stages_in_order(
    topics: Settings, keyring: Keyring, classify: StreamWorker, route: StreamWorker
) -> None:
    count = 300
    publish(
        topics, [event for n in range(count) for event in (complaint_received(n, keyring=keyring), reply(keyring, n))]
    )
    wait_until(lambda: caught_up(topics, Stage.CLASSIFY, 2 * count), 60, "classify commits all")
    wait_until(lambda: caught_up(topics, Stage.ROUTE, 1), 60, "route commits all")
    records = whole_topic(topics, topics.topics.cases)
    opened, added = events_of(records, CaseOpened), events_of(records, ReplyAdded)
    assert {event.complaint_id for event in opened} == {complaint_id(n) for n in range(count)}
    assert len(opened) == len(added) == count
    firsts: dict[bytes, bytes] = {}
    for record in records:
        firsts.setdefault(record.key, dict(record.headers)["ce_type"])
    assert set(firsts.values()) == {b"id.aduan.CaseOpened"}
    assert all(dict(record.headers)["ce_source"] == b"/streams/route" for record in records)
    assert "0812" not in "".join(event.text for event in opened)
    assert dead_letters(topics) == []
    assert route.health()["ok"]
    assert classify.health()["details"]["processed"] == 2 * count


def test_the_urgent_lane_has_its_own_workers_and_topics(topics: Settings, keyring: Keyring) -> None:
    publish(topics, [complaint_received(n, keyring=keyring, lane=Lane.URGENT) for n in range(20)])
    with StreamWorker(topics, Stage.CLASSIFY, Lane.URGENT), StreamWorker(topics, Stage.ROUTE, Lane.URGENT):
        wait_until(lambda: caught_up(topics, Stage.ROUTE, 20, Lane.URGENT), 60, "the urgent lane goes through")
    assert len(whole_topic(topics, topics.topics.classified(Lane.URGENT))) == 20
    opened = events_of(whole_topic(topics, topics.topics.cases), CaseOpened)
    assert {event.lane for event in opened} == {Lane.URGENT}


def test_the_group_that_the_broker_knows_is_exactly_the_stages(topics: Settings, classify: StreamWorker) -> None:
    wait_until(lambda: classify.health().get("ok", False), 30, "the worker runs")
    admin = KafkaAdminClient(**kafka_options(topics, "tests"))
    try:
        names = {group["group_id"] for group in admin.list_groups()}
    finally:
        admin.close()
    assert topics.group("classify.ordinary") in names


def test_each_kind_of_poison_becomes_a_dead_letter_with_its_original_and_neighbours_pass(
    topics: Settings, keyring: Keyring, classify: StreamWorker
) -> None:
    good = complaint_received(1, keyring=keyring)
    moved = complaint_received(2, keyring=keyring, sealed_content=good.sealed_content)
    key, _, headers = encode(good, source="/test")
    poison: dict[str, Record] = {
        "malformed_json": raw(topics, key, b'{"type": "ComplaintReceived",', headers),
        "wrong_encoding": raw(topics, key, b'{"type": "\xff\xfe"}', headers),
        "null_value": raw(topics, key, None, headers),
        "unknown_event": raw(topics, key, b'{"type":"Strange"}', [("ce_type", b"id.aduan.Strange")]),
        "too_large": raw(topics, key, b'{"x": "' + b"x" * 2_000_000 + b'"}', headers),
        "invalid_event": raw(topics, b"not an id", encode(good, source="/test")[1], headers),
        "unsealable": raw(topics, *encode(moved, source="/test")),
    }
    mixed: list[Record] = []
    for n, record in enumerate(poison.values()):
        mixed.append(raw(topics, *encode(complaint_received(10 + n, keyring=keyring), source="/test")))
        mixed.append(record)
    publish_records(topics, mixed)
    wait_until(lambda: caught_up(topics, Stage.CLASSIFY, len(mixed)), 60, "all are settled")
    letters = {letter.reason: letter for letter in dead_letters(topics)}
    assert set(letters) == set(poison)
    for reason, record in poison.items():
        original = open_original(keyring, letters[reason])
        assert (original.key, original.value) == (record.key, record.value)
        assert original.headers == record.headers
        assert letters[reason].topic == topics.topics.received(Lane.ORDINARY)
        assert letters[reason].group == topics.group("classify.ordinary")
    assert len(whole_topic(topics, topics.topics.classified(Lane.ORDINARY))) == len(poison)
    assert "Strange" not in classify.words()


def test_nothing_but_poison_stops_the_stage_with_a_clear_message(topics: Settings, keyring: Keyring) -> None:
    settings = topics.model_copy(update={"poison_limit": 20})
    publish(topics, [complaint_received(n, keyring=keyring) for n in range(5)])
    with StreamWorker(settings, Stage.CLASSIFY) as worker:
        wait_until(lambda: caught_up(topics, Stage.CLASSIFY, 5), 60, "the good ones pass")
        publish_records(topics, [raw(topics, complaint_id(7).encode(), b"{", []) for _ in range(60)])
        assert worker.running.wait(60) == 71
        assert "bad deploy" in worker.words()
        before = len(dead_letters(topics)), committed(topics, Stage.CLASSIFY)
        worker.start()
        assert worker.running.wait(60) == 71
    assert before[0] <= 20
    assert before[1] == 5 + before[0]
    assert (len(dead_letters(topics)), committed(topics, Stage.CLASSIFY)) == before


def test_a_key_that_is_missing_is_waited_for_and_one_that_was_destroyed_is_not(
    topics: Settings, keyring: Keyring, classify: StreamWorker
) -> None:
    old = datetime(2020, 1, 5, tzinfo=UTC)
    lost = complaint_received(1, keyring=keyring, received_at=old)
    publish(topics, [lost])
    keyring.destroy_expired(datetime.now(UTC), topics.retention_days_log)
    wait_until(lambda: caught_up(topics, Stage.CLASSIFY, 1), 60, "the destroyed key's complaint is settled")
    assert [letter.reason for letter in dead_letters(topics)] == ["unsealable"]

    elsewhere = Keyring(topics.data_dir / "elsewhere")
    publish(topics, [complaint_received(2, keyring=elsewhere, received_at=datetime(2026, 3, 1, tzinfo=UTC))])
    wait_until(
        lambda: "2026-03" in classify.health().get("details", {}).get("waits_for", ""), 30, "it says that it waits"
    )
    assert not classify.health()["ok"]
    assert committed(topics, Stage.CLASSIFY) == 1
    (topics.data_dir / "elsewhere" / "2026-03.key").rename(topics.data_dir / "keyring" / "2026-03.key")
    wait_until(lambda: caught_up(topics, Stage.CLASSIFY, 2), 30, "it goes on when the key arrives")
    assert len(dead_letters(topics)) == 1


def test_two_workers_of_a_stage_share_the_partitions_on_one_host(topics: Settings, keyring: Keyring) -> None:
    with (
        StreamWorker(topics, Stage.CLASSIFY, instance=0) as first,
        StreamWorker(topics, Stage.CLASSIFY, instance=1) as second,
    ):
        wait_until(lambda: first.health().get("ok", False) and second.health().get("ok", False), 60, "both run")
        for round_ in range(20):
            publish(topics, [complaint_received(round_ * 50 + n, keyring=keyring) for n in range(50)])
            done = [worker.health()["details"]["processed"] for worker in (first, second)]
            if min(done) > 0:
                break
        else:
            pytest.fail(f"one of two workers did nothing: {done}")
        wait_until(lambda: caught_up(topics, Stage.CLASSIFY, 1), 60, "all are settled")
        assert first.stop() == second.stop() == 0
    classified = whole_topic(topics, topics.topics.classified(Lane.ORDINARY))
    assert {record.key for record in classified} == {
        record.key for record in whole_topic(topics, topics.topics.received(Lane.ORDINARY))
    }


def test_sigterm_under_load_ends_within_the_bound_and_loses_nothing(topics: Settings, keyring: Keyring) -> None:
    count = 4_000
    publish(topics, [complaint_received(n, keyring=keyring) for n in range(count)])
    worker = StreamWorker(topics, Stage.CLASSIFY).start()
    with worker:
        wait_until(lambda: committed(topics, Stage.CLASSIFY) > 0, 60, "it works", every=0.05)
        began = datetime.now(UTC)
        assert worker.stop(12) == 0
        assert (datetime.now(UTC) - began).total_seconds() < 11
        places = offsets(topics, Stage.CLASSIFY)
        written = len(whole_topic(topics, topics.topics.classified(Lane.ORDINARY)))
        written += len(whole_topic(topics, topics.topics.classified(Lane.URGENT)))
        # A drained worker commits what it wrote: nothing is written a second time by the next one.
        assert sum(place.committed for place in places.values()) == written
        worker.start()
        wait_until(lambda: caught_up(topics, Stage.CLASSIFY, count), 90, "the next one does the rest")
    written = len(whole_topic(topics, topics.topics.classified(Lane.ORDINARY)))
    written += len(whole_topic(topics, topics.topics.classified(Lane.URGENT)))
    assert written == count


def test_a_worker_without_topics_says_what_to_do(settings: Settings) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ops.cli", "worker", "--stage", "classify"],
        env=environment_of(settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "run: aduan setup" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_worker_is_small_and_loads_no_search_client_web_framework_or_trainer(
    topics: Settings, keyring: Keyring, classify: StreamWorker
) -> None:
    publish(topics, [complaint_received(n, keyring=keyring) for n in range(3_000)])
    wait_until(lambda: caught_up(topics, Stage.CLASSIFY, 3_000), 90, "all are settled")
    assert psutil.Process(classify.running.pid).memory_info().rss < 200_000_000
    code = (
        "import sys, json, streams.worker, ops.commands.worker, faust.app, faust.transport.drivers.aiokafka\n"
        "print(json.dumps([name for name in ('sklearn', 'scipy', 'elasticsearch', 'starlette', 'uvicorn') "
        "if name in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_a_second_worker_of_the_same_name_is_refused(topics: Settings, classify: StreamWorker) -> None:
    wait_until(lambda: classify.health() != {}, 30, "the first runs")
    with StreamWorker(topics, Stage.CLASSIFY) as second:
        assert second.running.wait(30) == 1
        assert "give this one another --instance" in second.words()
    assert classify.running.poll() is None


def test_counters_are_served_for_dashboards(topics: Settings, keyring: Keyring, classify: StreamWorker) -> None:
    publish(topics, [complaint_received(n, keyring=keyring) for n in range(20)])
    publish_records(topics, [raw(topics, b"k", b"{", [])])
    wait_until(lambda: caught_up(topics, Stage.CLASSIFY, 21), 60, "all are settled")
    with urllib.request.urlopen(f"http://127.0.0.1:{classify.health_port}/metrics", timeout=5) as answer:
        served = answer.read().decode()
    assert 'aduan_worker_settled_total{lane="ordinary",stage="classify"} 21.0' in served
    assert 'aduan_worker_dead_letters_total{lane="ordinary",stage="classify"} 1.0' in served


def test_a_flood_of_the_longest_complaints_keeps_memory_bounded(
    topics: Settings, keyring: Keyring, classify: StreamWorker
) -> None:
    long = "biaya seragam sekolah " * 11_000  # 242 kB
    key = keyring.current(NOW)
    events = []
    for n in range(120):
        complaint = complaint_id(n)
        sealed = seal_model(key, Purpose.CONTENT, complaint, Content(text=long))
        events.append(complaint_received(n, sealed_content=sealed))
    for start in range(0, 1_200, 20):  # the same over and over: what counts is that they all wait at once
        publish(topics, events[start % 120 : start % 120 + 20])
    process, most = psutil.Process(classify.running.pid), 0

    def done() -> bool:
        nonlocal most
        most = max(most, process.memory_info().rss)
        return caught_up(topics, Stage.CLASSIFY, 1_200)

    wait_until(done, 180, "all are settled", every=0.1)
    assert most < 300_000_000
    assert dead_letters(topics) == []
