"""Which model serves: promoted, taken back, and never one that can't answer."""

from pathlib import Path

import numpy as np
import pytest

from aduan.model.heads import heads
from aduan.model.linear import LinearModel, load_model, save_model
from aduan.model.opinion import judge
from aduan.model.serving import CURRENT, door_judge, models_folder, promoted_model, serving_judge
from aduan.settings import Settings, load_settings
from ops.model_store import OWN, ModelStore
from schemas.errors import SettingsError
from tests.models import write_model


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(data_dir=tmp_path)


@pytest.fixture
def store(settings: Settings) -> ModelStore:
    return ModelStore(models_folder(settings))


def test_without_a_promotion_our_own_model_serves(settings: Settings, store: ModelStore) -> None:
    assert promoted_model(settings) is None
    assert serving_judge(settings) is judge()
    assert store.served() == OWN


def test_a_promoted_model_serves_and_is_kept_by_its_version(settings: Settings, store: ModelStore) -> None:
    store.promote(write_model(settings.data_dir / "elsewhere", "pip", "first"))
    assert serving_judge(settings).model.version == store.served() == "first"
    assert [one.version for one in store.models()] == ["first"]


def test_the_setting_names_the_model_whatever_was_promoted(settings: Settings, store: ModelStore) -> None:
    store.promote(write_model(settings.data_dir, "pip", "first"))
    fixed = write_model(settings.data_dir, "bos", "fixed")
    assert serving_judge(load_settings(data_dir=settings.data_dir, model_file=fixed)).model.version == "fixed"


def test_promotions_are_taken_back_one_by_one_down_to_our_own(settings: Settings, store: ModelStore) -> None:
    for version in ("first", "second"):
        store.promote(write_model(settings.data_dir, "pip", version))
    assert store.rollback() == "first"
    assert serving_judge(settings).model.version == "first"
    assert store.rollback() == OWN
    assert promoted_model(settings) is None
    with pytest.raises(SettingsError, match="no model was promoted"):
        store.rollback()


def test_promoting_what_serves_already_is_nothing_to_take_back(settings: Settings, store: ModelStore) -> None:
    path = write_model(settings.data_dir, "pip", "first")
    store.promote(path)
    store.promote(path)
    assert store.rollback() == OWN


def test_a_file_that_is_no_model_never_serves(settings: Settings, store: ModelStore) -> None:
    broken = settings.data_dir / "broken.npz"
    broken.write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(SettingsError, match=r"broken\.npz is no model"):
        store.promote(broken)
    assert not (models_folder(settings) / CURRENT).exists()


def test_a_model_file_that_was_changed_is_read_or_refused_and_nothing_else(tmp_path: Path) -> None:
    whole = write_model(tmp_path, "pip").read_bytes()
    path = tmp_path / "changed.npz"
    refused = 0
    for at in range(0, len(whole), 7):
        for changed in (whole[:at], whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]):
            path.write_bytes(changed)
            try:
                load_model(path)
            except SettingsError:
                refused += 1
    assert refused > len(whole) // 7


def test_a_model_of_another_taxonomy_never_serves(settings: Settings, store: ModelStore) -> None:
    others = [head._replace(classes=head.classes[:-1]) if head.name == "kategori" else head for head in heads()]
    columns = sum(len(head.classes) for head in others)
    path = settings.data_dir / "older.npz"
    weights = np.zeros((1, columns), np.float32)
    save_model(LinearModel("older", others, ["w:a"], weights, np.zeros(columns, np.float32)), path, {})
    with pytest.raises(SettingsError, match="older does not answer kategori by today's taxonomy"):
        store.promote(path)
    assert store.served() == OWN


def test_a_model_without_a_decision_never_serves(settings: Settings, store: ModelStore) -> None:
    some = [head for head in heads() if head.name != "jenis"]
    columns = sum(len(head.classes) for head in some)
    path = settings.data_dir / "less.npz"
    model = LinearModel("less", some, ["w:a"], np.zeros((1, columns), np.float32), np.zeros(columns, np.float32))
    save_model(model, path, {})
    with pytest.raises(SettingsError, match="does not answer all"):
        store.promote(path)


def test_a_version_that_there_is_not_is_named(store: ModelStore) -> None:
    with pytest.raises(SettingsError, match="lin-0: neither a model file nor a version"):
        store.find("lin-0")


def test_the_doors_take_a_model_only_when_asked_and_go_back_with_it(settings: Settings, store: ModelStore) -> None:
    store.promote(write_model(settings.data_dir, "pip", "first"), doors=True)
    store.promote(write_model(settings.data_dir, "bos", "second"))
    assert (store.served(), store.served_at_doors()) == ("second", "first")
    store.promote(write_model(settings.data_dir, "ppdb", "third"), doors=True)
    assert door_judge(settings).model.version == store.served_at_doors() == "third"
    assert (store.rollback(), store.served_at_doors()) == ("second", "first")
    assert (store.rollback(), store.served_at_doors()) == ("first", "first")
    assert (store.rollback(), store.served_at_doors()) == (OWN, OWN)
    assert door_judge(settings) is judge()


def test_promotions_of_before_there_was_a_doors_model_are_taken_back_and_leave_the_doors_our_own(
    settings: Settings, store: ModelStore
) -> None:
    store.promote(write_model(settings.data_dir, "pip", "first"))
    (models_folder(settings) / "promoted-doors.json").unlink()
    store.promote(write_model(settings.data_dir, "bos", "second"), doors=True)
    assert (store.rollback(), store.served_at_doors()) == ("first", OWN)
    assert (store.rollback(), store.served_at_doors()) == (OWN, OWN)
