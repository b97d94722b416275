"""Admission: submissions by Kafka get the door's own receipts; rubbish gets a reason, and costs no other source."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from producers.door import Door
from producers.submission import Submission
from schemas.errors import Reason, UnavailableError
from schemas.events import NO_COMPLAINT
from schemas.exchange import SubmissionAdmitted, SubmissionRefused
from schemas.topics import MAX_DEAD_LETTER_BYTES, MAX_RAW_BYTES, MAX_TEXT_BYTES, Lane
from tests.admitting import Answer, MemoryAdmission, headers_of, record
from tests.doors import content_of, reporter_of
from tests.files import picture


@pytest.fixture
def made(tmp_path: Path) -> Iterator[MemoryAdmission]:
    admission = MemoryAdmission(tmp_path, "contoh", "lain", admission_run=5)
    yield admission
    admission.made.close()


def refused(answer: Answer) -> SubmissionRefused:
    assert isinstance(answer, SubmissionRefused)
    return answer


def admitted(answer: Answer) -> SubmissionAdmitted:
    assert isinstance(answer, SubmissionAdmitted)
    return answer


def reasons(answers: list[Answer]) -> list[str]:
    return ["admitted" if isinstance(one, SubmissionAdmitted) else one.reason for one in answers]


def test_a_submission_becomes_a_sealed_complaint_and_is_answered_with_its_tracking_number(
    made: MemoryAdmission,
) -> None:
    [answer] = made.settle(
        record(
            1, reporter={"name": "Sari Contoh", "handle": "@sari"}, provinsi="53", sent_at="2026-11-24T09:00:00+07:00"
        )
    )
    [event] = made.made.received()
    said = admitted(answer)
    assert (said.complaint_id, said.submitter, said.lane) == (event.complaint_id, "contoh", Lane.ORDINARY)
    assert said.tracking_number.startswith("ADN-")
    assert (event.source, event.account, event.claimed.provinsi) == ("/adapters/contoh", "contoh/halaman-1", "53")
    assert event.sent_at is not None
    assert event.sent_at.isoformat() == "2026-11-24T02:00:00+00:00"
    assert content_of(made.made.keyring, event).text == "Dana PIP anak saya belum cair, pesan 1."
    reporter = reporter_of(made.made.keyring, event)
    assert reporter is not None
    assert (reporter.name, reporter.handle) == ("Sari Contoh", "@sari")
    assert not made.letters()


def test_the_answer_has_the_submissions_key_and_partition_and_no_secret(made: MemoryAdmission) -> None:
    made.settle(record(7))
    [answer] = made.answers_out.records
    assert (answer.key, answer.partition) == (b"m-7", 7 % 4)
    assert ("ce_submitter", b"contoh") in answer.headers
    assert answer.value is not None
    assert "secret" not in json.loads(answer.value)
    assert b"m-7" not in answer.value, "other adapters read the topic: the external id stands there as a digest"


def test_the_same_submission_again_is_the_same_complaint_and_the_same_answer(made: MemoryAdmission) -> None:
    first = made.settle(record(1))
    again = made.settle(record(1)._replace(offset=99))
    assert first == again
    assert len(made.made.received()) == 1


def test_a_batch_that_was_written_but_not_committed_gives_the_same_when_it_is_read_again(
    made: MemoryAdmission,
) -> None:
    batch = [record(1), record(2, value=b"{"), record(3)]
    made.answers_out.writes_then_fails = True
    with pytest.raises(UnavailableError):
        made.stage.settle(batch)
    made.answers_out.writes_then_fails = False
    made.stage = made.new_stage()
    made.settle(*batch)
    first, again = made.answers()[:3], made.answers()[3:]
    assert [one.event_id for one in first] == [one.event_id for one in again]
    assert len({letter.event_id for letter in made.letters()}) == 1
    assert len(made.made.received()) == 2


def test_nothing_is_said_while_kafka_does_not_take_the_complaint(made: MemoryAdmission) -> None:
    made.made.publisher.away = True
    with pytest.raises(UnavailableError):
        made.stage.settle([record(1), record(2, value=b"{")])
    assert not made.answers_out.records


def test_another_body_under_the_same_id_is_refused_and_the_first_stays(made: MemoryAdmission) -> None:
    answers = made.settle(record(1), record(1, text="lain")._replace(offset=2))
    assert reasons(answers) == ["admitted", "conflict"]
    assert [letter.reason for letter in made.letters()] == ["conflict"]


def test_an_adapter_can_not_take_an_id_of_another_adapter_or_of_a_door_of_ours(made: MemoryAdmission) -> None:
    answers = [admitted(one) for one in made.settle(record(1), record(1, source="/adapters/lain", headers=None))]
    assert len({one.complaint_id for one in answers}) == 2


def test_a_later_message_joins_the_case_of_the_earlier_one_of_the_same_person(made: MemoryAdmission) -> None:
    [first] = made.settle(record(1))
    [later] = made.settle(record(2, in_reply_to=["m-1"], text="Tambahan: sudah dua bulan."))
    [stranger] = made.settle(record(3, in_reply_to=["m-1"], sender="u-99"))
    assert admitted(later).complaint_id == first.complaint_id
    assert admitted(later).joined
    assert admitted(stranger).complaint_id != first.complaint_id


def test_an_adapter_can_not_answer_in_another_adapters_conversation(made: MemoryAdmission) -> None:
    [first] = made.settle(record(1))
    [other] = made.settle(record(2, source="/adapters/lain", account="halaman-1", in_reply_to=["m-1"]))
    assert admitted(other).complaint_id != first.complaint_id


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"value": None}, Reason.NULL_VALUE),
        ({"value": b"{"}, Reason.MALFORMED_JSON),
        ({"value": b'{"text": "\xff"}'}, Reason.WRONG_ENCODING),
        ({"value": b"[" * 100_000}, Reason.MALFORMED_JSON),
        ({"value": b"[]"}, Reason.INVALID_EVENT),
        ({"text": None}, Reason.INVALID_EVENT),
        ({"text": "  "}, Reason.INVALID_EVENT),
        ({"channel": "pigeon"}, Reason.INVALID_EVENT),
        ({"provinsi": "99"}, Reason.INVALID_EVENT),
        ({"text": "é" * (MAX_TEXT_BYTES // 2 + 1)}, Reason.TOO_LARGE),
        ({"sent_at": "2026-11-24T09:00:00"}, Reason.INVALID_EVENT),
        ({"attachments": [{"name": "x", "content_base64": "!"}]}, Reason.INVALID_EVENT),
        ({"key": None}, Reason.WRONG_HEADERS),
        ({"key": b"k" * 256}, Reason.WRONG_HEADERS),
        ({"headers": headers_of(ce_type=b"id.aduan.CaseOpened")}, Reason.WRONG_HEADERS),
        ({"headers": headers_of(ce_specversion=None)}, Reason.WRONG_HEADERS),
        ({"headers": headers_of(ce_id=None)}, Reason.WRONG_HEADERS),
        ({"headers": headers_of(content_type=b"text/xml")}, Reason.WRONG_HEADERS),
        ({"headers": headers_of(ce_source=b"/adapters/nobody")}, Reason.UNKNOWN_SOURCE),
        ({"headers": headers_of(ce_source=b"/producers/web")}, Reason.UNKNOWN_SOURCE),
        ({"headers": headers_of(ce_source=None)}, Reason.UNKNOWN_SOURCE),
        ({"headers": headers_of(ce_source="/adapters/contoh\u0416".encode())}, Reason.UNKNOWN_SOURCE),
        ({"headers": []}, Reason.UNKNOWN_SOURCE),
        ({"kind": "deletion"}, Reason.BLOCKED),
    ],
)
def test_rubbish_is_refused_and_dead_lettered_with_a_reason_and_its_neighbours_pass(
    made: MemoryAdmission, wrong: dict[str, object], reason: Reason
) -> None:
    answers = made.settle(record(1), record(2, **wrong), record(3))  # type: ignore[arg-type]
    assert reasons(answers) == ["admitted", reason.value, "admitted"]
    [letter] = made.letters()
    assert (letter.reason, letter.offset, letter.partition) == (reason.value, 2, 2)
    assert made.original(letter) == record(2, **wrong).value  # type: ignore[arg-type]
    said = refused(answers[1])
    assert (said.complaint_id, said.offset) == (NO_COMPLAINT, 2)


def test_a_refusal_names_fields_and_repeats_nothing_of_the_record(made: MemoryAdmission) -> None:
    [answer] = made.settle(
        record(1, unknown={"3204085606880003": "Sari"}, reporter={"name": "Sari" * 100, "nik-3204085606880003": 1})
    )
    said = refused(answer)
    assert {(error.field, error.code) for error in said.errors} == {
        ("?", "extra_forbidden"),
        ("reporter.name", "string_too_long"),
        ("reporter.?", "extra_forbidden"),
    }
    published = b"".join(one.value or b"" for one in made.answers_out.records)
    assert b"Sari" not in published
    assert b"3204085606880003" not in published


def test_a_source_that_sends_rubbish_is_suspended_and_the_others_go_on(made: MemoryAdmission) -> None:
    made.settle(*(record(n, value=b"{") for n in range(6)))
    assert made.sources.suspended()["contoh"].why == "run"
    answers = made.settle(record(10), record(11, source="/adapters/lain"))
    assert reasons(answers) == ["suspended", "admitted"]
    assert made.letters()[-1].reason == "suspended"


def test_a_suspension_outlives_the_process_until_it_is_lifted(made: MemoryAdmission) -> None:
    made.settle(*(record(n, value=b"{") for n in range(6)))
    made.stage = made.new_stage()
    assert reasons(made.settle(record(10))) == ["suspended"]
    assert made.sources.resume("contoh")
    assert not made.sources.resume("contoh")
    assert reasons(made.settle(record(10))) == ["admitted"], "as when its dead letter is replayed"


def test_rubbish_under_no_registered_name_suspends_nobody(made: MemoryAdmission) -> None:
    made.settle(*(record(n, source="/adapters/x") for n in range(50)))
    assert made.sources.suspended() == {}
    assert reasons(made.settle(record(99))) == ["admitted"]


def test_a_token_that_was_revoked_may_submit_no_more(made: MemoryAdmission) -> None:
    made.tokens.revoke("contoh")
    assert reasons(made.settle(record(1))) == ["unknown_source"]


def test_a_broken_tokens_file_holds_everything_and_turns_nothing_away(made: MemoryAdmission) -> None:
    (made.made.settings.data_dir / "tokens.json").write_text("{")
    with pytest.raises(UnavailableError):
        made.stage.settle([record(1)])
    assert not made.answers_out.records


def test_a_bug_in_the_door_hits_only_the_submission_that_has_it(
    made: MemoryAdmission, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Door.submit_many

    def raises(self: Door, submissions: list[Submission]) -> object:
        if any("aneh" in one.text for one in submissions):
            raise ZeroDivisionError
        return real(self, submissions)

    monkeypatch.setattr(Door, "submit_many", raises)
    assert reasons(made.settle(record(1), record(2, text="aneh"), record(3))) == ["admitted", "bug", "admitted"]


def test_a_signature_with_the_adapters_token_is_taken_and_another_is_not(made: MemoryAdmission) -> None:
    ours = made.sign(record(1), made.secrets["contoh"])
    forged = made.sign(record(2), made.secrets["lain"])
    changed = ours._replace(value=record(3).value, offset=3)
    assert reasons(made.settle(ours, forged, changed)) == ["admitted", "unsigned", "unsigned"]


def test_where_signatures_are_asked_for_nobody_can_write_or_be_suspended_in_anothers_name(tmp_path: Path) -> None:
    made = MemoryAdmission(tmp_path, "contoh", "lain", admission_run=5, admission_signed=True)
    rubbish = [made.sign(record(n, value=b"{"), made.secrets["lain"]) for n in range(20)]
    assert set(reasons(made.settle(*rubbish, record(30)))) == {"unsigned"}
    assert made.sources.suspended() == {}
    assert reasons(made.settle(made.sign(record(40), made.secrets["contoh"]))) == ["admitted"]
    made.made.close()


def test_a_record_larger_than_its_topic_takes_is_turned_away_and_its_dead_letter_fits(made: MemoryAdmission) -> None:
    huge = record(1, value=b'{"text": "' + b"a" * (MAX_RAW_BYTES * 3))
    assert reasons(made.settle(huge, record(2))) == ["too_large", "admitted"]
    assert made.letters()[0].size == len(huge.value or b"")
    assert max(len(one.value or b"") for one in made.answers_out.records) < MAX_DEAD_LETTER_BYTES


def test_a_source_is_suspended_once_however_much_rubbish_a_batch_holds(
    made: MemoryAdmission, capsys: pytest.CaptureFixture[str]
) -> None:
    made.settle(*(record(n, value=b"{") for n in range(60)))
    assert capsys.readouterr().out.count("source_suspended") == 1


def test_a_small_file_is_kept_sealed_and_a_refused_one_is_named(made: MemoryAdmission) -> None:
    image = base64.b64encode(picture("png")).decode()
    taken = record(1, attachments=[{"name": "bukti.png", "media_type": "image/png", "content_base64": image}])
    program = base64.b64encode(b"MZ" + bytes(200)).decode()
    not_taken = record(2, channel="web", attachments=[{"name": "bukti.png", "content_base64": program}])
    answers = made.settle(taken, not_taken)
    [event] = made.made.received()
    assert [one.media_type for one in event.attachments] == ["image/png"]
    assert content_of(made.made.keyring, event).attachments[0].name == "bukti.png"
    assert [error.field for error in refused(answers[1]).errors] == ["attachments.0"]
