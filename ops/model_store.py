"""The models of an installation: `data_dir/models`. Trained ones stand by version; `current.npz` is what serves.

`promoted.json` is the stack of versions that served, so that a promotion can be taken back. Writes are atomic: a worker
that starts meanwhile reads the old model or the new one.
"""

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from aduan.model.heads import heads
from aduan.model.linear import load_model
from aduan.model.opinion import Judge
from aduan.model.serving import CURRENT
from schemas.errors import SettingsError

OWN: Final = "own"
"""Stands for the model that Aduan comes with."""
_STACK: Final = "promoted.json"


@dataclass(frozen=True, slots=True)
class Stored:
    """One model file. `facts`: what its card says."""

    path: Path
    version: str
    facts: dict[str, Any]


class ModelStore:
    """Models of one folder. For one administrator at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def models(self) -> Iterator[Stored]:
        """Every model that can be read, by name; files that are none are left out."""
        for path in sorted(self._folder.glob("*.npz")):
            if path.name != CURRENT:
                try:
                    yield read_stored(path)
                except SettingsError:
                    continue

    def find(self, named: str) -> Path:
        """The file of a version or path. SettingsError when there is none."""
        for path in (Path(named), self._folder / f"{named}.npz"):
            if path.is_file():
                return path
        raise SettingsError(f"{named[:200]}: neither a model file nor a version of aduan model list")

    def served(self) -> str:
        """Version that serves, or `OWN`."""
        current = self._folder / CURRENT
        return read_stored(current).version if current.exists() else OWN

    def promote(self, path: Path) -> Stored:
        """Let this model serve, after a check that it can. Workers read it when they start."""
        new = read_stored(path)
        check_serves(path)
        before = self.served()
        self._folder.mkdir(parents=True, exist_ok=True)
        kept = self._folder / f"{new.version}.npz"
        if path.resolve() != kept.resolve():
            _copy(path, kept)
        _copy(kept, self._folder / CURRENT)
        if before != new.version:
            self._write_stack([*self._stack(), before])
        return new

    def rollback(self) -> str:
        """Let the version before serve again; returns it. SettingsError when there is none or its file is gone."""
        stack = self._stack()
        if not stack:
            raise SettingsError("no model was promoted before this one")
        *rest, before = stack
        if before == OWN:
            (self._folder / CURRENT).unlink(missing_ok=True)
        else:
            kept = self.find(before)
            check_serves(kept)
            _copy(kept, self._folder / CURRENT)
        self._write_stack(rest)
        return before

    def _stack(self) -> list[str]:
        path = self._folder / _STACK
        if not path.exists():
            return []
        try:
            return [str(one) for one in json.loads(path.read_text(encoding="utf-8"))]
        except (OSError, ValueError, TypeError):
            raise SettingsError(f"{path} can't be read; put it right or remove it") from None

    def _write_stack(self, versions: Sequence[str]) -> None:
        written = self._folder / f"{_STACK}.new"
        written.write_text(json.dumps(list(versions)), encoding="utf-8")
        written.replace(self._folder / _STACK)


def read_stored(path: Path) -> Stored:
    """A model file's version and facts. SettingsError when it is none."""
    model, facts = load_model(path)
    return Stored(path, model.version, facts)


def check_serves(path: Path) -> Judge:
    """The judge of a model that answers all that is asked, in today's classes. SettingsError says what is missing."""
    model, _ = load_model(path)
    judge = Judge(model)
    answered = {head.name: head.classes for head in model.heads}
    for head in heads():
        if answered[head.name] != head.classes:
            raise SettingsError(f"{model.version} does not answer {head.name} by today's taxonomy; train it again")
    return judge


def _copy(source: Path, target: Path) -> None:
    written = target.with_name(f"{target.name}.new")
    shutil.copyfile(source, written)
    with written.open("rb") as file:
        os.fsync(file.fileno())
    written.replace(target)
