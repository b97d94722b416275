"""The linear model as it serves: the same sums as training's, bounded memory, and files that are refused, never run."""

import json
from pathlib import Path

import numpy as np
import pytest

from aduan.model.features import Said
from aduan.model.heads import heads
from aduan.model.linear import KEPT_WORDS, LinearModel, load_model, probabilities, save_model
from aduan.model.opinion import judge
from aduan.reading import read_complaint
from ops.training.fit import features_of
from schemas.errors import SettingsError

TEXTS = (
    "PIP anak saya belum cair",
    "Atap kelas bocor, meja kurang, mohon diperbaiki",
    "",
    "🙏",
    "guru memukul murid " * 300,
)


def said(text: str) -> Said:
    return read_complaint("", text).said


def model() -> LinearModel:
    return judge().model


def test_a_served_score_is_the_sum_of_the_features_that_training_made() -> None:
    names = {name: row for row, name in enumerate(model().names)}
    weights = model().weights[1:].astype(np.float64)
    served = model().scores([said(text) for text in TEXTS])
    for text, scores in zip(TEXTS, served, strict=True):
        summed = model().bias.astype(np.float64).copy()
        for name, value in features_of(said(text)):
            if name in names:
                summed += value * weights[names[name]]
        assert np.allclose(scores, summed, atol=2e-3)


def test_scores_do_not_depend_on_the_batch() -> None:
    together = model().scores([said(text) for text in TEXTS])
    for alone, row in zip(TEXTS, together, strict=True):
        assert np.allclose(model().scores([said(alone)])[0], row, atol=1e-5)
    assert model().scores([]).shape == (0, len(model().bias))


def test_its_table_of_words_is_bounded_and_begins_anew(tmp_path: Path) -> None:
    save_model(model(), tmp_path / "copy.npz", {})
    fresh, _ = load_model(tmp_path / "copy.npz")
    before = fresh.scores([said(TEXTS[0])])
    for start in range(0, 3 * KEPT_WORDS, 4_000):
        words = [f"kata{number}" for number in range(start, start + 4_000)]
        fresh.scores([Said(words, set(words), {})])
    assert len(fresh._slots) <= KEPT_WORDS + 4_000
    assert np.allclose(fresh.scores([said(TEXTS[0])]), before, atol=1e-5)


def test_a_saved_model_is_the_same_model(tmp_path: Path) -> None:
    save_model(model(), tmp_path / "copy.npz", {"texts": 3})
    copy, meta = load_model(tmp_path / "copy.npz")
    assert (copy.version, copy.heads, copy.names, meta) == (model().version, heads(), model().names, {"texts": 3})
    assert np.allclose(copy.scores([said(TEXTS[0])]), model().scores([said(TEXTS[0])]), atol=1e-3)


def test_a_file_that_is_no_model_is_refused_by_name(tmp_path: Path) -> None:
    broken = tmp_path / "broken.npz"
    for raw in (b"", b"not a zip", b"PK\x03\x04 torn"):
        broken.write_bytes(raw)
        with pytest.raises(SettingsError, match=r"broken\.npz"):
            load_model(broken)
    told = json.dumps({"format": 99, "version": "x", "heads": [], "names": [], "meta": {}}).encode()
    np.savez(broken, weights=np.zeros((0, 0)), bias=np.zeros(0), text=np.frombuffer(told, np.uint8))
    with pytest.raises(SettingsError):
        load_model(broken)
    np.savez(broken, weights=np.array([object()]), bias=np.zeros(1), text=np.frombuffer(told, np.uint8))
    with pytest.raises(SettingsError):  # pickled objects are never loaded
        load_model(broken)


def test_probabilities_of_a_head_sum_to_one_and_a_yes_no_head_stays_between() -> None:
    several = probabilities(np.array([[1000.0, 0.0], [0.0, 0.0]], np.float32), binary=False)
    assert np.allclose(several.sum(axis=1), 1)
    yes_or_no = probabilities(np.array([[-1e9], [1e9]], np.float32), binary=True)
    assert np.allclose(yes_or_no, [[0], [1]], atol=1e-6)
