"""Which answers to a closed case are nothing but thanks, and open nothing again."""

import pytest

from aduan.thanks import is_only_thanks


@pytest.mark.parametrize(
    "text",
    [
        "Terima kasih",
        "Terima kasih banyak Bu [nama], sudah dibantu. Semoga sehat selalu 🙏",
        "MAKASIH MIN!!!",
        "Assalamualaikum, matur nuwun atas tanggapannya",
        "Thank you so much for your help",
    ],
)
def test_thanks_and_politeness_open_nothing_again(text: str) -> None:
    assert is_only_thanks(text)


@pytest.mark.parametrize(
    "text",
    [
        "Terima kasih, tapi belum selesai",
        "Terima kasih, kapan cair?",
        "Terima kasih?",
        "Sudah selesai",
        "Baik pak",
        "Terima kasih, sudah 3 bulan",
        "🙏",
        "",
        "Makasih tidak membantu",
        "terima kasih " * 40,
        "Belum ada perubahan",
    ],
)
def test_any_other_word_and_words_without_thanks_are_an_answer(text: str) -> None:
    assert not is_only_thanks(text)
