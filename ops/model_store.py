"""The models of an installation: `data_dir/models`. Trained ones stand by version; `current.npz` is what serves.

`promoted.json` is the stack of versions that served, so that a promotion can be taken back, and `promoted-doors.json`
that of the doors' model, as long as it. Writes are atomic: who starts meanwhile reads the old model or the new one.
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
from aduan.model.serving import CURRENT, DOORS
from schemas.errors import SettingsError

OWN: Final = "own"
"""Stands for the model that Aduan comes with."""
_STACK: Final = "promoted.json"
_DOOR_STACK: Final = "promoted-doors.json"


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
            if path.name not in {CURRENT, DOORS}:
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
        return self._version(CURRENT)

    def served_at_doors(self) -> str:
        """Version of the doors' first look, or `OWN`."""
        return self._version(DOORS)

    def promote(self, path: Path, *, doors: bool = False) -> Stored:
        """Let this model serve, after a check that it can; at the `doors`, too, if asked. Read when they start."""
        new = read_stored(path)
        check_serves(path)
        before, at_doors = self.served(), self.served_at_doors()
        self._folder.mkdir(parents=True, exist_ok=True)
        kept = self._folder / f"{new.version}.npz"
        if path.resolve() != kept.resolve():
            _copy(path, kept)
        if before != new.version:
            self._write_stack(_DOOR_STACK, [*self._door_stack(), at_doors])
            self._write_stack(_STACK, [*self._stack(_STACK), before])
        _copy(kept, self._folder / CURRENT)
        if doors:
            _copy(kept, self._folder / DOORS)
        return new

    def rollback(self) -> str:
        """Let the version before serve again; returns it. SettingsError when there is none or its file is gone."""
        stack, door_stack = self._stack(_STACK), self._door_stack()
        if not stack:
            raise SettingsError("no model was promoted before this one")
        *rest, before = stack
        *doors_rest, at_doors = door_stack
        self._restore(at_doors, DOORS)
        self._restore(before, CURRENT)
        self._write_stack(_STACK, rest)
        self._write_stack(_DOOR_STACK, doors_rest)
        return before

    def _restore(self, version: str, name: str) -> None:
        if version == OWN:
            (self._folder / name).unlink(missing_ok=True)
            return
        kept = self.find(version)
        check_serves(kept)
        _copy(kept, self._folder / name)

    def _version(self, name: str) -> str:
        path = self._folder / name
        return read_stored(path).version if path.exists() else OWN

    def _door_stack(self) -> list[str]:
        """As long as the other: promotions before there was one left the doors alone."""
        count = len(self._stack(_STACK))
        padded = [OWN] * count + self._stack(_DOOR_STACK)
        return padded[len(padded) - count :]

    def _stack(self, name: str) -> list[str]:
        path = self._folder / name
        if not path.exists():
            return []
        try:
            return [str(one) for one in json.loads(path.read_text(encoding="utf-8"))]
        except (OSError, ValueError, TypeError):
            raise SettingsError(f"{path} can't be read; put it right or remove it") from None

    def _write_stack(self, name: str, versions: Sequence[str]) -> None:
        written = self._folder / f"{name}.new"
        written.write_text(json.dumps(list(versions)), encoding="utf-8")
        written.replace(self._folder / name)


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
