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
        ("pindah dari Medan, sekarang tinggal Makassar", ("73", "7371")),
        ("siswa pindah dari Balikpapan ke Semarang", ("33", None)),
        ("pindah sekolah dari Bekasi ke Solo", ("33", "3372")),
        ("bapak ibu di Jakarta, tunjangan kami di Enggano belum cair", ("17", "1703")),
        ("guru Papua di Timika belum digaji", ("94", "9404")),
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
        "Bandung atau Medan sama saja",
        "nasib malang guru honorer metro mini",
        "",
    ],
)
def test_an_unclear_place_is_not_guessed(text: str) -> None:
    assert found(text)[1] is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("guru di Kec. Entikong", ("61", "6103")),
        ("SMP swasta di Tembung", ("12", None)),
        ("Kec. Bandar Surabaya", ("18", "1802")),
        ("SD Kec. Karangsambung", ("33", "3305")),
        ("SMA Negeri 3 Bone", ("73", "7308")),
        ("kuliah di Unsoed", ("33", "3302")),
        ("anak saya kuliah di ITS", ("35", "3578")),
        ("Kopertis Wilayah VI belum menjawab", ("33", None)),
        ("Sa guru di Irian Jaya", ("91", None)),
        ("rel kereta dekat candi Borobudur", ("33", None)),
        ("Jl. Kenjeran berlubang", ("35", "3578")),
    ],
)
def test_kecamatan_campuses_sites_and_old_names_tell_their_region(text: str, expected: tuple[str, str | None]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "province"),
    [
        ("sekolah dijogja", "34"),
        ("guru di jawatimur", "35"),
        ("guru di jawa tmur", "35"),
        ("SMP di banyuwnagi", "35"),
        ("sma d krwang", "32"),
        ("SD kab. Wsb", "33"),
    ],
)
def test_names_are_known_glued_misspelt_and_abbreviated(text: str, province: str) -> None:
    assert found(text)[0] == province


@pytest.mark.parametrize(
    "text",
    [
        "study tour kelas 6 ke Jogja wajib bayar",
        "rapat kepala sekolah di aula, lalu piknik guru ke Bali",
        "durung bali seko sekolah",
        "nasi Padang di kantin mahal",
        "banding UKT ditolak, suami saya meninggal",
        "rangka atap di samping simpang, tarikan bulanan",
        "pakai gas elpiji, kata Bima anak saya",
        "logat Medan anak saya ditirukan",
        "Kepada Yth. Menteri Pendidikan dan Kebudayaan di Jakarta",
        "sudah dua kali berkirim surat ke Jakarta",
        "anak tidak mau turun dari loteng",
        "pohon mangga tetangga, air hangat, bunga raya",
    ],
)
def test_no_place_is_made_of_trips_dishes_people_and_words(text: str) -> None:
    assert found(text) == (None, None)


def test_a_place_somebody_only_went_to_counts_where_no_other_is_named() -> None:
    assert found("jalan ke Camba rusak")[0] == "73"
    assert found("SD di Tanjung Morawa, gurunya tinggal sampai Batam")[0] == "12"


def test_where_somebody_is_at_home_goes_before_a_place_that_is_only_named() -> None:
    assert found("Bendahara SMPN di Lampung Tengah, kuitansinya dari toko di Palembang")[0] == "18"
    assert found("NRG saya dipakai orang di Provinsi Lampung, padahal saya di Kabupaten Jembrana")[0] == "51"
    assert found("toko di Palembang, toko di Medan")[0] is None


def test_a_choice_of_a_form_is_read_as_code_or_name() -> None:
    assert region_code("35") == "35"
    assert region_code("Jawa Timur") == "35"
    assert region_code("Kabupaten Bogor") == "3201"
    assert region_code("entah") is None


def test_every_region_is_found_by_its_own_name_alone_and_with_its_province() -> None:
    for province in provinces():
        assert region_code(province.name) == province.code
        for region in regencies(province.code):
            assert region_code(region.name) == region.code, region.name
            assert region_code(f"{region.name}, {province.name}".upper()) == region.code, region.name
