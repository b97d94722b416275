"""Files as `aduan send` reads them: piece by piece, from anywhere on, whatever is in them."""

import io
import json
from pathlib import Path

import pytest

from producers import replay_reading
from producers.replay import Outcome, Refused, Replay
from producers.replay_cursor import Cursor
from producers.replay_reading import Piece, json_lines, json_reader, mail_reader, mbox_mails
from schemas.errors import InvalidError, UnavailableError
from schemas.events import Channel
from tests.doors import MemoryDoor, content_of

MBOX = b"""From a@x Mon Jan 1 00:00:00 2026
Message-ID: <1@x>

satu
>From baris
>>From baris

From b@x Mon Jan 1 00:00:00 2026
Message-ID: <2@x>
To: Dua <dua@aduan.example>

dua
From tidak memulai surat
"""


class TestReading:
    def test_lines_know_their_number_and_where_they_end(self) -> None:
        pieces = list(json_lines(io.BytesIO(b'{"a":1}\n\n{"b":2}\r\n{"c":3}'), 0))
        assert [(one.number, one.raw, one.end) for one in pieces] == [
            (1, b'{"a":1}', 8),
            (2, b"", 9),
            (3, b'{"b":2}', 18),
            (4, b'{"c":3}', 25),
        ]

    def test_mails_begin_at_a_from_line_after_a_blank_one(self) -> None:
        pieces = list(mbox_mails(io.BytesIO(MBOX), 0))
        assert [one.number for one in pieces] == [1, 2]
        assert pieces[0].raw.endswith(b"satu\nFrom baris\n>From baris\n\n")
        assert b"From tidak memulai surat" in pieces[1].raw
        assert pieces[1].end == len(MBOX)

    def test_reading_goes_on_from_any_piece(self) -> None:
        for read, raw in ((json_lines, b'{"a":1}\n{"b":2}\n{"c":3}\n'), (mbox_mails, MBOX)):
            whole = list(read(io.BytesIO(raw), 0))
            for count, piece in enumerate(whole, 1):
                file = io.BytesIO(raw)
                file.seek(piece.end)
                assert list(read(file, count)) == whole[count:]

    def test_a_piece_that_is_too_long_is_passed_over_and_the_next_is_read(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(replay_reading, "MAX_PIECE", 20)
        lines = list(json_lines(io.BytesIO(b"x" * 95 + b'\n{"b":2}\n'), 0))
        assert [(one.number, one.raw, one.too_long) for one in lines] == [(1, b"", True), (2, b'{"b":2}', False)]
        mails = list(mbox_mails(io.BytesIO(b"From a\n" + b"x\n" * 20 + b"\nFrom b\n\nhi\n"), 0))
        assert [one.too_long for one in mails] == [True, False]

    def test_the_wrapper_of_the_samples_and_a_plain_body_are_the_same(self) -> None:
        read = json_reader(Channel.WEB)
        plain = read(Piece(1, b'{"text":"x","idempotency_key":"k"}', 0))
        wrapped = read(Piece(9, b'{"sample":"W1","door":"json","idempotency_key":"k","body":{"text":"x"}}', 0))
        assert plain == wrapped

    def test_a_line_without_a_key_has_one_of_its_place_and_words(self) -> None:
        read = json_reader(Channel.IMPORT)
        ids = [
            read(Piece(number, raw, 0))[0].external_id for number, raw in ((1, b'{"text":"x"}'), (2, b'{"text":"x"}'))
        ]
        assert len(set(ids)) == 2
        assert read(Piece(1, b'{"text":"x"}', 99))[0].external_id == ids[0]

    @pytest.mark.parametrize(
        "raw", [b"x", b"[]", b"\xff", b'{"text":""}', b'{"text":"x","y":1}', b'{"text":"x","idempotency_key":5}']
    )
    def test_a_bad_line_is_refused_without_a_word_of_it(self, raw: bytes) -> None:
        with pytest.raises(InvalidError):
            json_reader(Channel.IMPORT)(Piece(1, raw, 0))

    def test_a_mail_belongs_to_our_mailbox_that_it_was_sent_to(self) -> None:
        read = mail_reader(Channel.EMAIL, frozenset({"satu@aduan.example", "dua@aduan.example"}))
        first, second = (read(piece)[0] for piece in mbox_mails(io.BytesIO(MBOX), 0))
        assert (first.account, second.account) == ("dua@aduan.example", "dua@aduan.example")
        assert second.external_id == "<2@x>"


class Sending:
    """One file, sent through a door in memory as often as a test likes."""

    def __init__(self, folder: Path, lines: list[str]) -> None:
        self.file = folder / "lines.jsonl"
        self.write(lines)
        self.made = MemoryDoor(folder)
        self.notes = folder / "send"
        self.refused: list[Refused] = []

    def write(self, lines: list[str]) -> None:
        self.file.write_text("\n".join(lines) + "\n")

    def run(self, *, strict: bool = False, patience: float = 0.1) -> Outcome:
        cursor = Cursor.open(self.file, self.notes)
        replay = Replay(self.made.door, cursor, json_lines, json_reader(Channel.IMPORT), patience=patience)
        return replay.run(strict=strict, on_refused=self.refused.append, on_batch=lambda _end, _outcome: None)

    def texts(self) -> list[str]:
        return [content_of(self.made.keyring, event).text for event in self.made.received()]


def lines(count: int, start: int = 0) -> list[str]:
    return [json.dumps({"text": f"keluhan {number}"}) for number in range(start, start + count)]


class TestSending:
    def test_a_file_is_sent_once_however_often_it_is_run(self, tmp_path: Path) -> None:
        sending = Sending(tmp_path, lines(450))
        assert sending.run() == Outcome(sent=450)
        assert sending.run() == Outcome()
        assert len(sending.texts()) == len(set(sending.texts())) == 450

    def test_what_is_appended_later_is_sent_alone(self, tmp_path: Path) -> None:
        sending = Sending(tmp_path, lines(5))
        sending.run()
        sending.write(lines(8))
        assert sending.run() == Outcome(sent=3)

    def test_a_file_that_changed_before_the_cursor_is_read_again_and_nothing_is_sent_twice(
        self, tmp_path: Path
    ) -> None:
        sending = Sending(tmp_path, lines(5))
        sending.run()
        sending.write([*lines(4), *lines(2, start=50)])
        assert sending.run() == Outcome(sent=2, duplicates=4)

    def test_bad_lines_are_reported_by_number_and_the_rest_goes_on(self, tmp_path: Path) -> None:
        sending = Sending(tmp_path, [*lines(3), "not json", *lines(2, start=3), '{"text": "x", "nik": "320408"}'])
        assert sending.run() == Outcome(sent=5, refused=2)
        assert [one.number for one in sending.refused] == [4, 7]
        assert "320408" not in sending.refused[1].why
        assert sending.run() == Outcome(refused=2)

    def test_strict_stops_at_the_first_bad_line_and_stays_there(self, tmp_path: Path) -> None:
        sending = Sending(tmp_path, [*lines(3), "not json", *lines(2, start=3)])
        for _ in range(2):
            outcome = sending.run(strict=True)
            assert (outcome.refused, outcome.stopped) == (1, True)
        assert len(sending.texts()) == 3

    def test_the_same_key_with_another_body_is_reported_with_its_line(self, tmp_path: Path) -> None:
        keyed = [json.dumps({"text": text, "idempotency_key": "k"}) for text in ("satu", "dua", "satu")]
        sending = Sending(tmp_path, keyed)
        assert sending.run() == Outcome(sent=1, duplicates=1, refused=1)
        assert [one.number for one in sending.refused] == [2]

    def test_when_kafka_stays_away_the_run_ends_and_the_next_one_goes_on(self, tmp_path: Path) -> None:
        sending = Sending(tmp_path, lines(450))
        sending.made.publisher.away = True
        with pytest.raises(UnavailableError):
            sending.run()
        sending.made.publisher.away = False
        assert sending.run() == Outcome(sent=450)

    def test_a_cursor_that_cannot_be_read_means_from_the_start(self, tmp_path: Path) -> None:
        sending = Sending(tmp_path, lines(5))
        sending.run()
        for note in sending.notes.iterdir():
            note.write_text("{")
        assert sending.run() == Outcome(duplicates=5)

    def test_a_shortened_file_is_read_from_the_start(self, tmp_path: Path) -> None:
        sending = Sending(tmp_path, lines(5))
        sending.run()
        sending.write(lines(2))
        assert sending.run() == Outcome(duplicates=2)
