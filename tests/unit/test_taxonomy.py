"""The taxonomy file: complete, labelled in two languages, and refused with the key that is wrong."""

import pytest

from aduan.datafiles import load_yaml
from aduan.taxonomy import FIELDS, is_code, label, parse, taxonomy
from schemas.errors import SettingsError


def test_the_taxonomy_has_21_categories_with_labels_in_both_languages() -> None:
    assert len(taxonomy().kategori) == 21
    for field in FIELDS:
        for code in taxonomy().of(field):
            assert label(field, code, "id")
            assert label(field, code, "en")


def test_an_unknown_code_is_its_own_label() -> None:
    assert label("kategori", "not_yet_known") == "not_yet_known"
    assert not is_code("kategori", "not_yet_known")
    assert is_code("kategori", "pip")


def test_a_missing_code_that_the_code_needs_is_named() -> None:
    raw = {
        name: dict(value) if isinstance(value, dict) else value for name, value in load_yaml("taxonomy.yaml").items()
    }
    raw["prioritas"].pop("darurat")
    with pytest.raises(SettingsError, match=r"taxonomy\.yaml, prioritas: the code darurat is missing"):
        parse(raw)


def test_a_class_without_a_label_is_named() -> None:
    with pytest.raises(SettingsError, match=r"taxonomy\.yaml, jenis\.pengaduan\.en"):
        parse({"version": 1, "jenis": {"pengaduan": {"id": "x", "means": "y"}}})
