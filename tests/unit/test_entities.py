"""Entities: what staff look for is found as people write it, and nothing takes long on any text."""

import time

import pytest

from aduan.entities import find_entities, school_level
from aduan.masking import mask


def found(text: str, **place: str) -> set[tuple[str, str]]:
    return {(one.kind, one.value) for one in find_entities(text, **place)}


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("anak saya di SDN 3 Sukamaju dipungut uang", "school", "SDN 3 Sukamaju"),
        ("SMA Negeri 2 Harapan Jaya, kelas X", "school", "SMA Negeri 2 Harapan Jaya"),
        ("di SMPN 4 belum ada guru", "school", "SMPN 4"),
        ("SMK Bina Karya minta SPP", "school", "SMK Bina Karya"),
        ("NPSN: 20500001 tidak muncul", "npsn", "20500001"),
        ("dana PIP dan bos belum cair", "programme", "pip"),
        ("diminta Rp 1.500.000 per anak", "amount", "1500000"),
        ("bayar 1,5 juta", "amount", "1500000"),
        ("iuran 200rb tiap bulan", "amount", "200000"),
        ("sebesar Rp500.000,00", "amount", "500000"),
        ("sejak 12 Maret 2026", "date", "2026-03-12"),
        ("tgl 3/8/2026 saya lapor", "date", "2026-08-03"),
    ],
)
def test_it_is_found_as_people_write_it(text: str, kind: str, value: str) -> None:
    assert (kind, value) in found(text)


@pytest.mark.parametrize(
    "text",
    ["", "🙏", "anak SD itu nangis", "ada 30 siswa di kelas", "tanggal 45/13/2026", "jalan rusak 2 km", "x" * 5000],
)
def test_what_is_none_is_not_found(text: str) -> None:
    assert found(text) == set()


def test_an_office_is_ours_where_its_place_is_known() -> None:
    text = "Dinas Pendidikan tidak menjawab"
    assert found(text, kabupaten="3515", provinsi="35") == {("unit", "dinas-3515")}
    assert found(text) == set()


def test_nothing_that_was_masked_can_be_found() -> None:
    masked = mask("NIK 3578010101010001, rek BRI 012301012345501, hp 081234567890, SDN 3 Sukamaju")
    assert found(masked) == {("school", "SDN 3 Sukamaju")}


def test_a_schools_name_tells_its_level() -> None:
    assert [school_level(name) for name in ("SDN 3 Sukamaju", "SMA Negeri 2", "MTs Al Huda", "TK Melati", "", "X")] == [
        "sd",
        "sma",
        "smp",
        "paud",
        None,
        None,
    ]


@pytest.mark.parametrize("piece", ["SD N ", "Rp 1.", "1,1,", "12 jan ", "NPSN ", "SMA A'", "dinas pendidikan "])
def test_no_text_takes_long(piece: str) -> None:
    start = time.process_time()
    assert len(find_entities(piece * 50_000)) <= 12
    assert time.process_time() - start < 1.0
