"""The escalator on a real broker and a real mail server: urgent cases at once, every mail at least once."""

import email
import time
from contextlib import AbstractContextManager

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from elasticsearch import Elasticsearch

from aduan.connections.publisher import Publisher
from aduan.escalation_mail import message_id
from aduan.keyring import Keyring
from aduan.settings import Settings
from aduan.units import load_units
from consumers.index import ensure_indexes
from ops.commands.escalation import run_escalator
from ops.engines.ports import free_port
from schemas.events import CaseEscalated, CaseOpened, CaseReclassified, EscalationCause, Routing
from tests.case_log import case_record, dead_letters, events_on_log, publish_cases, wait_for_escalations
from tests.chosen_engines import ChosenEngines
from tests.factories import NOW, case_opened, case_resolved, classification, complaint_id, reply_added
from tests.indexing import indexing
from tests.mailbox import mails_to, wait_for_mails
from tests.threads import in_a_thread

UNITS = load_units()


def escalating(settings: Settings) -> AbstractContextManager[None]:
    return in_a_thread(run_escalator, settings)


def urgent(n: int, unit: str, source: str) -> CaseOpened:
    return case_opened(
        complaint_id=complaint_id(n, source),
        classification=classification(n, prioritas="darurat", kategori="kekerasan", kerahasiaan="rahasia"),
        routing=Routing(unit=unit, due_at=NOW),
    )


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


def test_an_urgent_case_that_can_not_be_read_is_a_dead_letter(topics: Settings) -> None:
    publisher = Publisher(topics, "tests")
    broken = case_record(topics, urgent(1, "dinas-1103", topics.namespace))._replace(value=b'{"type": "CaseOpened"}')
    publisher.publish([broken, case_record(topics, urgent(2, "dinas-1103", topics.namespace))])
    publisher.close()
    with escalating(topics):
        assert len(wait_for_escalations(topics, 1)) == 1
        (letter,) = dead_letters(topics)
    assert (letter.reason, letter.group) == ("invalid_event", topics.group("escalator"))


class RefusesOne:
    """A mail server's rules: one address is refused for good."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.taken: list[tuple[str, str]] = []

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: object, _session: object, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address == self.address:
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: object, _session: object, envelope: Envelope) -> str:  # noqa: N802
        message = email.message_from_bytes(envelope.original_content or b"")
        self.taken.append((envelope.rcpt_tos[0], str(message["Message-ID"])))
        return "250 OK"


def test_a_refused_address_is_a_dead_letter_and_the_next_contact_is_told_at_once(topics: Settings) -> None:
    first, second, *_ = UNITS.chain("dinas-1104")
    server = RefusesOne(first.address)
    mail = Controller(server, hostname="127.0.0.1", port=free_port())
    mail.start()
    publish_cases(topics, [urgent(1, "dinas-1104", topics.namespace)])
    with escalating(topics.model_copy(update={"mail_out_port": mail.port})):
        told, onward = wait_for_escalations(topics, 2)
        deadline = time.monotonic() + 10
        while not server.taken and time.monotonic() < deadline:
            time.sleep(0.05)
    mail.stop()
    assert (told.contact, onward.contact, onward.level) == (first.code, second.code, 2)
    assert server.taken == [(second.address, message_id(onward, topics.mail_from))]
    (letter,) = dead_letters(topics)
    assert (letter.reason, letter.event_type, letter.complaint_id) == (
        "mail_refused",
        "CaseEscalated",
        told.complaint_id,
    )


def test_without_a_search_engine_urgent_events_are_escalated_all_the_same(
    topics: Settings, engines: ChosenEngines
) -> None:
    blind = topics.model_copy(update={"elasticsearch_url": "http://127.0.0.1:1", "escalation_sweep": 0.2})
    publish_cases(topics, [urgent(1, "dinas-1105", topics.namespace)])
    with escalating(blind):
        assert len(wait_for_mails(engines, UNITS.chain("dinas-1105")[0].address)) == 1
        time.sleep(1)


def test_a_report_against_a_superior_is_not_mailed_to_it(topics: Settings, engines: ChosenEngines) -> None:
    opened = urgent(1, "dinas-1107", topics.namespace)
    accusing = opened.classification.model_copy(update={"accused": ("bpmp",)})
    publish_cases(topics, [opened.model_copy(update={"classification": accusing})])
    with escalating(topics):
        (escalated,) = wait_for_escalations(topics, 1)
        wait_for_mails(engines, UNITS.chain("dinas-1107")[0].address)
    assert escalated.then
    assert not [code for code in escalated.then if code.startswith("bpmp")]


def test_words_of_danger_in_a_reply_to_a_resolved_case_open_it_again_and_reach_its_unit(
    topics: Settings, engines: ChosenEngines, search: Elasticsearch
) -> None:
    case = complaint_id(1, topics.namespace)
    keyring = Keyring(topics.data_dir / "keyring")
    calm = case_opened(keyring=keyring, complaint_id=case, routing=Routing(unit="dinas-1108", due_at=NOW))
    danger = "Tolong, anak saya diancam akan dibunuh oleh gurunya"
    reply = reply_added(keyring=keyring, complaint_id=case, text=danger)
    ensure_indexes(topics, search)
    publish_cases(topics, [calm, case_resolved(complaint_id=case), reply])
    first = UNITS.chain("dinas-1108")[0]
    with indexing(topics), escalating(topics):
        (escalated,) = wait_for_escalations(topics, 1)
        mails = [one for one in wait_for_mails(engines, first.address) if calm.tracking_number in str(one["Subject"])]
    assert (escalated.cause, escalated.contact) == (EscalationCause.URGENT, first.code)
    assert [one["Message-ID"] for one in mails] == [message_id(escalated, topics.mail_from)]
    (raised,) = events_on_log(topics, CaseReclassified)
    assert isinstance(raised, CaseReclassified)
    assert (raised.prioritas, raised.reopens, raised.actor) == ("darurat", True, "escalator")
