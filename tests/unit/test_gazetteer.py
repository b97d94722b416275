"""The gazetteer's files: whole, each name once, and checked when they are read."""

import pytest

from aduan import datafiles
from aduan.gazetteer import DISTRICTS, LANDMARKS, load_cues, load_tree
from aduan.regions import is_region
from aduan.text import surface_words
from schemas.errors import SettingsError


@pytest.fixture(autouse=True)
def _read_anew() -> None:
    load_tree.cache_clear()


@pytest.mark.parametrize("file", [DISTRICTS, LANDMARKS])
def test_every_place_lies_in_a_region_that_is_known(file: str) -> None:
    assert all(is_region(code) for code, _ in datafiles.load_rows(file, 2))


def test_every_kabupaten_and_kota_with_kecamatan_is_there() -> None:
    assert len({code for code, _ in datafiles.load_rows(DISTRICTS, 2)}) >= 500


@pytest.mark.parametrize(
    ("file", "row", "complaint"),
    [
        (LANDMARKS, "9999\tcandi entah", "9999 is no region"),
        (LANDMARKS, "3308\tcandi entah;candi entah", "'candi entah' stands twice"),
        (LANDMARKS, "3308\tmuntilan", "'muntilan' stands twice"),
        (DISTRICTS, "3308\tCandi Entah", "'Candi Entah' is not plain lower case"),
        (DISTRICTS, "3308", "1 columns instead of 2"),
    ],
)
def test_a_wrong_row_is_named(file: str, row: str, complaint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read = datafiles._read
    monkeypatch.setattr(datafiles, "_read", lambda name: f"{read(name)}\n{row}\n" if name == file else read(name))
    with pytest.raises(SettingsError, match=complaint):
        load_tree()


def test_no_slip_or_glued_name_is_a_word_of_complaints() -> None:
    """Words that a complaint may well hold; each was once taken for the name of a place."""
    words = "banding bandang bintang meninggal samping simpang tarikan langka pinang beliung mandor dibanding"
    tree = load_tree()
    for word in surface_words(words):
        name, _ = tree.get(word, (None, {}))
        assert name is None or name.shy, word


def test_a_word_is_taken_out_of_the_slips_by_the_file() -> None:
    assert not any(word in load_tree() and load_tree()[word][0] for word in load_cues().words)
