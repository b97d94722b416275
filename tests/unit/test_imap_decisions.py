"""What the mailbox reader decides, without a mailbox: where it goes on, in which steps, and how long it waits."""

from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aduan.connections.patience import jittered
from aduan.settings import load_settings
from producers.imap_cursor import Cursor, CursorFile
from producers.imap_decisions import (
    MOST_BYTES,
    MOST_MAILS,
    WINDOW,
    Folder,
    Waiting,
    resume,
    steps,
    windows,
)
from producers.imap_login import check
from producers.imap_reader import account_of
from schemas.errors import SettingsError, UnavailableError

START = Cursor(uidvalidity=7, uid=0)


class TestWhereItGoesOn:
    def test_after_the_last_mail_that_was_kept(self) -> None:
        assert resume(Cursor(uidvalidity=7, uid=4), Folder(7, 10)) == Cursor(uidvalidity=7, uid=4)

    def test_at_the_start_when_it_was_never_there(self) -> None:
        assert resume(Cursor(), Folder(7, 10)) == START

    def test_at_the_start_when_uids_were_given_anew(self) -> None:
        assert resume(Cursor(uidvalidity=6, uid=4), Folder(7, 10)) == START

    def test_at_the_start_when_the_server_forgot_uids_that_were_read(self) -> None:
        assert resume(Cursor(uidvalidity=7, uid=10), Folder(7, 10)) == START
        assert resume(Cursor(uidvalidity=7, uid=9), Folder(7, 10)).uid == 9


@given(uid=st.integers(0, 200_000), more=st.integers(0, 200_000))
def test_windows_hold_every_unread_uid_once_and_are_short_enough_for_one_answer(uid: int, more: int) -> None:
    found = list(windows(Cursor(uidvalidity=7, uid=uid), Folder(7, uid + more + 1)))
    assert sum(last - first + 1 for first, last in found) == more
    assert all(0 <= last - first < WINDOW for first, last in found)
    assert [first for first, _ in found] == sorted(first for first, _ in found)
    if found:
        assert (found[0][0], found[-1][1]) == (uid + 1, uid + more)


@given(st.lists(st.integers(0, 40_000_000), max_size=400))
def test_steps_hold_every_mail_once_in_order_and_bounded(sizes: list[int]) -> None:
    mails = [Waiting(uid, size) for uid, size in enumerate(sizes, 1)]
    found = list(steps(list(reversed(mails)), largest=30_000_000))
    assert [mail for step in found for mail in step.mails] == mails
    for step in found:
        assert len(step.mails) <= MOST_MAILS
        assert step.last == max(mail.uid for mail in step.mails)
        assert step.too_large == (step.mails[0].size > 30_000_000)
        if len(step.mails) > 1:
            assert sum(mail.size for mail in step.mails) <= MOST_BYTES


def test_the_wait_grows_is_random_and_has_an_end() -> None:
    assert jittered(1, 0.0, first=1.0) == 0
    waits = [jittered(failures, chance, first=1.0) for failures, chance in ((1, 0.5), (3, 0.5), (1_000_000, 0.999))]
    assert waits[0] < waits[1] < waits[2] < 30


class TestCursorFile:
    def test_it_is_read_again_as_it_was_saved(self, tmp_path: Path) -> None:
        file = CursorFile(tmp_path / "imap" / "a.json")
        assert file.load() == Cursor()
        file.save(Cursor(uidvalidity=7, uid=42))
        assert file.load() == Cursor(uidvalidity=7, uid=42)
        assert [one.name for one in file.path.parent.iterdir()] == ["a.json"]

    def test_a_damaged_one_means_from_the_start(self, tmp_path: Path) -> None:
        file = CursorFile(tmp_path / "a.json")
        file.path.write_bytes(b'{"uidvalidity": 7, "ui')
        assert file.load() == Cursor()

    def test_a_disk_that_does_not_take_it_is_unavailable(self, tmp_path: Path) -> None:
        (tmp_path / "imap").write_text("a file where the folder should be")
        with pytest.raises(UnavailableError):
            CursorFile(tmp_path / "imap" / "a.json").save(Cursor())

    def test_each_mailbox_has_its_own_and_its_name_tells_nothing(self, tmp_path: Path) -> None:
        one = load_settings(data_dir=tmp_path, imap_host="imap.example", imap_username="ult@contoh.id")
        other = one.model_copy(update={"imap_folder": "Pengaduan"})
        assert CursorFile.of(one).path != CursorFile.of(other).path
        assert "ult" not in str(CursorFile.of(one).path.relative_to(tmp_path))


class TestSettings:
    GOOD: ClassVar = {"imap_host": "imap.example", "imap_username": "ult@contoh.id", "imap_password": "x"}

    def test_good_ones_pass(self) -> None:
        check(load_settings(**self.GOOD))
        check(load_settings(**(self.GOOD | {"imap_host": "127.0.0.1", "imap_tls": "none"})))

    @pytest.mark.parametrize(
        ("wrong", "named"),
        [
            ({"imap_host": ""}, "ADUAN_IMAP_HOST"),
            ({"imap_tls": "none"}, "ADUAN_IMAP_TLS"),
            ({"imap_username": ""}, "ADUAN_IMAP_USERNAME"),
            ({"imap_password": ""}, "ADUAN_IMAP_PASSWORD"),
            ({"imap_ca_file": "/no/such/file"}, "ADUAN_IMAP_CA_FILE"),
        ],
    )
    def test_what_can_never_work_is_named(self, wrong: dict[str, str], named: str) -> None:
        with pytest.raises(SettingsError, match=named):
            check(load_settings(**(self.GOOD | wrong)))

    @pytest.mark.parametrize(
        ("changes", "account"),
        [
            ({"imap_account": "Aduan@contoh.id"}, "aduan@contoh.id"),
            ({}, "ult@contoh.id"),
            ({"imap_username": "ult"}, "pengaduan@aduan.example"),
        ],
    )
    def test_the_mailbox_stands_for_an_address_of_ours(self, changes: dict[str, str], account: str) -> None:
        assert account_of(load_settings(**(self.GOOD | changes))) == account
