"""Texts that stand nearly the same on both sides of the split would make figures flatter."""

from ops.training.corpus import Labelled, apart, near_duplicates

LEARNED = "Anak saya belum dapat PIP padahal tetangga yang mampu sudah dapat sejak kelas satu"


def row(name: str, text: str, style: str) -> Labelled:
    return Labelled(name, "", text, "pengaduan", "pip", None, "normal", "publik", style)


def test_a_text_with_a_word_changed_is_found_and_one_on_the_same_matter_is_not() -> None:
    rows = [
        row("learned", LEARNED, "x-s01"),
        row("changed", LEARNED.replace("satu", "dua"), "x-s02-h"),
        row("other", "PIP anak saya belum cair, tetangga yang mampu malah sudah dapat", "x-s02-h"),
        row("same author's", LEARNED + ".", "x-s01"),
    ]
    assert sorted(near_duplicates(rows)) == [("learned", "changed"), ("same author's", "changed")]


def test_very_short_texts_are_compared_too() -> None:
    rows = [row("learned", "tes", "x-s01"), row("held", "Tes", "x-s02-h"), row("no", "halo", "x-s02-h")]
    assert list(near_duplicates(rows)) == [("learned", "held")]


def test_what_resembles_a_held_out_text_is_left_out_of_what_is_learned() -> None:
    held = [row("held", LEARNED, "x-s02-h")]
    mine = [row("near", LEARNED.upper(), "corrections"), row("far", "Guru jarang masuk", "corrections")]
    assert [one.id for one in apart(mine, held)] == ["far"]
