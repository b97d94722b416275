"""Masking: what names a person goes, what the case needs stays, and no text makes it slow."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aduan.masking import REPLACEMENTS, Span, mask, spans

HIDDEN = [
    # identity numbers
    ("NIK saya 3273010101900001.", "NIK saya [NIK]."),
    ("3273010101900001", "[NIK]"),
    ("nik 3273 0101 0190 0001 ya", "nik [NIK] ya"),
    ("KTP: 32.73.01.010190.0001", "KTP: [NIK]"),
    ("no KK 3273010101900002", "no KK [KK]"),
    ("Kartu Keluarga nomor 3273010101900002", "Kartu Keluarga nomor [KK]"),
    ("NISN 0051234567", "NISN [NISN]"),
    ("nisn anak saya : 0051234567", "nisn anak saya : [NISN]"),
    ("NUPTK 1234567890123456", "NUPTK [NUPTK]"),
    ("NPWP 09.254.294.3-407.000", "NPWP [NPWP]"),
    ("09.254.294.3-407.000", "[NPWP]"),
    ("NIP. 198503152010011012", "NIP. [NIP]"),
    ("19850315 201001 1 012", "[NIP]"),
    ("NIM 20180140123", "NIM [nomor]"),
    # telephone
    ("hub 081234567890", "hub [telepon]"),
    ("hub 0812-3456-7890 kelas 3", "hub [telepon] kelas 3"),
    ("0812 3456 7890", "[telepon]"),
    ("0812.3456.7890", "[telepon]"),
    ("0812,3456,7890", "[telepon]"),
    ("+62 812-3456-7890", "[telepon]"),
    ("6281234567890", "[telepon]"),
    ("wa:81234567890", "wa:[telepon]"),
    ("0812345678/0813456789", "[telepon]/[telepon]"),
    ("+62-812-3456-7890 62 812 3456 7890 (0812) 34567890 0812 345 6789", "[telepon] [telepon] [telepon] [telepon]"),
    ("telp (021) 5725058", "telp [telepon]"),
    ("telp 021-5725058", "telp [telepon]"),
    ("0271 645678 malam", "[telepon] malam"),
    ("telp kantor 5725058", "telp kantor [telepon]"),
    ("٠٨١٢٣٤٥٦٧٨٩٠", "[telepon]"),
    ("0812345678", "[telepon]"),
    ("0\u200b8\u200b1\u200b2\u200b3\u200b4\u200b5\u200b6\u200b7", "[telepon]"),
    (
        "0\ufe0f\u20e38\ufe0f\u20e31\ufe0f\u20e32\ufe0f\u20e33\ufe0f\u20e34\ufe0f\u20e35\ufe0f\u20e36\ufe0f\u20e37",
        "[telepon]",
    ),
    ("wa nol delapan satu dua tiga empat lima enam tujuh", "wa [telepon]"),
    ("SDN 3 081234567890 tahun 2024", "SDN 3 [telepon] tahun 2024"),
    ("40123 081234567890", "40123 [telepon]"),
    ("hub 0812l2345678", "hub [telepon]"),
    ("hub O812 3456 78I0", "hub [telepon]"),
    # a bank alone announces an account; without a label the shape tells
    ("transfer ke BRI 0021 01 045678 50 9", "transfer ke BRI [rekening]"),
    ("hub BRI 081234567890", "hub BRI [telepon]"),
    ("va BNI 988 12345 2019 0001", "va BNI [rekening]"),
    ("No. Induk Siswa Nasional 9991234567", "No. Induk Siswa Nasional [NISN]"),
    ("noktp 350912050379000 nokk 3509120503790001", "noktp [NIK] nokk [KK]"),
    ("NISN versi ijazah 0051234876", "NISN versi ijazah [NISN]"),
    ("nilai 0051234876 tertukar", "nilai [NISN] tertukar"),
    # email
    ("dewi.k3@gmail,com", "[email]"),
    ("budi.santoso+anak@gmail.com!", "[email]!"),
    ("email:budi@dikbud.go.id,", "email:[email],"),
    ("budi @ gmail.com", "[email]"),
    ("budi at gmail dot com", "[email]"),
    ("budi at gmail.com", "[email]"),
    ("budi[at]yahoo.com", "[email]"),
    ("budi (at) ui (dot) ac (dot) id", "[email]"),
    ("budi AT sekolah DOT sch DOT id", "[email]"),
    ("081234567890@gmail.com", "[email]"),
    # accounts and cards
    ("rek BCA 1234567890", "rek BCA [rekening]"),
    ("no rekening saya 123456", "no rekening saya [rekening]"),
    ("norek bri 0012-01-001234-50-9 an ibu", "norek bri [rekening] an ibu"),
    ("rek 1310 0823 4567 8", "rek [rekening]"),
    ("kartu 4111 1111 1111 1111", "kartu [kartu]"),
    ("4111111111111111", "[kartu]"),
    ("virtual account 8808123456789012", "virtual account [rekening]"),
    ("kode 123456789", "kode [rekening]"),
    ("1234 0812 3456 7890", "[rekening]"),
]

KEPT = [
    "call center kemdikbud 021-5703303, faks 0341-561666, resi pos 17654321098ID",
    "dana 123.456.789 dan 1.234.567.891, laporan @LPDP_RI .@LPDP_RI",
    "mohon (a) kartu ujian dan (b) surat",
    "biaya Rp1.500.000 dan Rp 12.500.000,00 dan Rp15000000",
    "Rp.300.000,-/siswa, Rp150.000-200.000, Rp 5.000.000 - 10.000.000",
    "Rp 12,500,000 atau IDR 125000000",
    "sebesar 15000000, 15000000 rupiah, 25000000 juta, uang 12500000",
    "anggaran 12.500.000.000 untuk 10.000.000 siswa",
    "tanggal 12-03-2024, 12/03/2024 10.30, 08/12/2024 10.30, 1.2.2024, 2024-03-12, 20240312",
    "12-03-2024 - 15-03-2024",
    "jam 08.00-15.00 atau 08.00 - 15.00 dan 7.30-12.00 13.00-15.00",
    "tahun 2023/2024, 2023-2024, 2019 2020 2021, 2023,2024",
    "NPSN 20219123 dan npsn: 20219124",
    "SDN 3, SMPN 12 Bandung 40123, kelas 7.1 7.2 7.3 8.1",
    "nilai 89.25 90.50 88.75",
    "Permendikbud No. 44 Tahun 2012, PP 48/2008, SK 800/1234/2024",
    "cair di BRI 450000, di rekening hanya 450000",
    "hubungi 177",
    "terima kasih @kemdikbud.ri",
    "lihat at school, look at kemdikbud.go.id",
    "satu dua tiga empat lima",
    "",
]


@pytest.mark.parametrize(("text", "masked"), HIDDEN)
def test_what_names_a_person_is_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize("text", KEPT)
def test_what_the_case_needs_stays(text: str) -> None:
    assert mask(text) == text


def test_spans_tell_where_and_what() -> None:
    assert spans("NIK 3273010101900001, a@b.id") == [Span(4, 20, "nik"), Span(22, 28, "email")]


def test_a_long_text_with_everything_stays_readable() -> None:
    text = (
        "Saya Budi, NIK 3273010101900001, hp 0812-3456-7890 / budi@gmail.com. Sejak 12-03-2024 SDN 3 (NPSN 20219123) "
        "minta Rp 1.500.000 ke rekening BRI 0012-01-001234-50-9."
    )
    assert mask(text) == (
        "Saya [nama], NIK [NIK], hp [telepon] / [email]. Sejak 12-03-2024 SDN 3 (NPSN 20219123) "
        "minta Rp 1.500.000 ke rekening BRI [rekening]."
    )


SIGNS = "0123456789 -./@()[],:+\na5é٣\u200b"
NUMBERS = "08 62 00 2024 12-03-2024 08.00 1234567 1.500.000 3273010101900001 081234567890"
WORDS = "nik|rek|Rp|npsn|kk|telp|total|juta|[NIK]|[email]|at|dot|(at)|gmail|com|nol|satu|delapan"
PIECES = st.sampled_from([*SIGNS, *NUMBERS.split(), *WORDS.split("|"), *(f" {word} " for word in WORDS.split("|"))])
TEXTS = st.lists(PIECES, max_size=25).map("".join) | st.text()


@settings(max_examples=500)
@given(TEXTS)
def test_masking_twice_changes_nothing(text: str) -> None:
    once = mask(text)
    assert mask(once) == once


@settings(max_examples=300)
@given(TEXTS)
def test_spans_are_ordered_apart_and_inside_the_text(text: str) -> None:
    end = 0
    for span in spans(text):
        assert end <= span.start < span.end <= len(text)
        assert span.kind in REPLACEMENTS
        end = span.end


@settings(max_examples=300)
@given(
    st.from_regex(r"[a-z ]{0,30}", fullmatch=True),
    st.integers(10**9, 10**11 - 1).map(lambda number: f"08{number}"),
    st.sampled_from(["", "-", " ", "."]),
    st.from_regex(r"[a-z ]{0,30}", fullmatch=True),
)
def test_a_telephone_number_leaves_no_digit_behind(before: str, number: str, between: str, after: str) -> None:
    written = between.join((number[:4], number[4:8], number[8:]))
    assert not any(sign.isdigit() for sign in mask(f"{before} {written} {after}"))


@settings(max_examples=300)
@given(st.integers(10**7, 10**20 - 1).filter(lambda number: str(number)[:2] not in ("19", "20")), TEXTS)
def test_a_long_run_of_digits_is_never_left_whole(number: int, around: str) -> None:
    assert str(number) not in mask(f"{around}x {number} x{around}")


def test_a_table_of_thousands_of_numbers_is_masked_without_looking_closely() -> None:
    dates = "12-03-2024;" * 3_000
    assert mask(dates).count("12-03-2024") == 2_000
    assert mask(dates).count("[rekening]") == 1_000


SIZE = 256 * 1024
HOSTILE = [
    *(
        "a",
        "1",
        "@",
        "a@",
        "1 ",
        "1.",
        "a at ",
        "[at]",
        "a(at)b",
        "12345 ",
        "12345x",
        "rek 12345x",
        "08 ",
        "0812345678/",
    ),
    *(
        "a.",
        "-",
        " ",
        "1@",
        "+62",
        "x dot ",
        "a@b dot ",
        " at gmail com",
        "01-01-2024 ",
        "\u200b",
        "1234567 ",
        "rek ",
        "1,",
    ),
    *(
        "Rp1.000.000 ",
        "1234 ",
        "2024 ",
        "4111 1111x ",
        "nol ",
        "nol delapan satu dua tiga empat lima enam x",
        "12,345 ",
    ),
    *("a.a@", "(", "(1", "1)", "é", "3273010101900001 x", "08.12 x", "a [at] b [dot] ", "nik kk rek telp 123456;"),
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_no_text_makes_masking_slow(piece: str) -> None:
    text = (piece * SIZE)[:SIZE]
    started = time.process_time()
    masked = mask(text)
    assert time.process_time() - started < 0.5
    assert mask(masked) == masked
