"""The notifier on a real broker and mail server: each reporter is told once, whatever is killed, and machines never."""

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime, timedelta
from email.message import Message
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from elasticsearch import Elasticsearch

from aduan.acknowledgement import acknowledgement_id
from aduan.connections.log_reader import LogRecord
from aduan.keyring import Keyring
from aduan.privacy import Purpose, seal_model
from aduan.settings import Settings
from consumers import vault
from consumers.group_offsets import committed_offsets
from consumers.index import ensure_indexes, reporters_index
from consumers.parked import Parked
from ops.commands.notifying import answering_of, run_notifier
from ops.engines.ports import free_port
from schemas.codec import encode
from schemas.content import Reporter
from schemas.events import CaseOpened
from tests.case_log import cases_on_log, dead_letters, publish_cases
from tests.chosen_engines import ChosenEngines
from tests.factories import case_opened, complaint_id, reporter_erased
from tests.mailbox import mails_to, wait_for_mails
from tests.processes import running
from tests.threads import in_a_thread


def notifying(settings: Settings) -> AbstractContextManager[None]:
    return in_a_thread(run_notifier, settings)


def new_address() -> str:
    return f"pelapor-{secrets.token_hex(6)}@contoh.example"


def opened(settings: Settings, n: int, address: str, **changes: Any) -> CaseOpened:
    """A case of now, reported from that address."""
    now = datetime.now(UTC)
    key = Keyring(settings.data_dir / "keyring").current(now)
    complaint = complaint_id(n, settings.namespace)
    sealed = seal_model(key, Purpose.REPORTER, complaint, Reporter(name="Sari Contoh", email=address))
    return case_opened(n, complaint_id=complaint, received_at=now, sealed_reporter=sealed, **changes)


def expected(settings: Settings, events: Sequence[CaseOpened]) -> list[str]:
    return sorted(acknowledgement_id(event.complaint_id, answering_of(settings)) for event in events)


def ids(mails: Sequence[Message]) -> list[str]:
    return sorted(str(mail["Message-ID"]) for mail in mails)


def test_each_reporter_is_told_once_and_a_restart_tells_nobody_again(topics: Settings, engines: ChosenEngines) -> None:
    address = new_address()
    events = [opened(topics, n, address) for n in range(5)]
    publish_cases(topics, events)
    with notifying(topics):
        mails = wait_for_mails(engines, address, 5)
    assert ids(mails) == expected(topics, events)
    publish_cases(topics, events)  # a replay of the log
    with notifying(topics):
        last = opened(topics, 9, address)
        publish_cases(topics, [last])
        mails = wait_for_mails(engines, address, 6)
    assert ids(mails) == expected(topics, [*events, last])


def test_fifty_vacation_replies_get_no_answer(topics: Settings, engines: ChosenEngines) -> None:
    address = new_address()
    person = opened(topics, 99, address)
    publish_cases(topics, [*(opened(topics, n, address, automated=True) for n in range(50)), person])
    with notifying(topics):
        wait_for_mails(engines, address)
        time.sleep(1)
    assert ids(mails_to(engines, address)) == expected(topics, [person])


def test_a_mail_server_that_is_away_delays_answers_and_loses_none(topics: Settings, engines: ChosenEngines) -> None:
    address = new_address()
    events = [opened(topics, n, address) for n in range(3)]
    publish_cases(topics, events)
    with notifying(topics.model_copy(update={"mail_out_port": free_port()})):
        time.sleep(2)
    with notifying(topics):
        assert ids(wait_for_mails(engines, address, 3)) == expected(topics, events)


def test_a_notifier_that_is_killed_goes_on_where_it_was(topics: Settings, engines: ChosenEngines) -> None:
    address = new_address()
    events = [opened(topics, n, address) for n in range(150)]
    publish_cases(topics, events)
    with running(topics, "notifier") as process:
        assert wait_for_mails(engines, address, 20)
        process.kill()
        process.wait(10)
    with running(topics, "notifier"):
        mails = wait_for_mails(engines, address, 150, within=30)
    assert sorted(set(ids(mails))) == expected(topics, events)
    assert len(mails) <= len(events) + 1  # the one in hand at the kill may come twice, recognisably


def wait_until(reached: Callable[[], bool], within: float = 15.0) -> bool:
    deadline = time.monotonic() + within
    while not (done := reached()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return done


def unread(settings: Settings) -> int:
    """Records that the notifier's group has not committed."""
    committed = committed_offsets(settings, settings.group("notifier"))
    return cases_on_log(settings) - sum(committed.values())


class Listens:
    """A mail server that notes the envelopes it takes."""

    def __init__(self) -> None:
        self.senders: list[str | None] = []

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: object, _session: object, envelope: Envelope
    ) -> str:
        self.senders.append(envelope.mail_from)
        return "250 OK"


def test_an_answer_has_no_sender_on_its_envelope_so_that_no_machine_answers_it(topics: Settings) -> None:
    server = Listens()
    publish_cases(topics, [opened(topics, 1, new_address())])
    controller = Controller(server, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        with notifying(topics.model_copy(update={"mail_out_port": controller.port, "mail_out_bounces": ""})):
            deadline = time.monotonic() + 15
            while not server.senders and time.monotonic() < deadline:
                time.sleep(0.05)
    finally:
        controller.stop()
    assert [(sender or "").strip("<>") for sender in server.senders] == [""]


def test_an_address_that_no_server_can_take_stops_nobody_elses_answer(topics: Settings) -> None:
    server = Listens()
    wrong = ["sari@", "(sari@contoh.id", "sar\u00ed@contoh.id"]
    events = [opened(topics, n, address) for n, address in enumerate([*wrong, new_address()])]
    publish_cases(topics, events)
    controller = Controller(server, hostname="127.0.0.1", port=free_port(), enable_SMTPUTF8=False)
    controller.start()
    try:
        with notifying(topics.model_copy(update={"mail_out_port": controller.port})):
            assert wait_until(lambda: unread(topics) == 0)
    finally:
        controller.stop()
    assert len(server.senders) == 1


def test_an_opening_that_is_on_the_log_twice_holds_no_commit(topics: Settings, engines: ChosenEngines) -> None:
    address = new_address()
    event = opened(topics, 1, address)
    publish_cases(topics, [event, event])
    with notifying(topics):
        assert wait_until(lambda: unread(topics) == 0)
    assert len(mails_to(engines, address)) == 1


class Fussy(Listens):
    """A mail server that says "not now" to some addresses, for ever."""

    def __init__(self, *never: str) -> None:
        super().__init__()
        self.never = frozenset(never)
        self.recipients: list[str] = []

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: object, _session: object, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.never:
            return "450 4.2.1 not now"
        envelope.rcpt_tos.append(address)
        self.recipients.append(address)
        return "250 OK"


@contextmanager
def listening(server: Listens, port: int | None = None) -> Iterator[int]:
    controller = Controller(server, hostname="127.0.0.1", port=port or free_port())
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def test_an_address_that_says_not_now_for_ever_holds_no_commit_and_is_given_up_as_a_dead_letter(
    topics: Settings, search: Elasticsearch
) -> None:
    ensure_indexes(topics, search)
    never, other = new_address(), new_address()
    server = Fussy(never)
    publish_cases(topics, [opened(topics, 1, never), opened(topics, 2, other)])
    with listening(server) as port:
        patient = topics.model_copy(update={"mail_out_port": port})
        with notifying(patient):
            assert wait_until(lambda: unread(topics) == 0)
        assert server.recipients == [other]
        assert dead_letters(topics) == []
        with notifying(patient.model_copy(update={"acknowledge_give_up": 0.1})):
            assert wait_until(lambda: len(dead_letters(topics)) == 1)
    (letter,) = dead_letters(topics)
    assert (letter.reason, letter.complaint_id) == ("answer_not_taken", complaint_id(1, topics.namespace))
    with closing(Parked(topics.data_dir / "parked.sqlite")) as parked:
        assert parked.count() == 0


def test_what_was_parked_goes_out_when_its_address_takes_mail_again(
    topics: Settings, engines: ChosenEngines, search: Elasticsearch
) -> None:
    ensure_indexes(topics, search)
    address = new_address()
    event = opened(topics, 1, address)
    publish_cases(topics, [event])
    with listening(Fussy(address)) as port, notifying(topics.model_copy(update={"mail_out_port": port})):
        assert wait_until(lambda: unread(topics) == 0)
    with notifying(topics):
        assert ids(wait_for_mails(engines, address)) == expected(topics, [event])


def test_an_erasure_takes_back_the_answer_that_waits_for_the_mail_server(
    topics: Settings, engines: ChosenEngines
) -> None:
    address = new_address()
    event = opened(topics, 1, address)
    with notifying(topics.model_copy(update={"mail_out_port": free_port()})):
        publish_cases(topics, [event])
        publish_cases(topics, [reporter_erased(1, complaint_id=event.complaint_id)])
        assert wait_until(lambda: unread(topics) == 0), "only an answer that nobody waits for lets the commit go on"
    assert mails_to(engines, address) == []


def mark_erased(settings: Settings, search: Elasticsearch, event: CaseOpened) -> None:
    marker = vault.marker(event.complaint_id, event.occurred_at, event.occurred_at)
    document = marker.model_dump(mode="json", exclude_none=True)
    search.index(index=reporters_index(settings), id=event.complaint_id, document=document)


def park(settings: Settings, event: CaseOpened, since: datetime) -> None:
    """As a notifier leaves the answer of this opening on disk."""
    key, value, headers = encode(event, source="/test")
    with closing(Parked(settings.data_dir / "parked.sqlite")) as parked:
        record = LogRecord(settings.topics.cases, 0, 0, 0, key, value, headers)
        parked.park(event.complaint_id, record, since)


def test_of_what_was_parked_too_long_the_erased_become_no_dead_letter(topics: Settings, search: Elasticsearch) -> None:
    ensure_indexes(topics, search)
    erased, other = (opened(topics, n, new_address()) for n in range(2))
    mark_erased(topics, search, erased)
    for event in (erased, other):
        park(topics, event, datetime.now(UTC) - timedelta(days=3))
    with notifying(topics):
        assert wait_until(lambda: len(dead_letters(topics)) > 0)
    assert [letter.complaint_id for letter in dead_letters(topics)] == [other.complaint_id]
    with closing(Parked(topics.data_dir / "parked.sqlite")) as parked:
        assert parked.count() == 0


def test_an_opening_that_waited_is_answered_only_when_the_index_knows_of_no_erasure(
    topics: Settings, engines: ChosenEngines, search: Elasticsearch
) -> None:
    erased, other = new_address(), new_address()
    long_ago = datetime.now(UTC) - timedelta(minutes=5)
    events = [
        opened(topics, n, address).model_copy(update={"occurred_at": long_ago})
        for n, address in enumerate((erased, other))
    ]
    ensure_indexes(topics, search)
    mark_erased(topics, search, events[0])
    publish_cases(topics, events)
    with notifying(topics):
        assert ids(wait_for_mails(engines, other)) == expected(topics, [events[1]])
        assert wait_until(lambda: unread(topics) == 0)
    assert mails_to(engines, erased) == []


def test_answers_that_another_notifier_takes_over_are_sent_by_that_one_alone(topics: Settings) -> None:
    addresses = [new_address() for _ in range(12)]
    events = [opened(topics, n, address) for n, address in enumerate(addresses)]
    publish_cases(topics, events)
    away, second, first = free_port(), Fussy(), Fussy()
    with notifying(topics.model_copy(update={"mail_out_port": away})):
        time.sleep(3)  # it has read all, and its mail server is away
        with listening(second) as port, notifying(topics.model_copy(update={"mail_out_port": port})):
            assert wait_until(lambda: len(second.recipients) > 0)
            with listening(first, away):
                assert wait_until(lambda: unread(topics) == 0)
    assert sorted(first.recipients + second.recipients) == sorted(addresses)
