"""Names and homes: children's and reporters' go, officials' and roads stay, and no text makes it slow."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aduan.masking import Span, mask, spans
from aduan.masking_lexicon import load_lexicon

HIDDEN = [
    # children
    ("anak saya bernama Rafi kelas 2B", "anak saya bernama [nama anak] kelas 2B"),
    ("anak saya namanya tegas, kelas 2", "anak saya namanya [nama anak], kelas 2"),
    ("siswa a.n. Dimas Pratama belum cair", "siswa a.n. [nama anak] belum cair"),
    ("Ananda Nabila Putri kelas VIII", "Ananda [nama anak] kelas VIII"),
    ("anak kami, Kevin, 8 tahun, dibully Rangga dan Satria", None),
    ("Siswi saya, Aurelia, pindah", "Siswi saya, [nama anak], pindah"),
    ("saya ibu dari Zhafira, siswi kelas 3", "saya ibu dari [nama anak], siswi kelas 3"),
    ("korban: A.S. umur 9", "korban: [nama anak] umur 9"),
    ("NISN 0112345678, nama Fathir", "NISN [NISN], nama [nama anak]"),
    ("ANAK SAYA GIBRAN DIPUKUL", "ANAK SAYA [nama anak] DIPUKUL"),
    ("anak saya rehan dipalak", "anak saya [nama anak] dipalak"),
    ("my son Kevin was bullied", "my son [nama anak] was bullied"),
    ("anak saya bernama Bunga. Kemarin Bunga menangis", "anak saya bernama [nama anak]. Kemarin [nama anak] menangis"),
    ("saya wali. anak saya Rafi", "saya wali. anak saya [nama anak]"),
    ("korban: 1. Melan 2. Ina Bota", "korban: 1. [nama anak] 2. [nama anak]"),
    ("murid an. Xaver Kogoya, Lince Tabuni, dan Otniel", "murid an. [nama anak], [nama anak], dan [nama anak]"),
    ("KIP siswa atas nama Rohana ditolak", "KIP siswa atas nama [nama anak] ditolak"),
    ("anak saya fikri, besok fikri pindah", "anak saya [nama anak], besok [nama anak] pindah"),
    ("Nama Siswa: Barraq, NISN: 0123456789", "Nama Siswa: [nama anak], NISN: [NISN]"),
    ("pak, saya ibunya Rizal", "pak, saya ibunya [nama anak]"),
    ("Anak saya, sebut saja Mawar, takut", "Anak saya, sebut saja [nama anak], takut"),
    ("saya siswa SMP, nama saya Reva", "saya siswa SMP, nama saya [nama anak]"),
    ("MURID BERNAMA FATHAN AL FARUQ PINDAH", "MURID BERNAMA [nama anak] PINDAH"),
    # who writes, their family, witnesses
    ("Hormat saya,\nBudi Santoso", "Hormat saya,\n[nama]"),
    ("nama saya Wignyo dari Jepara", "nama saya [nama] dari Jepara"),
    ("Perkenalkan saya Agus Setiawan, S.Pd., M.Pd. guru", "Perkenalkan saya [nama] guru"),
    ("pak walikota saya Sumiati warga Gading", "pak walikota saya [nama] warga Gading"),
    ("Pelapor: Yudistira", "Pelapor: [nama]"),
    ("Nama Ibu Kandung: Sumarsih", "Nama Ibu Kandung: [nama]"),
    ("rekening BRI a/n Hendra Wijaya", "rekening BRI a/n [nama]"),
    ("saksi: Pak Hasan", "saksi: [nama]"),
    ("wali murid Ibu Painem", "wali murid [nama]"),
    ("saya dian guru honorer", "saya [nama] guru honorer"),
    ("saya Tarsisius Lewar guru di Adonara", "saya [nama] guru di Adonara"),
    ("perkenalkan nama saya dr. Oloan Sihombing", "perkenalkan nama saya dr. [nama]"),
    ("saya guru honorer bernama Mardiana", "saya guru honorer bernama [nama]"),
    ("saya mewakili teman guru: Jumiati, Abd. Kadir", "saya mewakili teman guru: [nama], [nama]"),
    ("a.n siti nurhalijah belum cair", "a.n [nama] belum cair"),
    ("guru a.n. Wa Ode Rahma belum cair", "guru a.n. [nama] belum cair"),
    ("Hormat kami,\nWignyosubroto", "Hormat kami,\n[nama]"),
    ("Yang bertanda tangan di bawah ini: Drs. H. Sanusi, guru", "Yang bertanda tangan di bawah ini: [nama], guru"),
    ("dari Yanti di Sumbawa: gaji guru", "dari [nama] di Sumbawa: gaji guru"),
    ("Ibu Sumarni selaku wali murid", "[nama] selaku wali murid"),
    # the line breaks of a form of which only the n is left
    ("Mohon dicek.nNama : Wignyo nNIK : 3273010101900001", "Mohon dicek.nNama : [nama] nNIK : [NIK]"),
    ("nnama : slamet riadi nalamat : Jl. Mawar 3", "nnama : [nama] nalamat : [alamat]"),
    # homes; kecamatan and kabupaten stay
    (
        "alamat rumah Jl. Melati No 5 RT 02 RW 03 Kel. Sidotopo Wetan Kec. Kenjeran Surabaya",
        "alamat rumah [alamat] Kec. Kenjeran Surabaya",
    ),
    ("alamat ktp jl. cempaka putih no.22 rt4 rw7 beda", "alamat ktp [alamat] beda"),
    ("saya tinggal di Perum Griya Asri Blok C2 No. 17, Depok", "saya tinggal di [alamat], Depok"),
    ("alamat: Dsn. Krajan RT 1/RW 4 Ds. Sumberagung Kab. Magetan", "alamat: [alamat] Kab. Magetan"),
    ("Jl. Melati Gg. 3 No. 12 RT.02/RW.05", "[alamat]"),
    ("alamat Gundih gg 3", "alamat [alamat]"),
    ("saya warga RT 06 RW 02 Kelurahan Tanjung Mas", "saya warga [alamat]"),
    ("rmh sy jln. veteran no 45 a rt 7", "rmh sy [alamat]"),
    ("rumah saya Jl. Danau Toba No 5 Kel. Kampung Melayu", "rumah saya [alamat]"),
    ("rumah saya 50m dari sekolah, Gang Kelinci 4 no 8", "rumah saya 50m dari sekolah, [alamat]"),
]

KEPT = [
    # whom the complaint is about
    "guru olahraga Pak Dodi memukul",
    "kepsek bernama Drs. Sukirman minta 3 juta",
    "Kepala sekolah SMPN 3, Bapak Drs. H. Margono, M.Pd., meminta uang",
    "pelaku bernama Anton",
    "dipukul oleh Pak Bambang",
    "wali kelas Bu Rini diam saja, kepala sekolah SDN 4 bernama Bu Yuyun juga",
    # nobody's name
    "mapel Agama dan Budi Pekerti, SK Bupati 5 Januari 2015, jaman Bung Karno",
    "anak Jakarta, Beasiswa Pelaku Budaya, nama baik sekolah",
    "Yth. Bapak Menteri dan Ibu Kepala Dinas",
    "anak saya Muslim, siswa SMA Negeri 3, guru Agama Kristen",
    "namanya sama, namanya dicoret, atas nama sekolah",
    "Bunga dan Cahaya, Indah sekali, bagus, sabar",
    "SD Kartini, SMA Budi Mulia, MI Nurul Huda, Universitas Hasanuddin",
    "korban Pelecehan, korban Kekerasan",
    # roads, schools and offices
    "di Jl. Ahmad Yani macet, jalan Imam Bonjol berlubang",
    "PJU mati di Jl. Kenari RT 03 RW 01 Kel. Kauman",
    "Sekolah kami di Jl. Merdeka No. 10 RT 01 RW 02 bocor",
    "alamat sekolah Jl. Merdeka No 10",
    "SDN 3 beralamat di Jl. Raya Karangsari RT 1 RW 2",
    "padahal tinggal jalan kaki",
    "belakang rumah kami Jl. Jagir Sidosermo retak",
    "jalan RT 02 RW 03 Desa Sukamaju rusak",
    "rumah sakit di Jl. Moestopo No 6",
    "alamat IP 10.0.12.31",
]


@pytest.mark.parametrize(("text", "masked"), [pair for pair in HIDDEN if pair[1] is not None])
def test_a_child_a_reporter_and_a_home_are_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize("text", KEPT)
def test_officials_roads_and_ordinary_words_stay(text: str) -> None:
    assert mask(text) == text


def test_another_child_named_beside_one_is_masked_too() -> None:
    masked = mask("anak kami, Kevin, 8 tahun, dibully Rangga dan Satria")
    assert masked == "anak kami, [nama anak], 8 tahun, dibully [nama anak] dan [nama anak]"


def test_spans_tell_the_names_and_the_kecamatan_that_masking_leaves() -> None:
    text = "guru Pak Dodi, rumah Jl. Mawar No 3 Kec. Kenjeran"
    assert spans(text) == [Span(5, 13, "person_name"), Span(21, 49, "address")]
    assert mask(text) == "guru Pak Dodi, rumah [alamat] Kec. Kenjeran"


def test_a_name_that_is_also_a_word_needs_a_word_that_announces_it() -> None:
    assert {"indah", "bunga", "cahaya", "sari"} <= load_lexicon().ambiguous
    assert mask("Bunga di taman") == "Bunga di taman"
    assert mask("murid bernama Bunga") == "murid bernama [nama anak]"


PEOPLE = "anak saya nama bernama Rafi Budi Bunga dari ibu Pak guru kelas 5 Zhafira A. S. Drs. an. a.n. dan , . : SD si"
HOMES = "Jl. Melati No RT 02 Kel. Kec. alamat tinggal di rumah Blok C2 Kota 081234567890 nik 1234567890 budi@gmail.com"
OTHERS = "nol delapan [nama] [alamat] ( ) / - M.Pd. wali murid IV NAMA SITI oleh hormat"
WORDS = [*PEOPLE.split(), *HOMES.split(), *OTHERS.split(), "\n", "O812 3456 78I0"]
TEXTS = st.lists(st.sampled_from([*WORDS, *(f" {word} " for word in WORDS)]), max_size=14).map("".join)


@settings(max_examples=500)
@given(TEXTS)
def test_masking_names_twice_changes_nothing(text: str) -> None:
    once = mask(text)
    assert mask(once) == once


@settings(max_examples=300)
@given(TEXTS | st.text())
def test_spans_never_overlap(text: str) -> None:
    end = 0
    for span in spans(text):
        assert end <= span.start < span.end <= len(text)
        end = span.end


SIZE = 100_000
HOSTILE = [
    *("anak Rafi ", "anak saya bernama ", "Rafi ", "Rafi, ", "Rafi dan ", "Budi\n", "Drs. ", "A.S. ", "Pak Budi "),
    *("NAMA SITI ", "an. ", "hormat saya,\n", "S.Pd., ", "Budi, S.Pd", "O8", "O812 ", "O8I", "Jl. ", "alamat Jl. "),
    *("Jl. Melati No 5 RT 02 RW 03 ", "alamat: alamat ", "rumah di di di ", "RT/RW ", "Blok C2 No 5 ", "Kel. Desa "),
    *("jl a b c d e ", "rt5rt5", "[nama] ", "[nama", "T-2024", "DIPA-0", "isbn 978-", "dari ibu dari ", "IV ", "a'"),
    *("rumah, rumah, jl. x ", "anak Rafi. SITI ", "nNama : Rafi ", "nnn", "Rafi, Tulus, ", "1. Rafi 2. ", "08l"),
    *("saya dian ", "terima kasih,\n", "Terima kasih,\nRafi\n", "dari Rafi ", "SD, Rafi ", "a.n siti nurhalijah "),
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_no_run_of_names_or_streets_makes_masking_slow(piece: str) -> None:
    text = (piece * SIZE)[:SIZE]
    started = time.process_time()
    masked = mask(text)
    assert time.process_time() - started < 1
    assert mask(masked) == masked
