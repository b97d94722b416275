"""WhatsApp's Cloud API: what people write is a complaint, in words; receipts, stickers and the like are counted."""

import pytest

from producers.social.meta import read_delivery
from producers.submission import Submission
from schemas.content import ReplyPath, Reporter
from schemas.events import ReplyKind
from tests.social_payloads import payloads, raw

FIRST = "wamid.HBgNNjI4MTEwMDAwMDAxFQIAEhg0001"


def said(name: str) -> Submission:
    """The one submission in a payload."""
    [found] = read_delivery(raw("whatsapp", name)).submissions
    return found


def test_a_message_is_a_private_complaint_of_a_named_person_who_can_be_answered() -> None:
    found = said("text")
    assert (found.account, found.sender, found.external_id) == ("whatsapp:106540352242922", "628110000001", FIRST)
    assert found.text == "Dana PIP anak saya belum cair sejak Mei, mohon dibantu."
    assert found.reporter == Reporter(
        name="Sari Contoh",
        phone="+628110000001",
        external_id="whatsapp:628110000001",
        reply=ReplyPath(via="whatsapp", account="106540352242922", to="628110000001", ref=FIRST),
    )
    assert not found.origin.public
    assert found.sent_at is not None
    assert found.sent_at.isoformat() == "2025-11-25T04:00:01+00:00"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("image", "Kuitansi pungutan seragam\n[image] whatsapp:2754859441498128"),
        ("document", "[document] surat.pdf whatsapp:1376223850470843"),
        ("audio", "[audio] whatsapp:1908647269898587"),
        ("button", "Lanjutkan"),
        ("interactive", "Pungutan\nPungutan di sekolah"),
        ("location", "[location] SD Negeri Contoh 1, Jalan Rekaan 1, Garut (-7.2278, 107.9087)"),
        ("contacts", "[contact] Kepala Sekolah Contoh +62 811-0000-0002"),
    ],
)
def test_every_kind_of_message_is_kept_in_words(name: str, text: str) -> None:
    assert said(name).text == text


@pytest.mark.parametrize("name", ["reaction", "sticker", "unsupported", "status"])
def test_what_says_nothing_is_counted_by_kind(name: str) -> None:
    found = read_delivery(raw("whatsapp", name))
    assert (found.submissions, found.ignored) == ([], {name: 1})


def test_an_answer_an_edit_and_a_deletion_name_the_message_that_they_belong_to() -> None:
    for name, kind in (("answer", ReplyKind.REPLY), ("edit", ReplyKind.EDIT), ("revoke", ReplyKind.DELETION)):
        thread = said(name).thread
        assert thread is not None
        assert (thread.kind, f"whatsapp:{FIRST}" in thread.refs) == (kind, True)
    assert said("edit").text == "Dana PIP anak saya belum cair sejak April, mohon dibantu."
    assert said("revoke").text == ""


def test_a_person_who_hides_their_number_is_known_by_their_business_scoped_id() -> None:
    found = said("username")
    assert found.sender == "ID.13491208655302741918"
    assert found.reporter is not None
    assert (found.reporter.name, found.reporter.handle, found.reporter.phone) == ("Budi Rekaan", "budi.rekaan", None)


def test_one_call_may_hold_several_messages_and_every_payload_is_read() -> None:
    assert [one.text for one in read_delivery(raw("whatsapp", "several")).submissions] == [
        "Selamat pagi",
        "ijazah ditahan sekolah karena SPP",
    ]
    for name in payloads("whatsapp"):
        found = read_delivery(raw("whatsapp", name))
        assert len(found.submissions) + found.ignored.total() > 0
