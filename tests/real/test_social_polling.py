"""Mentions by asking, from a loopback server that speaks as the platforms do: none missed, none doubled."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from starlette.responses import JSONResponse, Response

from aduan.settings import Settings
from producers.social.loops import SocialLoops
from producers.social.polling import Polling
from producers.social.registry import polled
from producers.social.since import Since
from schemas.events import ComplaintReceived
from tests.doors import MemoryDoor, content_of, received_on_kafka
from tests.indexing import wait_until
from tests.platforms import Platforms, platforms
from tests.processes import running
from tests.social_payloads import payloads

pytestmark = pytest.mark.real
PLACE = {"mastodon": "1100", "x": "7100"}
"""Where the place is once all of a hundred are kept."""


@pytest.fixture
def served() -> Iterator[Platforms]:
    with platforms() as made:
        yield made


@pytest.fixture
def door(tmp_path: Path, served: Platforms) -> Iterator[MemoryDoor]:
    made = MemoryDoor(
        tmp_path,
        mastodon_url=served.url,
        mastodon_token="masto-token",
        x_url=served.url,
        x_user_id="2244994945",
        x_bearer_token="x-bearer",
    )
    yield made
    made.close()


def polling(door: MemoryDoor, name: str) -> tuple[Polling, Since]:
    """As the process makes it; a new one is what a restart makes."""
    [adapter] = [one for one in polled(door.settings) if one.name == name]
    assert adapter.poller is not None
    since = Since(door.settings.data_dir / "social", name, adapter.account(door.settings))
    loops = SocialLoops(door.door.claims, door.settings.require_secret())
    poller = adapter.poller(door.settings)
    return Polling(name, poller, door.door, since=since, loops=loops, seconds=60.0), since


def fill(served: Platforms, name: str, numbers: range) -> None:
    for number in numbers:
        (served.toot if name == "mastodon" else served.post)(number)


def looked(one: Polling) -> float:
    """Look until a pause is wanted; the seconds of it."""
    while (seconds := one.look()) == 0.0:
        pass
    return seconds


def texts(door: MemoryDoor) -> list[str]:
    return [content_of(door.keyring, event).text.removeprefix("keluhan nomor ") for event in door.received()]


@pytest.mark.parametrize("name", PLACE)
class TestPolling:
    def test_every_mention_is_kept_once_oldest_first_and_a_restart_goes_on_at_its_place(
        self, served: Platforms, door: MemoryDoor, name: str
    ) -> None:
        fill(served, name, range(1, 96))
        one, since = polling(door, name)
        assert looked(one) == 60.0
        fill(served, name, range(96, 101))
        again, _ = polling(door, name)
        assert looked(again) == looked(again) == 60.0
        assert texts(door) == [str(number) for number in range(1, 101)]
        assert since.read() == PLACE[name]

    def test_while_kafka_is_away_the_place_does_not_move_and_nothing_needs_a_hand_afterwards(
        self, served: Platforms, door: MemoryDoor, name: str
    ) -> None:
        fill(served, name, range(1, 101))
        one, since = polling(door, name)
        door.publisher.away = True
        for _ in range(3):
            assert 0 <= one.look() <= 8
            assert since.read() == ""
        assert str(one.waiting_for) == "away"
        door.publisher.away = False
        assert looked(one) == 60.0
        assert (len(texts(door)), since.read(), one.waiting_for) == (100, PLACE[name], None)

    def test_what_was_written_but_not_acknowledged_comes_again_as_the_same_complaints(
        self, served: Platforms, door: MemoryDoor, name: str
    ) -> None:
        fill(served, name, range(1, 101))
        one, since = polling(door, name)
        door.publisher.writes_then_fails = True
        one.look()
        assert since.read() == ""
        door.publisher.writes_then_fails = False
        again, _ = polling(door, name)
        looked(again)
        events = door.received()
        assert len(events) > len({event.event_id for event in events}) == 100

    def test_a_kept_page_whose_place_was_not_moved_before_a_crash_is_no_second_complaint(
        self, served: Platforms, door: MemoryDoor, name: str
    ) -> None:
        fill(served, name, range(1, 11))
        one, since = polling(door, name)
        looked(one)
        since.move("")
        again, _ = polling(door, name)
        looked(again)
        assert len(door.received()) == 10

    @pytest.mark.parametrize(
        "answer",
        [
            JSONResponse({"error": "x"}, 503),
            JSONResponse({"error": "x"}, 401),
            Response("<html>", 200),
            Response("", 302, {"location": "http://127.0.0.1:9/"}),
        ],
    )
    def test_a_platform_that_is_away_or_answers_oddly_is_asked_again(
        self, served: Platforms, door: MemoryDoor, name: str, answer: Response
    ) -> None:
        fill(served, name, range(1, 4))
        served.instead.append(answer)
        one, _ = polling(door, name)
        assert one.look() <= 2
        assert one.waiting_for is not None
        assert looked(one) == 60.0
        assert len(texts(door)) == 3


def test_the_pause_that_x_wants_is_kept_and_the_look_goes_on_where_it_was(served: Platforms, door: MemoryDoor) -> None:
    fill(served, "x", range(1, 61))
    one, since = polling(door, "x")
    served.instead.append(JSONResponse({}, 429, {"x-rate-limit-reset": str(int(time.time()) + 900)}))
    assert 890 < one.look() <= 901
    assert one.waiting_for == "x wants a pause (429)"
    assert looked(one) == 60.0
    assert (texts(door), since.read()) == ([str(number) for number in range(1, 61)], "7060")


def test_a_pause_between_two_pages_of_x_loses_neither(served: Platforms, door: MemoryDoor) -> None:
    fill(served, "x", range(1, 61))
    one, _ = polling(door, "x")
    served.instead += [served_page(served), JSONResponse({}, 429, {"retry-after": "7"})]
    assert one.look() == 7
    assert not texts(door)
    assert looked(one) == 60.0
    assert texts(door) == [str(number) for number in range(1, 61)]
    assert sum("pagination_token=25" in asked for asked in served.asked) == 2


def served_page(served: Platforms) -> JSONResponse:
    """The newest page of X as it is."""
    return JSONResponse({"data": served.posts[:-26:-1], "meta": {"result_count": 25, "next_token": "25"}})


def test_an_answer_to_our_own_answer_joins_the_case_that_we_answered(served: Platforms, door: MemoryDoor) -> None:
    fill(served, "mastodon", range(1, 4))
    ours = payloads("mastodon")["own"]["id"]
    for toot, answered in zip(served.toots[1:], ("6001", "6002"), strict=True):
        toot["status"] |= {"in_reply_to_id": answered, "in_reply_to_account_id": ours}
    served.above["5002"] = [
        {"id": "5001", "account": served.toots[0]["status"]["account"]},
        {"id": "6001", "account": {"id": ours}},
    ]
    one, _ = polling(door, "mastodon")
    looked(one)
    first, joined, other = door.publisher.events()
    assert joined.complaint_id == first.complaint_id
    assert other.complaint_id != first.complaint_id  # what stood above it is gone


def test_a_full_disk_leaves_the_place_where_it_was(served: Platforms, door: MemoryDoor) -> None:
    fill(served, "mastodon", range(1, 4))
    (door.settings.data_dir / "social").write_text("a file where the folder should be")
    one, _ = polling(door, "mastodon")
    assert one.look() <= 2
    assert one.waiting_for is not None
    (door.settings.data_dir / "social").unlink()
    assert looked(one) == 60.0
    assert len(door.received()) == 3


def test_the_process_is_killed_again_and_again_and_misses_and_doubles_none(topics: Settings, served: Platforms) -> None:
    settings = topics.model_copy(
        update={
            "mastodon_url": served.url,
            "mastodon_token": SecretStr("masto-token"),
            "social_poll_seconds": 0.05,
        }
    )
    fill(served, "mastodon", range(1, 201))
    for killed in range(2):
        before = len(served.asked)
        with running(settings, "social-poll") as process:
            wait_until(lambda before=before: len(served.asked) > before + 1, 30, 0.01)  # type: ignore[misc]
            process.kill()
            process.wait(10)
        fill(served, "mastodon", range(201 + killed * 20, 221 + killed * 20))
    place = Since(settings.data_dir / "social", "mastodon", served.url)
    with running(settings, "social-poll"):
        wait_until(lambda: place.read() == "1240", 30)
    events = received_on_kafka(settings)
    assert all(isinstance(event, ComplaintReceived) for event in events)
    assert len({event.complaint_id for event in events}) == len({event.event_id for event in events}) == 240
    log = (settings.data_dir / "social-poll.log").read_bytes()
    assert b"masto-token" not in log
    assert b"keluhan" not in log
