"""Two machines that answer each other: counted by sender and subject, silenced, kept; and a person is never lost."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from producers.claims import Claims
from producers.mail_loops import NO_WAY, MailLoops, bare_subject
from producers.mail_parsing import parse_mail
from producers.submission import Submission
from tests.doors import NOW

SECRET = b"an invented secret of thirty-two"


@pytest.fixture
def claims(tmp_path: Path) -> Iterator[Claims]:
    found = Claims(tmp_path / "claims.sqlite")
    yield found
    found.close()


def mail(number: int, *, subject: str = "", sender: str = "robot@contoh.id", text: str = "Saya cuti.") -> Submission:
    raw = f"From: {sender}\nSubject: {subject or f'Surat {number}'}\nMessage-ID: <m{number}@x>\n\n{text}\n"
    return parse_mail(raw.encode(), account="pengaduan@aduan.example", envelope_from=sender)


def judge(claims: Claims, mails: list[Submission], at: datetime = NOW) -> list[bool]:
    """Which of the mails are silenced, when they all arrive at that time."""
    return [one.automated for one in MailLoops(claims, SECRET).judge([(each, at) for each in mails], at)]


def test_ten_mails_of_one_address_are_answered_and_the_others_are_not(claims: Claims) -> None:
    assert judge(claims, [mail(number) for number in range(14)]) == [False] * 10 + [True] * 4


def test_two_of_the_same_subject_are_answered_whatever_re_stands_before_it(claims: Claims) -> None:
    subjects = ["Cuti", "Re: Cuti", "RE: Re:  cuti", "Bls: Cuti", "Surat lain"]
    silenced = judge(claims, [mail(number, subject=subject) for number, subject in enumerate(subjects)])
    assert silenced == [False, False, True, True, False]


def test_after_180_minutes_they_are_answered_again(claims: Claims) -> None:
    judge(claims, [mail(number) for number in range(12)])
    assert judge(claims, [mail(90)], NOW + timedelta(minutes=179)) == [True]
    assert judge(claims, [mail(91)], NOW + timedelta(minutes=361)) == [False]


def test_other_senders_are_not_counted_with_them(claims: Claims) -> None:
    judge(claims, [mail(number, subject="Cuti") for number in range(12)])
    assert judge(claims, [mail(90, subject="Cuti", sender="orang@contoh.id")]) == [False]


def test_a_retry_neither_counts_nor_is_judged_differently(claims: Claims) -> None:
    first = [mail(number) for number in range(9)]
    for _ in range(5):
        assert judge(claims, first) == [False] * 9
    assert judge(claims, [mail(90), mail(91)]) == [False, True]
    assert judge(claims, [mail(91)], NOW + timedelta(days=3)) == [True]


def test_a_machine_that_gives_all_its_mails_one_message_id_is_counted_all_the_same(claims: Claims) -> None:
    assert judge(claims, [mail(1, text=f"Saya cuti, {number}.") for number in range(4)]) == [False, False, True, True]


def test_mails_that_waited_in_a_mailbox_count_when_they_arrived(claims: Claims) -> None:
    mails = [(mail(number), NOW - timedelta(hours=number)) for number in range(30)]
    assert not any(one.automated for one in MailLoops(claims, SECRET).judge(mails, NOW))


def test_the_counts_are_shared_by_processes_and_outlive_them(claims: Claims, tmp_path: Path) -> None:
    judge(claims, [mail(number) for number in range(10)])
    claims.close()
    another = Claims(tmp_path / "claims.sqlite")
    assert judge(another, [mail(90)]) == [True]
    another.close()


def test_the_file_holds_no_address_and_no_subject(claims: Claims, tmp_path: Path) -> None:
    judge(claims, [mail(1, subject="Rahasia sekali")])
    claims.close()
    stored = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"robot@contoh.id" not in stored
    assert b"ahasia" not in stored


def test_old_counts_are_forgotten(claims: Claims) -> None:
    judge(claims, [mail(number) for number in range(10)])
    judge(claims, [mail(90, sender="orang@contoh.id")], NOW + timedelta(days=31))
    with claims.transaction() as database:
        assert database.execute("SELECT count(*) FROM mail_counts").fetchone() == (1,)


def test_a_silenced_mail_has_no_way_to_be_answered(claims: Claims) -> None:
    loops = MailLoops(claims, SECRET)
    *_, last = loops.judge([(mail(number, subject="Cuti"), NOW) for number in range(3)], NOW)
    assert last.automated
    assert last.reporter is not None
    assert (last.reporter.email, last.reporter.reply) == ("robot@contoh.id", NO_WAY)


def test_danger_under_the_same_subject_again_still_reaches_a_person(claims: Claims) -> None:
    """What is called automated is not escalated: that must not happen to a child who writes a third time."""
    loops = MailLoops(claims, SECRET)
    words = "Tolong, saya mau bunuh diri malam ini karena dipukuli di asrama."
    *_, last = loops.judge([(mail(number, subject="tolong", text=words), NOW) for number in range(3)], NOW)
    assert not last.automated
    assert last.reporter is not None
    assert last.reporter.reply == NO_WAY


@pytest.mark.parametrize("subject", ["Re: Cuti", "RE:cuti", "Bls: Re: CUTI", "Automatic reply: cuti", "  cuti  "])
def test_words_that_machines_put_before_a_subject_do_not_count(subject: str) -> None:
    assert bare_subject(subject) == "cuti"
