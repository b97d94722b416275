"""Conversations at the door: only who belongs to a case, or holds the token of our mail about it, adds to it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from aduan.ids import thread_token
from aduan.thread_tokens import complaint_of, thread_message_id
from producers.conversations import KEPT
from producers.submission import File, Submission, Thread
from schemas.content import ReplyPath, Reporter
from schemas.errors import BlockedError, ConflictError, UnavailableError
from schemas.events import Channel, ComplaintReceived, ReplyKind, ReporterReplied
from tests.doors import MemoryDoor, content_of, submission


@pytest.fixture
def made(tmp_path: Path) -> Iterator[MemoryDoor]:
    door = MemoryDoor(tmp_path)
    yield door
    door.close()


def mail(number: int, sender: str = "sari@contoh.id", *, refs: tuple[str, ...] = (), **changes: object) -> Submission:
    """The n-th mail of an invented conversation."""
    own = f"<m{number}@contoh.id>"
    base = submission(
        channel=Channel.EMAIL,
        account="pengaduan@aduan.example",
        sender=sender,
        external_id=own,
        text=f"Surat nomor {number}",
        reporter=Reporter(email=sender),
        thread=Thread(own=(own,), refs=refs),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def replies(made: MemoryDoor) -> list[ReporterReplied]:
    return [event for event in made.publisher.events() if isinstance(event, ReporterReplied)]


def test_an_answer_of_the_same_sender_joins_the_case(made: MemoryDoor) -> None:
    first = made.door.submit(mail(1))
    second = made.door.submit(mail(2, refs=("<m1@contoh.id>",), files=(File("foto.jpg", "image/jpeg", b"x"),)))
    assert (second.complaint_id, second.joined, second.duplicate) == (first.complaint_id, True, False)
    [reply] = replies(made)
    assert (reply.complaint_id, reply.channel, len(reply.attachments)) == (first.complaint_id, Channel.EMAIL, 1)
    assert content_of(made.keyring, reply).text == "Surat nomor 2"
    assert len(made.received()) == 1


def test_an_answer_to_an_answer_joins_too_also_within_one_batch(made: MemoryDoor) -> None:
    outcomes = made.door.submit_many(
        [mail(1), mail(2, refs=("<m1@contoh.id>",)), mail(3, refs=("<gone@contoh.id>", "<m2@contoh.id>"))]
    )
    assert len({one.complaint_id for one in outcomes if not isinstance(one, Exception)}) == 1
    assert [type(event) for event in made.publisher.events()] == [ComplaintReceived, ReporterReplied, ReporterReplied]


@pytest.mark.parametrize("how", ["refs", "tracking"])
def test_a_stranger_who_quotes_a_case_gets_one_of_their_own_that_names_it_for_staff(made: MemoryDoor, how: str) -> None:
    first = made.door.submit(mail(1))
    thread = Thread(refs=("<m1@contoh.id>",)) if how == "refs" else Thread(tracking=first.tracking_number)
    other = made.door.submit(mail(2, "asing@contoh.id", thread=thread))
    assert other.complaint_id != first.complaint_id
    assert not other.joined
    assert [event.origin.related for event in made.received()] == [None, first.complaint_id]
    assert not replies(made)


def test_who_quotes_the_tracking_number_of_an_own_web_complaint_by_mail_joins_it(made: MemoryDoor) -> None:
    first = made.door.submit(submission())  # by the web form, with this address
    again = made.door.submit(mail(2, "Sari@contoh.id", thread=Thread(tracking=first.tracking_number)))
    assert (again.complaint_id, again.joined) == (first.complaint_id, True)


def test_the_token_of_our_acknowledgement_lets_another_address_join(made: MemoryDoor) -> None:
    first = made.door.submit(mail(1))
    ours = thread_message_id(b"s" * 64, first.complaint_id, "aduan.example")
    assert complaint_of(b"s" * 64, ours) == first.complaint_id
    joined = made.door.submit(mail(2, "kantor@contoh.id", refs=(ours,)))
    assert (joined.complaint_id, joined.joined) == (first.complaint_id, True)


def test_a_wrong_token_joins_nothing(made: MemoryDoor) -> None:
    first = made.door.submit(mail(1))
    right = thread_token(b"s" * 64, first.complaint_id)
    wrong = f"<aduan.{first.complaint_id}.{('a' if right[0] != 'a' else 'b') + right[1:]}@aduan.example>"
    other = made.door.submit(mail(2, "asing@contoh.id", refs=(wrong,)))
    assert (other.joined, other.complaint_id == first.complaint_id) == (False, False)


def test_a_mail_that_comes_again_after_its_parent_did_is_still_the_complaint_that_it_was(made: MemoryDoor) -> None:
    early = mail(2, refs=("<m1@contoh.id>",))
    was = made.door.submit(early)
    made.door.submit(mail(1))
    assert made.door.submit(early) == replace(was, duplicate=True)
    assert not replies(made)


def test_the_same_message_id_from_a_stranger_joins_nothing(made: MemoryDoor) -> None:
    first = made.door.submit(mail(1))
    other = made.door.submit(mail(1, "asing@contoh.id"))
    assert (other.joined, other.complaint_id == first.complaint_id) == (False, False)


def test_a_joined_mail_that_is_retried_after_a_crash_is_one_event(made: MemoryDoor) -> None:
    made.door.submit(mail(1))
    made.publisher.writes_then_fails = True
    with pytest.raises(UnavailableError):
        made.door.submit(mail(2, refs=("<m1@contoh.id>",)))
    made.publisher.writes_then_fails = False
    assert made.door.submit(mail(2, refs=("<m1@contoh.id>",))).joined
    assert made.door.submit(mail(2, refs=("<m1@contoh.id>",))).duplicate
    assert len({event.event_id for event in replies(made)}) == 1


def test_an_answer_to_a_mail_that_was_never_taken_is_a_complaint_that_nothing_swallows(made: MemoryDoor) -> None:
    made.publisher.away = True
    with pytest.raises(UnavailableError):
        made.door.submit(mail(1))  # its sender was told no, and may never send it again
    made.publisher.away = False
    later = made.door.submit(mail(2, refs=("<m1@contoh.id>",)))
    assert not later.joined
    [kept] = made.received()
    assert kept.complaint_id == later.complaint_id == made.door.submit(mail(2, refs=("<m1@contoh.id>",))).complaint_id
    first = made.door.submit(mail(1))
    assert made.door.submit(mail(3, refs=("<m1@contoh.id>",))).complaint_id == first.complaint_id


def test_a_submission_that_is_refused_as_a_conflict_makes_nobody_part_of_the_case(made: MemoryDoor) -> None:
    first = made.door.submit(submission())
    other = submission(text="Kata lain", reporter=Reporter(email="asing@contoh.id"))
    _, refused = made.door.submit_many([submission(external_id="key-2"), other])
    assert isinstance(refused, ConflictError)
    assert not made.door.submit(mail(3, "asing@contoh.id", thread=Thread(tracking=first.tracking_number))).joined


def test_an_edited_post_joins_its_case_and_a_deletion_of_an_unknown_one_is_refused(made: MemoryDoor) -> None:
    def post(external_id: str, sender: str = "77", **thread: object) -> Submission:
        return submission(
            channel=Channel.SOCIAL,
            account="facebook:1",
            sender=sender,
            external_id=external_id,
            reporter=Reporter(reply=ReplyPath(via="facebook", account="1", to=sender, ref=external_id)),
            thread=Thread(**thread),  # type: ignore[arg-type]
        )

    first = made.door.submit(post("c1", own=("facebook:c1",)))
    made.door.submit(post("c1#2", refs=("facebook:c1",), kind=ReplyKind.EDIT))
    made.door.submit(post("c1#gone", refs=("facebook:c1",), kind=ReplyKind.DELETION))
    assert [(one.complaint_id, one.kind) for one in replies(made)] == [
        (first.complaint_id, ReplyKind.EDIT),
        (first.complaint_id, ReplyKind.DELETION),
    ]
    with pytest.raises(BlockedError):
        made.door.submit(post("c9#gone", refs=("facebook:c9",), kind=ReplyKind.DELETION))
    with pytest.raises(BlockedError):
        made.door.submit(post("c1#x", sender="78", refs=("facebook:c1",), kind=ReplyKind.DELETION))


def test_a_conversation_is_forgotten_a_year_after_it_was_last_named(made: MemoryDoor) -> None:
    made.door.submit(mail(1))
    made.now += KEPT + timedelta(days=1)
    assert made.door.purge() > 0
    assert not made.door.submit(mail(2, refs=("<m1@contoh.id>",))).joined


def test_the_file_of_conversations_holds_no_address_and_no_message_id(made: MemoryDoor, tmp_path: Path) -> None:
    made.door.submit(mail(1))
    made.close()
    raw = b"".join(path.read_bytes() for path in tmp_path.glob("claims.sqlite*"))
    assert b"sari" not in raw
    assert b"m1@" not in raw
