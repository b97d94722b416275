"""No topic and no index holds an identity, or the original words, in the clear; the log files hold neither."""

from collections import Counter
from pathlib import Path
from typing import Any

from elasticsearch import Elasticsearch

from aduan import ids
from aduan.connections.publisher import Publisher, Record
from aduan.keyring import Keyring
from aduan.privacy import Purpose, seal_model
from aduan.settings import Settings
from aduan.tokens import Role, Tokens, tokens_path
from schemas.codec import encode
from schemas.content import Content, Reporter
from schemas.events import Attachment, CaseEvent, ComplaintReceived
from schemas.topics import Lane
from tests.admitting import record
from tests.case_log import cases_on_log, dead_letters, publish_cases, read_topic
from tests.dumping import everything
from tests.factories import case_opened, complaint_id, complaint_received, reply_added, reporter_erased
from tests.indexing import keyring_of, set_up, wait_indexed, wait_until
from tests.processes import running

PEOPLE = 40


def person(n: int) -> Reporter:
    """An invented person; no value of it can arise by chance."""
    return Reporter(
        name=f"Sulastri Wiranegara{n:04d}",
        email=f"sulastri.wiranegara{n:04d}@surat.example",
        phone=f"08131555{n:04d}",
        address=f"Jalan Melati Rekaan {n:04d}, Kota Contoh",
        handle=f"@sulastri_rekaan{n:04d}",
    )


def words(n: int) -> str:
    """A complaint that names numbers of its reporter, as people do."""
    return (
        f"Kepala sekolah memungut uang seragam dari anak saya. Hubungi saya di 08131555{n:04d} atau "
        f"sulastri.wiranegara{n:04d}@surat.example, NIK saya 317401550190{n:04d}, terima kasih."
    )


def identities(n: int) -> list[bytes]:
    """What must be nowhere in the clear."""
    who = person(n)
    values = [who.name, who.email, who.phone, who.address, who.handle, f"317401550190{n:04d}"]
    return [value.encode() for value in values if value is not None]


def sealed(keyring: Keyring, n: int, complaint: str, event: ComplaintReceived | None = None) -> dict[str, Any]:
    key = keyring.current(event.received_at if event is not None else case_opened(n).received_at)
    return {
        "sealed_content": seal_model(key, Purpose.CONTENT, complaint, Content(title=f"Pungutan {n}", text=words(n))),
        "sealed_reporter": seal_model(key, Purpose.REPORTER, complaint, person(n)),
    }


def leaks(settings: Settings, client: Elasticsearch, people: int) -> Counter[tuple[str, bytes]]:
    """(where, identity) that can be read in the clear."""
    wanted = [value for n in range(people) for value in identities(n)]
    found: Counter[tuple[str, bytes]] = Counter()
    places = Counter[str]()
    for where, said in everything(settings, client):
        places[where] += 1
        if where == settings.topics.submitted:
            continue  # plain by design: the adapters of others hold no key; write-only for them, kept for days only
        found.update((where, value) for value in wanted if value in said)
    assert sum(places.values()) > people
    return found


def logged(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("*.log"))


def test_the_indexer_stores_and_says_nothing_in_the_clear(settings: Settings, search: Elasticsearch) -> None:
    """Openings, replies, an erasure, and dead letters of records that themselves hold an identity in the clear."""
    set_up(settings)
    keyring = keyring_of(settings)
    events: list[CaseEvent] = []
    for n in range(PEOPLE):
        parts = sealed(keyring, n, complaint_id(n))
        events.append(case_opened(n, text="Kepala sekolah memungut uang seragam. Hubungi saya di [telepon].", **parts))
        events.append(reply_added(n, text="Tambahan: [telepon]", sealed_content=parts["sealed_content"]))
    events.append(reporter_erased(0, drop_text=True))
    huge = (Attachment(blob_id="a" * 32, size=2**70, media_type="image/png"),)
    events.append(case_opened(900, attachments=huge, **sealed(keyring, 1, complaint_id(900))))
    with running(settings, "indexer"):
        publish_cases(settings, events)
        wait_indexed(settings)
    assert [one.reason for one in dead_letters(settings)] == ["refused_by_mapping"]
    assert not leaks(settings, search, PEOPLE)
    assert not [value for n in range(PEOPLE) for value in identities(n) if value in logged(settings.data_dir)]


def test_what_is_dead_lettered_is_sealed_though_it_came_in_the_clear(settings: Settings, search: Elasticsearch) -> None:
    """Somebody else's adapter wrote an identity where none belongs: the dead letter must not repeat it."""
    set_up(settings)
    publisher = Publisher(settings, "tests")
    broken = b'{"text": "' + words(1).encode() + b'", "complaint_id": '
    publisher.publish([Record(settings.topics.cases, complaint_id(1).encode(), broken, [("ce_type", b"x")])])
    publisher.close()
    with running(settings, "indexer"):
        wait_indexed(settings)
    assert len(dead_letters(settings)) == 1
    places = {where for where, said in everything(settings, search) if any(one in said for one in identities(1))}
    assert places == {settings.topics.cases}, "only where its writer put it"
    assert not [value for value in identities(1) if value in logged(settings.data_dir)]


def test_the_whole_pipeline_keeps_an_identity_sealed_from_the_door_to_the_index(
    settings: Settings, search: Elasticsearch
) -> None:
    """As the door publishes it: classify masks, route opens, the indexer keeps; numbers in the words are masked."""
    set_up(settings)
    keyring = keyring_of(settings)
    publisher = Publisher(settings, "tests")
    records = []
    for n in range(PEOPLE):
        complaint = ids.complaint_id(
            settings.require_secret(), channel="web", account="t", sender=str(n), external_id=str(n)
        )
        lane = Lane.URGENT if n % 4 == 0 else Lane.ORDINARY
        received = complaint_received(n, complaint_id=complaint, lane=lane)
        received = received.model_copy(update=sealed(keyring, n, complaint, received))
        records.append(Record(settings.topics.received(lane), *encode(received, source="/producers/web")))
    publisher.publish(records)
    publisher.close()
    with (
        running(settings, "worker", "--stage", "classify", "--lane", "ordinary"),
        running(settings, "worker", "--stage", "classify", "--lane", "urgent"),
        running(settings, "worker", "--stage", "route", "--lane", "ordinary"),
        running(settings, "worker", "--stage", "route", "--lane", "urgent"),
        running(settings, "indexer"),
    ):
        wait_until(lambda: cases_on_log(settings) >= PEOPLE, 120)
        wait_indexed(settings)
    assert not dead_letters(settings)
    assert not leaks(settings, search, PEOPLE)
    assert not [value for n in range(PEOPLE) for value in identities(n) if value in logged(settings.data_dir)]


def test_what_adapters_submit_in_plain_text_is_plain_nowhere_else(settings: Settings, search: Elasticsearch) -> None:
    """Admitted, refused, and too broken to read: complaints.submitted is the one plain topic, by design."""
    set_up(settings)
    Tokens(tokens_path(settings)).new("contoh", Role.ADAPTER)
    submissions = [
        record(
            n,
            text=words(n) if n % 4 else " ",
            reporter=person(n).model_dump(include={"name", "email", "phone", "address", "handle"}),
            unknown={person(n).name or "": words(n)} if n % 4 == 1 else None,
            value=words(n).encode() if n % 4 == 2 else b"",
        )
        for n in range(PEOPLE)
    ]
    publisher = Publisher(settings, "tests")
    publisher.publish([Record(settings.topics.submitted, one.key, one.value, one.headers) for one in submissions])
    publisher.close()
    with running(settings, "admission"):
        wait_until(lambda: len(read_topic(settings, settings.topics.admissions)) >= PEOPLE, 60)
    assert len(dead_letters(settings)) == PEOPLE * 3 // 4
    assert not leaks(settings, search, PEOPLE)
    wanted = [value for n in range(PEOPLE) for value in identities(n)]
    places = {where for where, said in everything(settings, search) if any(value in said for value in wanted)}
    assert places == {settings.topics.submitted}
    assert not [value for value in wanted if value in logged(settings.data_dir)]
