"""Which model an installation serves: the promoted one where there is one, else the one that Aduan comes with."""

from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Final

from aduan.model.linear import LinearModel, load_model
from aduan.model.opinion import FILE, Judge, judge
from aduan.settings import Settings

FOLDER: Final = "models"
CURRENT: Final = "current.npz"
DOORS: Final = "doors.npz"
"""The model of the doors' first look: promoted only when it finds no less danger than the one before it."""


def models_folder(settings: Settings) -> Path:
    """Where trained and promoted models of the installation stand."""
    return settings.data_dir / FOLDER


def promoted_model(settings: Settings) -> Path | None:
    """The file that serves: the setting, else the promoted model if it exists; None for Aduan's own."""
    if settings.model_file is not None:
        return settings.model_file
    current = models_folder(settings) / CURRENT
    return current if current.exists() else None


def serving_judge(settings: Settings) -> Judge:
    """The judge that serves here, read now. SettingsError when the file is missing or no model of this Aduan."""
    path = promoted_model(settings)
    return judge() if path is None else read_judge(path)


def door_judge(settings: Settings) -> Judge:
    """The judge of the doors' first look, read now. SettingsError as `serving_judge`."""
    path = models_folder(settings) / DOORS
    return read_judge(path) if path.exists() else judge()


def read_judge(path: Path) -> Judge:
    """The judge of a model file. SettingsError says what is wrong with it."""
    model, _ = load_model(path)
    return Judge(model)


def own_model() -> tuple[LinearModel, dict[str, Any]]:
    """The model that Aduan comes with, and what its card says."""
    with as_file(files("aduan") / "data" / FILE) as path:
        return load_model(path)
