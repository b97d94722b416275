"""Acronyms and their long forms are synonyms, both ways, from a data file that is checked."""

import pytest

from aduan.acronyms import load_acronyms, parse_acronyms
from schemas.errors import SettingsError


def test_an_acronym_means_its_long_form() -> None:
    assert load_acronyms().synonyms("PIP") == ("program indonesia pintar",)


def test_a_long_form_means_its_acronym() -> None:
    assert load_acronyms().synonyms("Program Indonesia Pintar") == ("pip",)


def test_two_acronyms_of_one_long_form_mean_one_another_through_it() -> None:
    assert set(load_acronyms().synonyms("pegawai pemerintah dengan perjanjian kerja")) == {"pppk", "p3k"}


def test_an_ordinary_word_means_only_itself() -> None:
    assert load_acronyms().synonyms("seragam") == ()


@pytest.mark.parametrize(
    "acronym", ["pip", "kip", "bos", "ppdb", "spmb", "nuptk", "sktp", "tpg", "ppg", "dapodik", "nisn", "ukt"]
)
def test_the_vocabulary_of_the_field_is_there(acronym: str) -> None:
    assert acronym in load_acronyms().long_forms


@pytest.mark.parametrize(
    ("rows", "key"),
    [({"PIP": ["program indonesia pintar"]}, "PIP"), ({"pip": []}, "pip"), ({"pip": ["Program"]}, "pip")],
)
def test_a_wrong_row_is_named(rows: dict[str, list[str]], key: str) -> None:
    with pytest.raises(SettingsError, match=rf"acronyms.yaml, acronyms\.{key}"):
        parse_acronyms({"acronyms": rows})
