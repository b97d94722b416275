"""The door's danger words: plain, indirect and regional words are found, and what only sounds like danger is not."""

import pytest

from aduan.rules import danger_lexicon
from aduan.triage import triage
from schemas.topics import Lane


@pytest.mark.parametrize(
    "text",
    [
        "anak saya dipukul gurunya sampai lebam",
        "ank sy di pukulin kakak kelas, idungnya berdarah",
        "putri kami dilecehkan pelatih ekskul",
        "pak guru suka meraba-raba siswi di ruang UKS",
        "adik saya bilang mau mati saja, sering sayat tangan",
        "teman saya mau bunuh diri",
        "atap kelas ambruk menimpa siswa",
        "bangunan sekolah hampir roboh, anak-anak masih belajar di dalam",
        "siswa keracunan makanan, puluhan muntah-muntah",
        "anake kulo digebugi gurune",
        "budak abdi diteunggeul ku guru",
        "anak ambo ditampa guru, ditampar sampai bengkak",
        "si bocah digampar ama gurunye, bang",
        "my son was beaten by his teacher",
        "siswa tawuran bawa celurit di depan sekolah",
        "anak saya diperkosaaaa oleh penjaga sekolah",
        "dosen pembimbing mencium paksa saya",
        "siswa diculik sepulang sekolah",
        "kalau lapor nanti dipukul lagi sama gurunya, anak saya takut",
    ],
)
def test_danger_goes_to_the_urgent_lane(text: str) -> None:
    lane, findings = triage("", text)
    assert lane is Lane.URGENT
    assert findings
    assert all(finding.field == "lane" and finding.value == "urgent" for finding in findings)


@pytest.mark.parametrize(
    "text",
    [
        "PIP anak saya belum cair sejak bulan lalu",
        "listrik mati terus, kelas gelap",
        "di sekolah kami tidak ada kekerasan",
        "bukan dipukul sih, cuma hp disita guru",
        "rapat pukul 10.00 di sekolah anak saya",
        "saya dilempar-lempar dari dinas ke sekolah",
        "guru honorer banting tulang, gaji belum dibayar",
        "jalan rusak berlubang di depan kantor kelurahan",
        "mohon info jadwal PPDB",
        "saya sakit hati dengan pelayanan loket",
        "",
    ],
)
def test_what_only_sounds_like_danger_stays_ordinary(text: str) -> None:
    assert triage("", text) == (Lane.ORDINARY, ())


def test_the_title_counts_too() -> None:
    assert triage("Anak saya dikeroyok", "mohon bantuannya")[0] is Lane.URGENT


def test_findings_hold_words_of_our_list_only() -> None:
    _, findings = triage("", "Budi Santoso dipukuli Pak Joko sampai lebam di Kelas 4")
    listed = danger_lexicon().entries
    assert {word for finding in findings for word in finding.words} <= listed.keys()
