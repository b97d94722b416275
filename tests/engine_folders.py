"""Folders of the tests' own engines, and the sweep of what a killed test run left behind."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from ops.engines import Engines


@contextmanager
def engine_folder() -> Iterator[Path]:
    """A folder that is thrown away afterwards. First stops engines whose test run was killed, by their pid files."""
    root = Path(tempfile.gettempdir()) / f"aduan-tests-{os.getuid()}"
    root.mkdir(mode=0o700, exist_ok=True)
    for left in root.iterdir():
        if not _owner_lives(left):
            sweep(left)
    folder = Path(tempfile.mkdtemp(dir=root))
    owner = {"pid": os.getpid(), "created": psutil.Process().create_time()}
    (folder / "owner.json").write_text(json.dumps(owner), encoding="utf-8")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep(folder: Path) -> None:
    """Stop the engines of this folder, by their pid files, and remove it."""
    engines = Engines.attach(folder)
    engines.keep_data = False
    engines.stop()
    shutil.rmtree(folder, ignore_errors=True)


def _owner_lives(folder: Path) -> bool:
    try:
        owner = json.loads((folder / "owner.json").read_text(encoding="utf-8"))
        return abs(psutil.Process(int(owner["pid"])).create_time() - float(owner["created"])) < 2
    except (OSError, ValueError, KeyError, psutil.NoSuchProcess):
        return False
