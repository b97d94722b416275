"""Small models for tests: of one weight each, so that what they answer is known beforehand."""

from pathlib import Path

import numpy as np

from aduan.model.heads import KATEGORI, heads
from aduan.model.linear import LinearModel, save_model
from aduan.model.opinion import Judge


def model_that_says(kategori: str, version: str = "always") -> LinearModel:
    """A model that gives every text this category, sure of it, and normal priority without danger."""
    columns = [(head.name, code) for head in heads() for code in head.classes]
    wanted = {(KATEGORI, kategori), ("jenis", "pengaduan"), ("prioritas", "normal")}
    bias = np.array([6.0 if one in wanted else -6.0 for one in columns], np.float32)
    weights = np.zeros((1, len(columns)), np.float32)
    return LinearModel(version, heads(), ["w:sekolah"], weights, bias)


def judge_that_says(kategori: str, version: str = "always") -> Judge:
    """The judge of that model."""
    return Judge(model_that_says(kategori, version))


def write_model(folder: Path, kategori: str, version: str = "always") -> Path:
    """The file of that model."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{version}.npz"
    save_model(model_that_says(kategori, version), path, {"texts": 1, "by_kategori": {kategori: 1}})
    return path
