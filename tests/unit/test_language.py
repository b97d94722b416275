"""The language of a complaint, by its small words."""

import pytest

from aduan.language import detect_language
from aduan.text import surface_words


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Mohon bantuan, PIP anak saya belum cair dari bulan lalu", "id"),
        ("My son has been waiting for the certificate and the school does not answer", "en"),
        ("Kulo nyuwun pirsa, lare kulo dereng nampi KIP, kados pundi nggih pak", "jv"),
        ("Punten, abdi teu acan nampi artos PIP, kumaha nya kanggo budak abdi", "su"),
        ("Ambo indak tau baa caronyo mandaftar, anak ambo alun dapek sekolah", "min"),
        ("", "id"),
        ("PIP", "id"),
    ],
)
def test_the_language_is_told_by_small_words(text: str, code: str) -> None:
    assert detect_language(surface_words(text)) == code
