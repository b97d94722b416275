"""Regions: complete, in their zones, and found in texts without guessing."""

import pytest

from aduan.regions import (
    find_region,
    is_region,
    province_name,
    provinces,
    regencies,
    regency_name,
    region_code,
    zone,
)
from aduan.text import surface_words


def found(text: str) -> tuple[str | None, str | None]:
    region = find_region(surface_words(text))
    return region.provinsi, region.kabupaten


def test_there_are_38_provinces_and_514_kabupaten_and_kota() -> None:
    assert len(provinces()) == 38
    assert sum(len(regencies(province.code)) for province in provinces()) == 514


def test_names_and_zones_go_by_code() -> None:
    assert province_name("34") == "DI Yogyakarta"
    assert regency_name("3578") == "Kota Surabaya"
    assert [str(zone(code)) for code in ("32", "73", "9471", "00")] == [
        "Asia/Jakarta",
        "Asia/Makassar",
        "Asia/Jayapura",
        "Asia/Jakarta",
    ]
    assert is_region("3578")
    assert not is_region("9999")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sekolah di Kab. Bandung", ("32", "3204")),
        ("sekolah di Kota Bandung", ("32", "3273")),
        ("sekolah di Bandung", ("32", None)),
        ("SDN di sby", ("35", "3578")),
        ("guru di Jateng", ("33", None)),
        ("smk di jogja", ("34", "3471")),
        ("kuliah di tangsel", ("36", "3674")),
        ("dinas pendidikan kab pati", ("33", "3318")),
        ("pati jateng", ("33", "3318")),
        ("sekolah di Banda Aceh", ("11", "1171")),
        ("kami di Kota Banjar", ("32", "3279")),
        ("kabupaten Banjar Kalsel", ("63", "6303")),
        ("study tour ke Bali dari SMP di Cilegon", ("36", "3672")),
        ("Pemkot Malang", ("35", "3573")),
    ],
)
def test_a_named_region_is_found(text: str, expected: tuple[str, str | None]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "anak saya kejatuhan batu di sekolah",
        "saya minta pati masakan",
        "rumah saya di jalan Surabaya nomor 4",
        "pindah dari Medan, sekarang tinggal Makassar",
        "nasib malang guru honorer metro mini",
        "",
    ],
)
def test_an_unclear_place_is_not_guessed(text: str) -> None:
    assert found(text)[1] is None


def test_a_choice_of_a_form_is_read_as_code_or_name() -> None:
    assert region_code("35") == "35"
    assert region_code("Jawa Timur") == "35"
    assert region_code("Kabupaten Bogor") == "3201"
    assert region_code("entah") is None
