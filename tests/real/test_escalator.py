"""The escalator on a real broker and a real mail server: urgent cases at once, every mail at least once."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from aduan.escalation_mail import message_id
from aduan.settings import Settings
from aduan.units import load_units
from ops.commands.escalation import run_escalator
from schemas.events import CaseEscalated, CaseOpened, EscalationCause, Routing
from tests.case_log import dead_letters, events_on_log, publish_cases
from tests.chosen_engines import ChosenEngines
from tests.factories import NOW, case_opened, classification, complaint_id
from tests.mailbox import mails_to, wait_for_mails

UNITS = load_units()


@contextmanager
def escalating(settings: Settings) -> Iterator[None]:
    stop = threading.Event()
    failures: list[BaseException] = []

    def work() -> None:
        try:
            run_escalator(settings, stop)
        except BaseException as error:  # noqa: BLE001 - a thread's failure must reach the test
            failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()
        assert not failures, failures


def urgent(n: int, unit: str, source: str) -> CaseOpened:
    return case_opened(
        complaint_id=complaint_id(n, source),
        classification=classification(n, prioritas="darurat", kategori="kekerasan", kerahasiaan="rahasia"),
        routing=Routing(unit=unit, due_at=NOW),
    )


def wait_for_escalations(settings: Settings, count: int, within: float = 20.0) -> list[CaseEscalated]:
    deadline = time.monotonic() + within
    while True:
        found = [event for event in events_on_log(settings, CaseEscalated) if isinstance(event, CaseEscalated)]
        if len(found) >= count or time.monotonic() > deadline:
            return found
        time.sleep(0.2)


def test_an_urgent_case_is_on_the_log_and_in_the_mailbox_of_its_unit(topics: Settings, engines: ChosenEngines) -> None:
    opened = urgent(1, "dinas-1101", topics.namespace)
    publish_cases(topics, [case_opened(2), opened, case_opened(3)])
    with escalating(topics):
        (escalated,) = wait_for_escalations(topics, 1)
        first = UNITS.chain("dinas-1101")[0]
        assert (escalated.complaint_id, escalated.level, escalated.cause) == (
            opened.complaint_id,
            1,
            EscalationCause.URGENT,
        )
        assert (escalated.unit, escalated.contact) == ("dinas-1101", first.code)
        ours = [
            mail for mail in wait_for_mails(engines, first.address) if opened.tracking_number in str(mail["Subject"])
        ]
        assert [mail["Message-ID"] for mail in ours] == [message_id(escalated, topics.mail_from)]


def test_an_escalator_that_starts_again_has_nothing_left_to_do(topics: Settings, engines: ChosenEngines) -> None:
    publish_cases(topics, [urgent(1, "dinas-1102", topics.namespace)])
    address = UNITS.chain("dinas-1102")[0].address
    with escalating(topics):
        assert len(wait_for_mails(engines, address)) == 1
        time.sleep(2)  # it reads its own event back, and commits
    with escalating(topics):
        time.sleep(3)
    assert len(mails_to(engines, address)) == 1
    assert len(events_on_log(topics, CaseEscalated)) == 1


@pytest.mark.usefixtures("engines")
def test_an_urgent_case_that_can_not_be_read_is_a_dead_letter(topics: Settings) -> None:
    from aduan.connections.publisher import Publisher  # noqa: PLC0415
    from tests.case_log import case_record  # noqa: PLC0415

    publisher = Publisher(topics, "tests")
    broken = case_record(topics, urgent(1, "dinas-1103", topics.namespace))._replace(value=b'{"type": "CaseOpened"}')
    publisher.publish([broken, case_record(topics, urgent(2, "dinas-1103", topics.namespace))])
    publisher.close()
    with escalating(topics):
        assert len(wait_for_escalations(topics, 1)) == 1
        (letter,) = dead_letters(topics)
    assert (letter.reason, letter.group) == ("invalid_event", topics.group("escalator"))
