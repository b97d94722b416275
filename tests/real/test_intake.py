"""`aduan intake` as a process, on a real broker: accepted is kept, once, sealed, whoever dies in between."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest

from aduan.keyring import Keyring
from aduan.privacy import unseal_blob
from aduan.settings import Settings
from ops.engines.ports import free_port
from producers.attachments import FolderBlobs, blobs_folder
from producers.door import utc_now
from producers.files.inspected import inspect_here
from producers.form_keys import new_key
from producers.submission import File
from schemas.events import ComplaintReceived
from schemas.topics import Lane
from tests.doors import content_of, received_on_kafka, reporter_of
from tests.files import SECRET, picture
from tests.indexing import wait_until
from tests.processes import end, running, start

PATH = "/api/v1/complaints"


@pytest.fixture
def opened(topics: Settings) -> Settings:
    """Settings of an intake without a limit that a test's own load would meet."""
    return topics.model_copy(update={"intake_rate": "100000/second"})


@pytest.fixture
def client(opened: Settings) -> Iterator[httpx.Client]:
    with running(opened, "intake"), connected(opened) as made:
        yield made


@contextmanager
def connected(settings: Settings) -> Iterator[httpx.Client]:
    """A client of the intake, as soon as it answers."""
    with httpx.Client(base_url=f"http://127.0.0.1:{settings.intake_port}", timeout=30) as made:

        def answers() -> bool:
            try:
                return made.get("/healthz").status_code == 200
            except httpx.TransportError:
                return False

        wait_until(answers, 30)
        yield made


def post(client: httpx.Client, key: str, **body: Any) -> httpx.Response:
    return client.post(PATH, json={"text": f"keluhan {key}"} | body, headers={"idempotency-key": key})


def test_what_was_accepted_is_on_the_topic_of_its_lane_and_opens(opened: Settings, client: httpx.Client) -> None:
    ordinary = post(client, "k1", reporter={"name": "Sari Contoh"}, provinsi="53").json()
    urgent = post(client, "k2", text="anak saya mau bunuh diri karena dipukuli guru").json()
    keyring = Keyring(opened.data_dir / "keyring")
    events = {event.complaint_id: event for event in received_on_kafka(opened)}
    assert events[ordinary["complaint_id"]].lane is Lane.ORDINARY
    assert events[urgent["complaint_id"]].lane is Lane.URGENT
    event = events[ordinary["complaint_id"]]
    assert isinstance(event, ComplaintReceived)
    assert content_of(keyring, event).text == "keluhan k1"
    reporter = reporter_of(keyring, event)
    assert reporter is not None
    assert reporter.name == "Sari Contoh"
    assert b"Sari" not in (opened.data_dir / "intake.log").read_bytes()


def test_the_same_key_is_one_complaint_and_another_body_422(opened: Settings, client: httpx.Client) -> None:
    with ThreadPoolExecutor(20) as pool:
        receipts = list(pool.map(lambda _: post(client, "k1").json(), range(20)))
    assert all(one == receipts[0] for one in receipts)
    assert post(client, "k1", text="lain").status_code == 422
    assert len({event.event_id for event in received_on_kafka(opened)}) == 1


def test_a_form_with_files_gives_clean_blobs_that_open(opened: Settings, client: httpx.Client) -> None:
    sent = [picture("JPEG", size=(300, 200 + n)) for n in range(3)]
    files = [("attachments", (f"{n}.jpg", data, "application/octet-stream")) for n, data in enumerate(sent)]
    key = new_key(opened.require_secret(), utc_now() - timedelta(minutes=1))
    assert client.post("/lapor", data={"text": "lihat lampiran", "key": key}, files=files).status_code == 200
    [event] = received_on_kafka(opened)
    blobs = FolderBlobs(blobs_folder(opened))
    content = content_of(Keyring(opened.data_dir / "keyring"), event)
    kept = [unseal_blob(one.key, one.blob_id, blobs.get(one.blob_id)) for one in content.attachments]
    assert kept == [inspected.data for inspected in inspect_here([File("", "", data) for data in sent])]
    assert not any(SECRET in data for data in kept)


def test_a_killed_intake_loses_nothing_that_it_accepted_and_retries_double_nothing(opened: Settings) -> None:
    """kill -9 while eight clients send; each then sends everything again, as clients do."""
    accepted: dict[str, str] = {}
    lock = threading.Lock()

    def send(client: httpx.Client, number: int) -> None:
        try:
            response = post(client, f"k{number}")
        except httpx.TransportError:
            return
        if response.status_code == 202:
            with lock:
                accepted[f"k{number}"] = response.json()["complaint_id"]

    process = start(opened, "intake")
    try:
        with connected(opened) as client, ThreadPoolExecutor(8) as pool:
            sending = [pool.submit(send, client, number) for number in range(600)]
            wait_until(lambda: len(accepted) > 100, 30, every=0.01)
            process.kill()
            process.wait(10)
            for one in sending:
                one.result()
    finally:
        end(process)
    before = dict(accepted)
    assert len(before) < 600
    assert set(before.values()) <= {event.complaint_id for event in received_on_kafka(opened)}
    with running(opened, "intake"), connected(opened) as client, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: send(client, number), range(600)))
    events = received_on_kafka(opened)
    assert len(accepted) == 600
    assert all(accepted[key] == complaint for key, complaint in before.items())
    assert {event.complaint_id for event in events} == set(accepted.values())
    assert {event.event_id for event in events if isinstance(event, ComplaintReceived)} == {e.event_id for e in events}


def test_two_intakes_on_one_data_folder_agree_on_a_key(opened: Settings) -> None:
    other = opened.model_copy(update={"intake_port": free_port()})
    with running(opened, "intake"), connected(opened) as one, running(other, "intake"), connected(other) as two:
        statuses = [
            (post(one, f"k{number}").status_code, post(two, f"k{number}", text="lain").status_code)
            for number in range(20)
        ]
    assert statuses == [(202, 422)] * 20
