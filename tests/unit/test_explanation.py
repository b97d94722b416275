"""Why a complaint was classified so: sentences for a clerk, in the writer's own words, and nobody's name."""

import pytest

from aduan.citing import Quotes
from aduan.classification import Submission, classify
from aduan.explanation import explain, load_phrases, reason
from aduan.masking import mask
from aduan.triage import triage
from schemas.events import Channel, Claimed, Classification, Finding, Share
from tests.factories import classification

FINDINGS = (
    Finding(field="kategori", value="pip", rule="words", words=("pip belum cair", "rekening simpel")),
    Finding(field="kategori_alt", value="bos", rule="learned", words=("operator",)),
    Finding(field="jenis", value="pengaduan", rule="learned"),
    Finding(field="prioritas", value="tinggi", rule="deadline", words=("besok terakhir",)),
    Finding(field="kerahasiaan", value="publik", rule="default"),
)
SHARES = (Share(kategori="pip", share=0.6), Share(kategori="bos", share=0.3))


def classified(text: str, title: str = "", *, claimed: Claimed | None = None) -> Classification:
    _, found = triage(title, text)
    item = Submission("x", title, text, "", Channel.WEB, claimed or Claimed(), automated=False, triage=found)
    return classify([item])[0]


def told(text: str, title: str = "", *, claimed: Claimed | None = None) -> str:
    return explain(classified(text, title, claimed=claimed), mask(title), mask(text))


def test_every_part_is_a_sentence_with_its_reason() -> None:
    classes = classification(
        kategori="pip",
        kategori_alt="bos",
        shares=SHARES,
        prioritas="tinggi",
        confidence=0.6,
        provinsi=None,
        findings=FINDINGS,
    )
    assert explain(classes, "", "PIP blm cair, buku rekening simpel di sekolah. Besok terakhir, kata operatornya") == (
        "Program Indonesia Pintar (PIP/KIP) (yakin 60 %) karena tertulis “PIP blm cair” dan “rekening simpel”. "
        "Mungkin juga Dana BOS/BOP & keuangan sekolah (30 %) karena mirip aduan lain dengan kata “operatornya”. "
        "Jenis pengaduan. Prioritas tinggi karena batas waktunya dekat (“Besok terakhir”). Bersifat publik."
    )


def test_an_erased_text_is_explained_with_the_words_of_our_lists() -> None:
    classes = classification(kategori="pip", confidence=0.9, provinsi=None, findings=FINDINGS)
    assert "karena tertulis “pip belum cair” dan “rekening simpel”" in explain(classes)


def test_the_writers_own_words_are_cited_not_their_roots() -> None:
    said = told("Anak saya dipukulin gurunya sampe berdarah di sekolah")
    assert "“dipukulin" in said or "dipukulin gurunya”" in said
    assert "“pukul" not in said


def test_words_that_only_together_say_something_are_cited_with_a_gap() -> None:
    said = told("Setiap guru yang lulus sertifikasi diminta menyetor satu bulan tunjangan kepada kepala seksi")
    assert "diminta menyetor" in said
    assert "funds skimmed" not in said


def test_a_runner_up_is_told_where_it_is_near_or_the_first_is_unsure() -> None:
    far = (Share(kategori="pip", share=0.9), Share(kategori="bos", share=0.06))
    sure = classification(kategori="pip", kategori_alt="bos", shares=far, confidence=0.9)
    assert "Mungkin juga" not in explain(sure)
    assert "Mungkin juga Dana BOS/BOP & keuangan sekolah (30 %)" in explain(
        classification(kategori="pip", kategori_alt="bos", shares=SHARES)
    )


@pytest.mark.parametrize(
    ("shares", "words", "why"),
    [
        ((0.4, 0.35), ("pip",), "dua kategori hampir sama kuat"),
        ((0.4, 0.1), (), "hampir tidak ada kata yang dikenal"),
        ((0.4, 0.1), ("pip",), "tidak ada kategori yang menonjol"),
    ],
)
def test_doubt_is_told_with_its_cause(shares: tuple[float, float], words: tuple[str, ...], why: str) -> None:
    classes = classification(
        kategori="pip",
        kategori_alt="bos",
        confidence=shares[0],
        unsure=True,
        shares=(Share(kategori="pip", share=shares[0]), Share(kategori="bos", share=shares[1])),
        findings=(Finding(field="kategori", value="pip", rule="learned", words=words),),
    )
    assert explain(classes).endswith(f"Kurang yakin karena {why}: petugas melihat dulu.")


def test_an_emergency_does_not_wait_for_the_doubt_to_be_settled() -> None:
    said = explain(classification(unsure=True, confidence=0.3, prioritas="darurat"))
    assert said.endswith("tetapi tidak menunggu karena darurat.")


def test_priority_and_confidentiality_say_why() -> None:
    said = told("anak saya ditendang gurunya sampai berdarah di sekolah")
    assert "Prioritas darurat karena ada" in said
    assert "Bersifat rahasia karena aduan kekerasan, korupsi dan pelanggaran selalu dirahasiakan." in said
    assert "Bersifat anonim karena pelapor meminta namanya tidak disebut" in told(
        "Guru kami jarang masuk kelas, jangan sebut nama saya"
    )
    assert "Bersifat publik karena pelapor memilihnya." in told("PIP belum cair", claimed=Claimed(kerahasiaan="publik"))


def test_the_place_is_cited_as_it_was_written() -> None:
    assert "Wilayah Kota Surabaya karena tertulis “SURABAYA”." in told("PIP di SDN SURABAYA belum cair")
    assert "karena tertulis “dijogja”" in told("PIP anak saya dijogja belum cair")


NAMES = (
    "Budi Santoso dipukul Pak Joko Widodo dan Bu Fitri Lestari di SMP, kata Merry dan Putu Gusti. Hubungi 081234567890"
)


def test_no_name_and_no_number_is_ever_in_findings_or_explanation() -> None:
    classes = classified(NAMES)
    found = " ".join(word for one in classes.findings for word in one.words)
    for text in (mask(NAMES), NAMES):  # also where masking missed them
        said = f"{found} {explain(classes, '', text)}".lower()
        for name in ("budi", "santoso", "joko", "widodo", "fitri", "lestari", "merry", "putu", "gusti", "0812"):
            assert name not in said, name


def test_what_masking_put_is_never_cited() -> None:
    assert Quotes("", "rekening [NOMOR] simpel").of("rekening simpel") is None
    assert Quotes("", "lapor [NAMA], NAMA").of("nama") == "NAMA"
    assert Quotes("", "kata merry").of("merry") is None, "hardly ever anything but a name"
    assert Quotes("", "tinggal 2 hari").of("tinggal # hari") == "tinggal 2 hari"
    assert Quotes("", "ada 1.140 guru").of("# guru") == "1.140 guru"
    assert Quotes("", "bayar Rp 3.500.000 per guru").of("# per guru") == "3.500.000 per guru"
    assert Quotes("", "HP.081.234.567 guru").of("# guru") == "… guru"
    assert Quotes("", "tinggal 1234567890 hari").of("tinggal # hari") == "tinggal … hari"


def test_one_citation_does_not_repeat_another_and_all_are_short() -> None:
    found = (Finding(field="kategori", value="pip", rule="words", words=("pip belum cair", "pip", "belum cair")),)
    said = explain(classification(kategori="pip", findings=found), "PIP", "Dana PIP belum cair sama sekali. " * 500)
    assert "karena tertulis “PIP belum cair”." in said
    assert len(told("PIP belum cair. Mohon bantuannya, " * 500)) <= 900


def test_title_and_text_are_not_read_across() -> None:
    assert Quotes("dana pip", "belum cair").of("pip belum cair") is None
    assert Quotes("pip belum cair", "").of("pip belum cair") == "pip belum cair"


def test_a_rule_of_an_older_version_is_named_as_it_is() -> None:
    assert reason(Finding(field="jenis", value="wbs", rule="older")) == "older"
    assert reason(Finding(field="jenis", value="wbs", rule="older", words=("suap",))) == "“suap”"


def test_every_phrase_without_words_stands_for_one_with_words() -> None:
    phrases = load_phrases()
    assert all(name in phrases.rules or name.split(":")[1] in phrases.rules for name in phrases.bare)
    assert not any("{words}" in phrase for phrase in phrases.bare.values())
