"""Normalising: what people type becomes the words that rules speak of."""

import time

import pytest

from aduan.rules import full_lexicon
from aduan.text import MAX_CHARS, TAIL_CHARS, Remembered, forms_of, make_normaliser, surface_words


def words(text: str) -> list[str]:
    return full_lexicon().words(surface_words(text))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("dipukuli", ["pukul"]),
        ("mukulin", ["pukul"]),
        ("pungliiii", ["pungut", "liar"]),
        ("sekolahnya", ["sekolah"]),
        ("anak2", ["anak"]),
        ("kepsek", ["kepala", "sekolah"]),
        ("blm", ["belum"]),
        ("yg", []),
        ("SMAN1", ["sman"]),
        ("500rb", ["rp"]),
        ("Rp250.000", ["rp", "#"]),
        ("2025", ["#"]),
        ("nmohon", ["mohon"]),
    ],
)
def test_a_spelling_becomes_the_word_that_is_meant(typed: str, meant: list[str]) -> None:
    assert words(typed) == meant


def test_markup_addresses_and_long_runs_are_not_words() -> None:
    text = "<p style='x'>PIP</p> https://contoh.id/a?b=c saya@contoh.id " + "QUJD" * 30 + " &nbsp; cair\\nkapan"
    assert surface_words(text) == ["pip", "cair", "kapan"]


def test_the_middle_of_a_very_long_text_is_not_looked_at_but_its_end_is() -> None:
    text = "a " * MAX_CHARS + "tengah " + "b " * TAIL_CHARS + "akhir"
    found = surface_words(text)
    assert "akhir" in found
    assert "tengah" not in found


@pytest.mark.parametrize("letter", ["a", "<", "<a", "&", "@", "\x00", "’", "😭", "a.", "www.", "http://"])
def test_one_thing_repeated_for_100_kb_takes_no_time(letter: str) -> None:
    text = (letter * 100_000)[:100_000]
    started = time.process_time()
    surface_words(text)
    assert time.process_time() - started < 0.5


def test_forms_follow_the_sound_changes_of_men() -> None:
    assert {"memukul", "dipukuli", "pemukulan", "mukul"} <= forms_of("pukul")
    assert {"menyiksa", "penyiksaan"} <= forms_of("siksa")
    assert {"mengancam", "ngancam"} <= forms_of("ancam")


def test_the_cache_of_the_normaliser_is_bounded() -> None:
    kept = Remembered(make_normaliser({}, [], []), most=10)
    for number in range(100):
        assert kept[f"kata{number}x"] == (f"kata{number}x",)
        assert len(kept) <= 10
