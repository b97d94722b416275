"""`run.json` in the data folder: what `aduan run` has started, for `aduan status`, the demo and the next run."""

import json
import os
import time
from pathlib import Path
from typing import Any, Final

import psutil

NAME: Final = "run.json"


def write(data_dir: Path, document: dict[str, Any]) -> None:
    """Replace it as a whole: a reader sees the old one or the new one."""
    path = data_dir / NAME
    aside = path.with_suffix(f".{os.getpid()}")
    aside.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    aside.replace(path)


def read(data_dir: Path) -> dict[str, Any]:
    """What is noted; empty when nothing is or the note is damaged."""
    try:
        document = json.loads((data_dir / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def remove(data_dir: Path) -> None:
    """Nothing runs any more."""
    (data_dir / NAME).unlink(missing_ok=True)


def stop_left_behind(data_dir: Path, seconds: float = 12.0) -> list[str]:
    """End what a killed supervisor left running, by pid and time of birth, never by name; returns the names."""
    left: dict[str, psutil.Process] = {}
    for name, row in read(data_dir).get("processes", {}).items():
        try:
            process = psutil.Process(int(row["pid"]))
            if abs(process.create_time() - float(row["born"])) < 1.0:
                process.terminate()
                left[name] = process
        except (psutil.Error, KeyError, TypeError, ValueError):
            continue
    deadline = time.monotonic() + seconds
    for process in left.values():
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except psutil.TimeoutExpired:
            process.kill()
    return list(left)
