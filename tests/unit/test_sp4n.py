"""SP4N-LAPOR!'s words and ours: every code leads somewhere, in both directions, and a wrong file says where."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest

from aduan.cells import escaped, unescaped
from aduan.datafiles import load_yaml
from aduan.sp4n import load_sp4n, parse_sp4n
from aduan.sp4n_dates import deadline_after, read_deadline, read_moment, working_days
from aduan.sp4n_file import plain
from aduan.sp4n_notes import Problem, meanings, parse_meanings
from aduan.taxonomy import taxonomy
from schemas.errors import SettingsError

SP4N = load_sp4n()
FILE = SP4N.file


def test_every_kategori_leads_to_a_leaf_of_their_menu_and_every_leaf_back_to_a_kategori() -> None:
    for code in taxonomy().kategori:
        for jenjang in (None, "sd", "pt"):
            assert SP4N.leaves[plain(SP4N.leaf_of(code, jenjang))].kategori in taxonomy().kategori
    assert {leaf.kategori for leaf in FILE.categories} <= taxonomy().kategori.keys()


def test_the_categories_that_both_know_come_back_as_they_went() -> None:
    both = {code for code in taxonomy().kategori if SP4N.leaves[plain(SP4N.leaf_of(code))].kategori == code}
    assert both >= {"pip", "beasiswa", "pungutan", "ppdb", "data_siswa", "kekerasan", "perguruan_tinggi", "kebudayaan"}
    assert SP4N.leaf_of("ijazah", "pt").endswith("Penyetaraan ijazah")


def test_every_jenis_comes_back_as_it_went_and_whistleblowing_starts_confidential() -> None:
    for jenis in taxonomy().jenis:
        assert SP4N.classes[plain(SP4N.class_of(jenis))].jenis == jenis
    assert SP4N.classes["whistleblowing"].kerahasiaan == "rahasia"


def test_what_is_closed_here_is_closed_there() -> None:
    assert SP4N.statuses[plain(SP4N.status_of("open", None))].take
    assert SP4N.statuses[plain(SP4N.status_of("acknowledged", None))].take
    for outcome in ("resolved", "outside_remit", "not_a_complaint", "duplicate"):
        assert not SP4N.statuses[plain(SP4N.status_of("resolved", outcome))].take


def test_codes_that_a_newer_taxonomy_has_still_lead_somewhere() -> None:
    assert SP4N.leaf_of("baru") == SP4N.leaf_of("pendidikan_lainnya")
    assert SP4N.class_of("baru") == "Pengaduan"


def test_the_last_level_is_enough_where_no_other_leaf_ends_so() -> None:
    assert SP4N.leaves["nisn"].kategori == "data_siswa"
    assert SP4N.leaves["pendidikan tinggi lainnya"].kategori == "perguruan_tinggi"
    assert "lainnya" not in SP4N.leaves


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda raw: raw["ours"].pop("pip"), "ours.pip: leads nowhere"),
        (lambda raw: raw["ours"].update(baru={"leaf": "Topik lainnya"}), "ours.baru: no such kategori"),
        (lambda raw: raw["ours"].update(pip={"leaf": "Entah"}), "ours.pip: 'Entah' does not stand under categories"),
        (lambda raw: raw["categories"][0].update(kategori="entah"), "Balai Diklat: entah is no kategori"),
        (lambda raw: raw["categories"][0].update(synonyms=["kip"]), "categories: 'kip' stands for two things"),
        (lambda raw: raw["classes"].pop(), "classes: the jenis wbs leads nowhere"),
        (lambda raw: raw["statuses"][1].update(ours=[]), "statuses: exactly one status must hold open"),
        (lambda raw: raw["columns"].pop("text"), "columns.text: is missing"),
        (lambda raw: raw["columns"].update(warna={"header": "Warna"}), "columns.warna: no such column"),
        (lambda raw: raw.update(zone="Asia/Entah"), "zone: "),
        (lambda raw: raw.update(warna=1), "warna: "),
    ],
)
def test_a_wrong_file_is_refused_with_the_key_that_is_wrong(change: Any, named: str) -> None:
    raw = deepcopy(load_yaml("sp4n.yaml"))
    change(raw)
    with pytest.raises(SettingsError, match=r"aduan/data/sp4n\.yaml") as refused:
        parse_sp4n(raw)
    assert named in str(refused.value)


def test_every_problem_of_a_row_has_a_meaning_in_both_languages() -> None:
    raw = load_yaml("sp4n_notes.yaml")
    assert meanings().keys() == set(Problem)
    with pytest.raises(SettingsError, match="conflict: is missing"):
        parse_meanings({key: value for key, value in raw.items() if key != "conflict"})


@pytest.mark.parametrize(
    "text",
    [
        "24/11/2026 10:30",
        "24-11-2026 10:30:00",
        "2026-11-24T10:30:00+07:00",
        "2026-11-24 03:30:00Z",
        "24 November 2026 pukul 10.30 WIB",
        "24 Nov 2026, 10:30",
        "46350.4375",
        datetime(2026, 11, 24, 10, 30),  # noqa: DTZ001 - a workbook's date has no zone
    ],
)
def test_a_date_is_read_in_the_forms_that_people_write_as_the_time_of_jakarta(text: str | datetime) -> None:
    assert read_moment(text, FILE) == (datetime(2026, 11, 24, 3, 30, tzinfo=UTC), False)


@pytest.mark.parametrize(
    "text", ["kemarin", "31/02/2026", "31 Februari 2026", "11/24/2026", "7700001", "1", "0001-01-01", ""]
)
def test_what_is_no_date_is_not_guessed(text: str) -> None:
    assert read_moment(text, FILE) is None
    assert read_deadline(text, FILE) is None


def test_a_deadline_that_is_a_day_ends_with_its_working_hours_and_working_days_are_counted_there_and_back() -> None:
    assert read_deadline("26/11/2026", FILE) == datetime(2026, 11, 26, 9, tzinfo=UTC)
    start = datetime(2026, 11, 24, 3, tzinfo=UTC)
    for days in (1, 5, 14, 60):
        end = deadline_after(start, f"{days} hari kerja", FILE)
        assert end is not None
        assert working_days(start, end, FILE) == days
    assert deadline_after(start, "lima", FILE) is None
    assert deadline_after(start, "900", FILE) is None


@pytest.mark.parametrize("text", ["=1+1", "+62812", "-2", "@SUM(A1)", "\t=1", "\r=1", " =1", "'=1", "''@x", "\n-1"])
def test_no_text_of_a_stranger_is_a_formula_and_it_comes_back_as_it_was(text: str) -> None:
    assert escaped(text).startswith("'")
    assert unescaped(escaped(text)) == text


@pytest.mark.parametrize("text", ["", "biasa", "'kutipan'", "1-2", "a=b"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert escaped(text) == text == unescaped(text)
