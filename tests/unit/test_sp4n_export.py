"""The hand-over to SP4N-LAPOR!: what leaves, in whose words, and that it comes back as it went."""

import csv
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from aduan.regions import provinces, regencies
from aduan.sp4n import load_sp4n
from aduan.taxonomy import taxonomy
from aduan.tokens import Caller, Role
from portal.fence import visible_to
from portal.problems import ProblemError
from portal.sheets import writing
from portal.sp4n_export import FIELDS, Wanted, headers, row
from producers.sp4n_rows import read_header, read_row
from producers.submission import Submission
from schemas.documents import CaseDocument
from schemas.errors import SettingsError, UnavailableError
from schemas.events import Origin
from tests.factories import NOW, case_opened, classification
from tests.indexed_cases import case_of

SP4N = load_sp4n()


def source(**classes: Any) -> dict[str, Any]:
    """A case as the index returns it."""
    origin = Origin(external_ref=classes.pop("external_ref", ""))
    opened = case_opened(1, classification=classification(1, **classes), origin=origin)
    return case_of([opened]).model_dump(mode="json", exclude_none=True)


def written(case: dict[str, Any]) -> dict[str, str]:
    return dict(zip(headers(SP4N), row(SP4N, case), strict=True))


def read_back(case: dict[str, Any], *, without: tuple[str, ...] = ()) -> Submission:
    """What the import makes of it, where it is not told that the case is ours."""
    hidden = {"our_number", "tracking_id", *without}
    values = [
        "7700001" if header == SP4N.file.columns["tracking_id"].header else value
        for header, value in zip(headers(SP4N), row(SP4N, case), strict=True)
    ]
    names = [name for name, column in SP4N.file.columns.items() if column.export]
    values = ["" if name in hidden - {"tracking_id"} else value for name, value in zip(names, values, strict=True)]
    header = read_header(SP4N, 1, headers(SP4N))
    assert header is not None
    submission, notes = read_row(SP4N, header, 2, values, closed=True)
    assert submission is not None
    assert not notes
    return submission


def every_code() -> Iterator[dict[str, str]]:
    for jenis in taxonomy().jenis:
        for kategori in taxonomy().kategori:
            for kerahasiaan in taxonomy().kerahasiaan:
                yield {"jenis": jenis, "kategori": kategori, "kerahasiaan": kerahasiaan}


def test_every_combination_of_codes_comes_back_as_it_went() -> None:
    for codes in every_code():
        claimed = read_back(source(**codes)).claimed
        assert (claimed.jenis, claimed.kategori) == (codes["jenis"], codes["kategori"])
        least = "rahasia" if codes["jenis"] == "wbs" else codes["kerahasiaan"]
        assert (claimed.kerahasiaan or "publik") == least


def test_without_our_own_columns_their_menu_still_brings_back_what_it_has_a_place_for() -> None:
    own = ("our_class", "our_category")
    for kategori in ("pip", "beasiswa", "pungutan", "ppdb", "data_siswa", "kekerasan", "kebudayaan"):
        claimed = read_back(source(kategori=kategori, jenis="aspirasi"), without=own).claimed
        assert (claimed.kategori, claimed.jenis) == (kategori, "aspirasi")


def test_every_kabupaten_and_kota_comes_back_by_its_name() -> None:
    for province in provinces():
        for regency in regencies(province.code):
            claimed = read_back(source(provinsi=province.code, kabupaten=regency.code)).claimed
            assert (claimed.provinsi, claimed.kabupaten) == (province.code, regency.code)


def test_dates_and_the_deadline_come_back_to_the_minute() -> None:
    case = source()
    back = read_back(case)
    assert back.sent_at == NOW.replace(second=0)
    assert back.origin.due_at is not None
    assert abs(back.origin.due_at - datetime.fromisoformat(case["due_at"])) < timedelta(minutes=1)


def test_a_case_that_came_from_them_bears_their_number_and_every_case_ours() -> None:
    values = written(source(external_ref="7700009"))
    assert (values["Tracking ID"], values["Nomor Aduan"]) == ("7700009", source()["tracking_number"])


def test_no_field_that_leaves_holds_identity_or_originals_and_no_column_asks_for_them() -> None:
    assert not {name.partition(".")[0] for name in FIELDS} - CaseDocument.model_fields.keys()
    assert not [name for name in FIELDS if "sealed" in name or "events" in name or "attachments" in name]
    assert not {"Nama Pelapor", "Email Pelapor", "Nomor Telepon", "Alamat Pelapor"} & set(headers(SP4N))


def test_the_query_stays_in_the_fence_and_leaves_confidential_and_erased_cases_out() -> None:
    caller = Caller("sari", Role.STAFF, "ult")
    query = Wanted(until=NOW, since=NOW, units=("ult",)).query(caller)["bool"]
    assert query["filter"] == [visible_to(caller)]
    inner = query["must"][0]["bool"]
    assert {"terms": {"kerahasiaan": ["anonim", "publik"]}} in inner["filter"]
    assert inner["must_not"] == [{"exists": {"field": "erased_at"}}]
    asked = Wanted(until=NOW, rahasia=True).query(caller)["bool"]
    assert asked["filter"] == [visible_to(caller)]
    assert "kerahasiaan" not in str(asked["must"])
    with pytest.raises(ProblemError):
        Wanted(until=NOW).query(Caller("sari", Role.CLERK, "ult"))


class TestTheFile:
    ROWS = (["=cmd|' /C calc'!A0", "+62812", "biasa"], ["-1", "@x", "baris\ndua, tiga"])

    def test_as_csv_holds_no_formula(self, tmp_path: Path) -> None:
        path = tmp_path / "x.csv"
        with writing(path, ["a", "b", "c"]) as write:
            for values in self.ROWS:
                write(values)
        with path.open(encoding="utf-8-sig", newline="") as file:
            found = list(csv.reader(file))
        assert found == [
            ["a", "b", "c"],
            ["'=cmd|' /C calc'!A0", "'+62812", "biasa"],
            ["'-1", "'@x", "baris\ndua, tiga"],
        ]

    def test_as_a_workbook_holds_text_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "x.xlsx"
        with writing(path, ["a", "b", "c"]) as write:
            for values in self.ROWS:
                write(values)
        sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0)
        assert sheet.to_python()[1] == ["'=cmd|' /C calc'!A0", "'+62812", "biasa"]

    def test_is_readable_by_its_owner_alone(self, tmp_path: Path) -> None:
        for name in ("x.csv", "x.xlsx"):
            with writing(tmp_path / name, ["a"]) as write:
                write(["b"])
            assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600

    def test_appears_whole_or_not_at_all(self, tmp_path: Path) -> None:
        path = tmp_path / "x.csv"
        path.write_text("before")
        with pytest.raises(UnavailableError), writing(path, ["a"]) as write:
            write([self.gone_half_way()])
        assert path.read_text() == "before"
        assert list(tmp_path.iterdir()) == [path]

    @staticmethod
    def gone_half_way() -> str:
        raise UnavailableError("the search engine went away")

    def test_of_another_kind_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(SettingsError, match=r"\.csv or \.xlsx"), writing(tmp_path / "x.pdf", ["a"]):
            pass
        with pytest.raises(UnavailableError), writing(tmp_path / "none" / "x.csv", ["a"]):
            pass


def test_moments_are_utc_in_the_query() -> None:
    body = Wanted(until=datetime(2026, 11, 24, tzinfo=UTC)).query(Caller("a", Role.ADMIN))
    assert body["bool"]["must"][0]["bool"]["filter"][0] == {
        "range": {"received_at": {"lt": "2026-11-24T00:00:00+00:00"}}
    }
