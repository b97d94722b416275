"""The outbox: each mail goes until the server took or refused it, and one address never holds up the others."""

import threading
import time

import pytest

from aduan.connections.patience import jittered
from consumers.mailer import AddressUnavailableError
from consumers.outbox import Outbox, Outcome
from schemas.errors import Reason, RefusedError, UnavailableError


class Server:
    """A mail server of a test: `fate` says per subject what happens, once per attempt; then it takes the mail."""

    def __init__(self, **fate: list[Exception]) -> None:
        self.fate = fate
        self.taken: list[str] = []
        self.in_hand = ""
        self.open = threading.Event()
        self.open.set()

    def hand_over(self, payload: bytes) -> None:
        subject = payload.decode()
        self.in_hand = subject
        self.open.wait(5)
        if self.fate.get(subject):
            raise self.fate[subject].pop(0)
        self.taken.append(subject)


def mail(subject: str) -> bytes:
    return subject.encode()


def settled(outbox: Outbox, count: int) -> list[Outcome]:
    found: list[Outcome] = []
    deadline = time.monotonic() + 10
    while len(found) < count and time.monotonic() < deadline:
        found += outbox.outcomes()
        time.sleep(0.005)
    outbox.close()
    return found


def test_a_mail_is_handed_over_and_its_outcome_told() -> None:
    server = Server()
    outbox = Outbox(server.hand_over)
    outbox.put("a", mail("a"))
    assert settled(outbox, 1) == [Outcome("a", refused=False)]
    assert server.taken == ["a"]


def test_a_mail_that_waits_already_is_not_sent_twice() -> None:
    server = Server()
    server.open.clear()
    outbox = Outbox(server.hand_over)
    for _ in range(3):
        outbox.put("a", mail("a"))
    assert "a" in outbox
    assert len(outbox) == 1
    server.open.set()
    settled(outbox, 1)
    assert server.taken == ["a"]


def test_a_mail_whose_outcome_was_not_told_yet_is_not_sent_again() -> None:
    server = Server()
    outbox = Outbox(server.hand_over)
    outbox.put("a", mail("a"))
    while not server.taken:
        time.sleep(0.005)
    outbox.put("a", mail("a"))
    settled(outbox, 1)
    assert server.taken == ["a"]


def test_a_server_that_is_away_gets_the_mail_when_it_is_back() -> None:
    server = Server(a=[UnavailableError("away"), UnavailableError("away")])
    outbox = Outbox(server.hand_over)
    outbox.put("a", mail("a"))
    assert settled(outbox, 1) == [Outcome("a", refused=False)]


def test_a_refused_mail_is_told_and_not_tried_again() -> None:
    server = Server(a=[RefusedError(Reason.MAIL_REFUSED)])
    outbox = Outbox(server.hand_over)
    outbox.put("a", mail("a"))
    assert settled(outbox, 1) == [Outcome("a", refused=True)]
    assert server.taken == []


def test_an_address_that_can_not_be_served_now_does_not_hold_up_the_others() -> None:
    server = Server(a=[AddressUnavailableError("later")])
    outbox = Outbox(server.hand_over)
    outbox.put("a", mail("a"))
    outbox.put("b", mail("b"))
    settled(outbox, 2)
    assert server.taken == ["b", "a"]


def test_closing_leaves_waiting_mails_to_the_log() -> None:
    server = Server(a=[UnavailableError("away")] * 100)
    outbox = Outbox(server.hand_over)
    outbox.put("a", mail("a"))
    began = time.monotonic()
    outbox.close()
    assert time.monotonic() - began < 3
    assert outbox.outcomes() == []


@pytest.mark.parametrize("attempt", [0, 3, 10, 1_000])
def test_the_wait_grows_to_a_bound_and_may_be_anything_below_it(attempt: int) -> None:
    assert jittered(attempt, 0.0) == 0.0
    assert jittered(attempt, 1.0) <= 30.0
    assert jittered(attempt, 1.0) >= jittered(max(0, attempt - 1), 1.0)


def test_an_urgent_mail_overtakes_those_that_wait() -> None:
    server = Server()
    server.open.clear()
    outbox = Outbox(server.hand_over)
    for key in ("first", "overdue 1", "overdue 2"):
        outbox.put(key, mail(key))
    outbox.put("urgent", mail("urgent"), urgent=True)
    server.open.set()
    settled(outbox, 4)
    assert server.taken.index("urgent") < server.taken.index("overdue 1")


def test_an_urgent_mail_overtakes_those_that_wait_also_after_the_server_was_away() -> None:
    server = Server(urgent=[UnavailableError("away"), UnavailableError("away")])
    server.open.clear()
    outbox = Outbox(server.hand_over)
    outbox.put("urgent", mail("urgent"), urgent=True)
    for key in ("overdue 1", "overdue 2"):
        outbox.put(key, mail(key))
    server.open.set()
    settled(outbox, 3)
    assert server.taken == ["urgent", "overdue 1", "overdue 2"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_outbox_that_an_unforeseen_error_ended_says_so() -> None:
    server = Server(a=[RuntimeError("unforeseen")])
    outbox = Outbox(server.hand_over)
    assert outbox.alive
    outbox.put("a", mail("a"))
    deadline = time.monotonic() + 10
    while outbox.alive and time.monotonic() < deadline:
        time.sleep(0.005)
    assert not outbox.alive


def test_a_mail_whose_address_takes_none_of_a_few_tries_is_told_as_later() -> None:
    server = Server(a=[AddressUnavailableError("450")] * 9)
    outbox = Outbox(server.hand_over, tries=2)
    outbox.put("a", mail("a"))
    assert settled(outbox, 1) == [Outcome("a", refused=False, later=True)]
    assert len(server.fate["a"]) == 7


def test_a_mail_that_was_dropped_is_not_sent_and_tells_no_outcome() -> None:
    server = Server(first=[UnavailableError("away")])
    server.open.clear()
    outbox = Outbox(server.hand_over)
    outbox.put("first", mail("first"))
    outbox.put("a", mail("a"))
    outbox.drop("a")
    assert "a" not in outbox
    server.open.set()
    outbox.put("b", mail("b"))
    assert {outcome.key for outcome in settled(outbox, 2)} == {"first", "b"}
    assert "a" not in server.taken


def held_in_hand(server: Server) -> Outbox:
    """An outbox that is just handing "a" over."""
    server.open.clear()
    outbox = Outbox(server.hand_over)
    outbox.put("a", mail("a"))
    deadline = time.monotonic() + 10
    while server.in_hand != "a" and time.monotonic() < deadline:
        time.sleep(0.005)
    return outbox


@pytest.mark.parametrize("error", [UnavailableError("away"), AddressUnavailableError("450")])
def test_a_mail_that_was_dropped_while_it_was_in_hand_is_not_tried_again(error: UnavailableError) -> None:
    server = Server(a=[error])
    outbox = held_in_hand(server)
    outbox.drop("a")
    assert "a" not in outbox
    outbox.put("b", mail("b"))
    outbox.put("c", mail("c"))
    server.open.set()
    assert [outcome.key for outcome in settled(outbox, 2)] == ["b", "c"]
    assert server.taken == ["b", "c"]


def test_a_mail_in_hand_that_is_dropped_and_put_anew_goes_once() -> None:
    server = Server(a=[UnavailableError("away")])
    outbox = held_in_hand(server)
    outbox.drop("a")
    outbox.put("a", mail("a"))
    outbox.put("b", mail("b"))
    server.open.set()
    assert {outcome.key for outcome in settled(outbox, 2)} == {"a", "b"}
    assert sorted(server.taken) == ["a", "b"]


def test_a_mail_that_waited_goes_only_while_it_is_still_wanted() -> None:
    server = Server()
    outbox = Outbox(server.hand_over, wanted=lambda key: key != "erased", sure_for=0.0)
    outbox.put("erased", mail("erased"))
    outbox.put("other", mail("other"))
    assert settled(outbox, 2) == [Outcome("erased", refused=False, unwanted=True), Outcome("other", refused=False)]
    assert server.taken == ["other"]


def test_a_mail_that_waited_goes_later_when_nobody_can_tell_whether_it_is_wanted() -> None:
    def nobody_knows(_key: str) -> bool:
        raise UnavailableError("away")

    server = Server()
    outbox = Outbox(server.hand_over, wanted=nobody_knows, sure_for=0.0)
    outbox.put("a", mail("a"))
    assert settled(outbox, 1) == [Outcome("a", refused=False, later=True)]
    assert server.taken == []


def test_nobody_is_asked_about_a_mail_that_is_young() -> None:
    server = Server()
    outbox = Outbox(server.hand_over, wanted=lambda _: False)
    outbox.put("a", mail("a"))
    assert settled(outbox, 1) == [Outcome("a", refused=False)]
