"""Files of SP4N-LAPOR! through a door in memory: lenient with columns, codes and encodings, strict with what counts."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from aduan.sp4n import load_sp4n
from aduan.sp4n_notes import Problem
from aduan.tracking import tracking_number
from producers import spreadsheets, workbooks
from producers.sp4n_fields import Note
from producers.sp4n_import import Outcome, Sp4nImport
from schemas.errors import RefusedError, UnavailableError
from schemas.events import Channel, ComplaintReceived
from tests.doors import MemoryDoor, content_of, reporter_of
from tests.sp4n_files import csv_text, report, write_csv, write_workbook


class Importing(MemoryDoor):
    """Imports files, as often as a test likes."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.folder = folder
        self.notes: list[Note] = []

    def run(self, path: Path, *, closed: bool = False) -> Outcome:
        self.notes = []
        secret = self.settings.require_secret()
        importing = Sp4nImport(self.door, secret, load_sp4n(), self.notes.append, closed=closed, patience=0.1)
        return importing.run(path, lambda _size, _done, _outcome: None)

    def rows(self, *rows: dict[str, str], closed: bool = False) -> Outcome:
        return self.run(write_csv(self.folder / "laporan.csv", rows), closed=closed)

    def only(self, **changes: str) -> ComplaintReceived:
        self.rows(report(7700001, **changes))
        [event] = self.received()
        return event

    def said(self) -> list[tuple[int, str, str]]:
        return [(note.row, note.problem.value, note.column) for note in self.notes]


@pytest.fixture
def importing(tmp_path: Path) -> Iterator[Importing]:
    made = Importing(tmp_path)
    yield made
    made.close()


class TestARow:
    def test_becomes_a_complaint_with_its_number_its_codes_and_its_own_date(self, importing: Importing) -> None:
        event = importing.only()
        assert (event.channel, event.account, event.origin.external_ref) == (Channel.IMPORT, "sp4n", "7700001")
        assert event.sent_at == datetime(2026, 11, 24, 3, 30, tzinfo=UTC)
        claimed = event.claimed.model_dump(exclude_none=True)
        assert claimed == {"jenis": "pengaduan", "kategori": "pip", "provinsi": "32", "kabupaten": "3273"}
        words = content_of(importing.keyring, event)
        assert (words.title, words.text) == ("PIP belum cair", "Dana PIP anak saya belum cair sejak Mei")
        who = reporter_of(importing.keyring, event)
        assert who is not None
        assert who.name == "Sari Contoh"
        assert not importing.notes

    @pytest.mark.parametrize(
        ("columns", "kerahasiaan"),
        [
            ({}, None),
            ({"Anonim": "Ya"}, "anonim"),
            ({"Anonim": "Ya", "Rahasia": "Ya"}, "rahasia"),
            ({"Sifat_Laporan": "Anonim"}, "anonim"),
            ({"Sifat_Laporan": "Anonim, Rahasia"}, "rahasia"),
            ({"Anonim": "Tidak", "Rahasia": "0"}, None),
            ({"Klasifikasi_Laporan": "Whistleblowing", "Rahasia": "Tidak"}, "rahasia"),
            ({"Rahasia": "mungkin"}, "rahasia"),
            ({"Sifat_Laporan": "tidak terlalu publik"}, "publik"),
        ],
    )
    def test_is_as_confidential_as_the_strictest_column_says(
        self, importing: Importing, columns: dict[str, str], kerahasiaan: str | None
    ) -> None:
        expected = None if kerahasiaan == "publik" else kerahasiaan
        assert importing.only(**columns).claimed.kerahasiaan == expected

    def test_without_a_known_class_category_region_or_date_is_kept_and_reported(self, importing: Importing) -> None:
        row = report(Klasifikasi_Laporan="Curhat", Kategori="Luar angkasa", Provinsi="Narnia", Status="Entah")
        outcome = importing.rows(row | {"Tanggal Laporan": "kemarin", "Kabupaten/Kota": "", "Batas Waktu": "besok"})
        assert (outcome.sent, outcome.refused, outcome.understood) == (1, 0, False)
        assert {name for _, name, _ in importing.said()} == {
            *("unknown_class", "unknown_category", "unknown_region", "unknown_status", "bad_date", "bad_deadline")
        }
        assert importing.received()[0].claimed.model_dump(exclude_none=True) == {}

    def test_without_a_number_or_words_is_refused_and_its_neighbours_are_taken(self, importing: Importing) -> None:
        outcome = importing.rows(
            report(1), report(2, Isi_Laporan="  "), report(3) | {"Tracking ID": ""}, report(4), report(5)
        )
        assert (outcome.rows, outcome.sent, outcome.refused) == (5, 3, 2)
        assert importing.said() == [(3, "no_text", "Isi Laporan"), (4, "no_id", "Tracking ID")]

    def test_with_a_deadline_of_theirs_keeps_it(self, importing: Importing) -> None:
        assert importing.only(Batas_Waktu="26/11/2026").origin.due_at == datetime(2026, 11, 26, 9, tzinfo=UTC)

    def test_with_a_deadline_in_working_days_counts_them_from_when_it_was_forwarded(self, importing: Importing) -> None:
        event = importing.only(Tanggal_Disposisi="27/11/2026 09:00", Tenggat_Hari_Kerja="1")
        assert event.origin.due_at == datetime(2026, 11, 30, 9, tzinfo=UTC)

    def test_that_a_spreadsheet_took_the_zero_of_a_mobile_number_from_gets_it_back(self, importing: Importing) -> None:
        who = reporter_of(importing.keyring, importing.only(No_HP="81234567890", Email="-"))
        assert who is not None
        assert (who.phone, who.email) == ("081234567890", None)

    def test_that_is_closed_there_or_our_own_is_passed_over_and_said_so(self, importing: Importing) -> None:
        own = tracking_number("0f9a1c3e-77b2-8d4f-9a10-0123456789ab")
        rows = [report(1, Status="Selesai", Nomor_Aduan=""), report(2, Nomor_Aduan=own), report(3, Nomor_Aduan="")]
        outcome = importing.rows(*rows)
        assert (outcome.sent, outcome.passed, outcome.refused, outcome.understood) == (1, 2, 0, True)
        assert [name for _, name, _ in importing.said()] == ["closed", "own"]
        assert importing.rows(*rows, closed=True).sent == 1

    def test_with_our_own_codes_has_those_and_not_what_the_menu_says(self, importing: Importing) -> None:
        event = importing.only(Kode_Kategori_Aduan="sarpras", Kode_Jenis_Aduan="informasi")
        assert (event.claimed.kategori, event.claimed.jenis) == ("sarpras", "informasi")

    def test_with_a_category_in_two_columns_is_found_by_both(self, importing: Importing) -> None:
        event = importing.only(Kategori="Pendidikan Tinggi", Sub_Kategori="Lainnya")
        assert event.claimed.kategori == "perguruan_tinggi"


class TestAFile:
    def test_again_makes_nothing_twice(self, importing: Importing) -> None:
        rows = [report(number) for number in range(450)]
        assert importing.rows(*rows) == Outcome(rows=450, sent=450)
        assert importing.rows(*rows) == Outcome(rows=450, duplicates=450)
        assert len(importing.received()) == 450

    def test_with_other_words_under_a_known_number_is_reported_with_the_case_and_the_first_one_holds(
        self, importing: Importing
    ) -> None:
        importing.rows(report(1))
        outcome = importing.rows(report(1, Isi_Laporan="Lain sama sekali"), report(2))
        assert (outcome.sent, outcome.refused) == (1, 1)
        [note] = importing.notes
        first = importing.received()[0]
        assert (note.problem, note.case) == (Problem.CONFLICT, tracking_number(first.complaint_id))
        assert content_of(importing.keyring, first).text == "Dana PIP anak saya belum cair sejak Mei"

    def test_whose_run_was_ended_is_run_again_and_the_rest_comes(self, importing: Importing) -> None:
        rows = [report(number) for number in range(450)]
        importing.publisher.away = True
        with pytest.raises(UnavailableError):
            importing.rows(*rows)
        importing.publisher.away = False
        assert importing.rows(*rows).sent == 450
        assert len({event.complaint_id for event in importing.received()}) == 450

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    def test_in_any_usual_encoding_and_delimiter_is_read(
        self, importing: Importing, encoding: str, delimiter: str
    ) -> None:
        text = "Sekolah “Harapan”; biaya, seragam – mahal\nbaris dua"
        path = write_csv(importing.folder / "x.csv", [report(Isi_Laporan=text)], encoding, delimiter)
        assert importing.run(path) == Outcome(rows=1, sent=1)
        assert content_of(importing.keyring, importing.received()[0]).text == text

    def test_with_lines_above_its_header_counts_rows_as_a_spreadsheet_does(self, importing: Importing) -> None:
        path = importing.folder / "x.csv"
        path.write_text("sep=;\nRekap;November\n\n" + csv_text([report(1), report(2, Isi_Laporan="")], ";"))
        assert importing.run(path).sent == 1
        assert importing.said() == [(6, "no_text", "Isi Laporan")]

    def test_with_a_column_that_nobody_knows_says_so_once(self, importing: Importing) -> None:
        assert importing.rows(report(1, Warna="biru"), report(2, Warna="ungu")).sent == 2
        assert importing.said() == [(1, "unknown_column", "Warna")]

    def test_without_the_columns_that_count_is_refused_by_name(self, importing: Importing) -> None:
        with pytest.raises(RefusedError, match="'Tracking ID' and 'Isi Laporan'"):
            importing.rows({"Nama": "x", "Alamat": "y"})

    def test_with_a_quote_that_is_never_closed_says_so_and_goes_on(
        self, importing: Importing, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(spreadsheets, "MAX_CELL", 2_000)
        path = importing.folder / "x.csv"
        broken = csv_text([report(1), report(2)]) + '3,"never closed\n' + "x\n" * 1_500
        path.write_text(broken + csv_text([report(4)]).splitlines()[1] + "\n")
        outcome = importing.run(path)
        assert outcome.notes[Problem.UNREADABLE] == 1
        assert {event.origin.external_ref for event in importing.received()} >= {"1", "2", "4"}

    def test_that_is_a_workbook_is_read_with_its_dates_and_numbers(self, importing: Importing) -> None:
        row: dict[str, object] = {**report(7), "Tracking ID": 7700009, "No HP": 81234567890}
        row["Tanggal Laporan"] = datetime(2026, 11, 24, 10, 30)  # noqa: DTZ001 - a workbook's date has no zone
        path = write_workbook(importing.folder / "x.xlsx", [row], before=["Rekap", ""])
        assert importing.run(path) == Outcome(rows=1, sent=1)
        [event] = importing.received()
        assert (event.origin.external_ref, event.sent_at) == ("7700009", datetime(2026, 11, 24, 3, 30, tzinfo=UTC))

    def test_as_a_workbook_and_as_csv_is_the_same_complaint(self, importing: Importing) -> None:
        importing.rows(report(1))
        assert importing.run(write_workbook(importing.folder / "x.xlsx", [report(1)])).duplicates == 1

    def test_that_is_an_old_a_broken_or_a_swollen_workbook_is_refused_with_what_to_do(
        self, importing: Importing, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = importing.folder / "x.xls"
        for raw in (b"\xd0\xcf\x11\xe0" + bytes(100), b"PK\x03\x04" + bytes(100)):
            path.write_bytes(raw)
            with pytest.raises(RefusedError, match="save it as"):
                importing.run(path)
        for limit, why in (("MAX_CELLS", "far away"), ("MAX_UNPACKED", "unpacks to too much")):
            monkeypatch.setattr(workbooks, limit, 19)
            with pytest.raises(RefusedError, match=why):
                importing.run(write_workbook(path, [report(1)]))

    def test_with_a_cell_in_the_last_corner_of_its_sheet_is_refused_before_it_takes_all_memory(
        self, importing: Importing
    ) -> None:
        path = importing.folder / "x.xlsx"
        book = xlsxwriter.Workbook(path)
        book.add_worksheet().write_string(1_048_575, 16_383, "x")
        book.close()
        with pytest.raises(RefusedError, match="far away from its table"):
            importing.run(path)

    def test_that_is_gone_is_unavailable(self, importing: Importing) -> None:
        path = write_csv(importing.folder / "x.csv", [report(1)])
        shutil.move(path, importing.folder / "y.csv")
        with pytest.raises(UnavailableError):
            importing.run(path)

    def test_that_is_empty_is_refused(self, importing: Importing) -> None:
        path = importing.folder / "x.csv"
        path.write_bytes(b"")
        with pytest.raises(RefusedError):
            importing.run(path)


def test_the_sample_is_understood_whole_and_what_is_closed_there_is_passed_over(importing: Importing) -> None:
    outcome = importing.run(Path(__file__).parents[2] / "samples" / "sp4n.csv")
    assert (outcome.rows, outcome.sent, outcome.passed, outcome.understood) == (6, 5, 1, True)
    claimed = [(event.claimed.jenis, event.claimed.kategori, event.claimed.kabupaten) for event in importing.received()]
    assert claimed == [
        ("pengaduan", "pip", "3273"),
        ("wbs", "pungutan", "3515"),
        ("informasi", "ijazah", "3174"),
        ("aspirasi", "kebudayaan", "7371"),
        ("pengaduan", "kekerasan", "5103"),
    ]


BITS = (*("Tracking ID", "Isi Laporan", "Status", "Rahasia", "Selesai", "1", "é"), *",;\t\n\r'=\x00", '"')
PIECES = st.lists(st.sampled_from(BITS), max_size=80).map("".join).map(str.encode)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.one_of(st.binary(max_size=400), PIECES))
@example(b"PK\x03\x04")
@example(b"\xff\xfeT")
@example(b'Tracking ID,Isi Laporan\n1,"')
def test_no_bytes_bring_the_import_down(importing: Importing, raw: bytes) -> None:
    path = importing.folder / "x.csv"
    path.write_bytes(raw)
    try:
        outcome = importing.run(path)
    except RefusedError:
        return
    assert outcome.rows == outcome.sent + outcome.duplicates + outcome.passed + outcome.refused
