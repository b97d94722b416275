"""What a benchmark found, as rows of one table and as JSON with the facts of the machine. Judges, never fails."""

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Literal

import psutil
from rich.table import Table

FOLDER: Final = Path(__file__).parent / "results"
LIBRARIES: Final = ("kafka-python", "faust-streaming", "aiokafka", "elasticsearch", "pydantic")


@dataclass(frozen=True, slots=True)
class Target:
    """What was asked for: the ratio or the value itself, at least or below a limit."""

    limit: float
    below: bool = False
    of: Literal["value", "ratio"] = "value"

    def met(self, value: float) -> bool:
        """Whether the value reaches it."""
        return value < self.limit if self.below else value >= self.limit


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of ours, and beside it what the bare library or a peer reached in the same run, if there is such."""

    benchmark: str
    what: str
    value: float
    unit: str
    compared: float | None = None
    compared_with: str = ""
    target: Target | None = None
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        """Ours in parts of the other's."""
        return self.value / self.compared if self.compared else None

    @property
    def met(self) -> bool | None:
        """Whether the target was reached; None without one."""
        judged = self.value if self.target is None or self.target.of == "value" else self.ratio
        return None if self.target is None or judged is None else self.target.met(judged)

    def as_json(self) -> dict[str, Any]:
        """All of it, with what follows from it."""
        return asdict(self) | {"ratio": self.ratio, "met": self.met}


def table(measures: Sequence[Measure]) -> Table:
    """One table of all that was measured."""
    shown = Table(title="make bench", title_justify="left")
    for name in ("benchmark", "what"):
        shown.add_column(name, overflow="fold")
    for name in ("ours", "raw or peer", "ratio", "target"):
        shown.add_column(name, justify="right")
    shown.add_column("met")
    for one in measures:
        compared = "" if one.compared is None else f"{_figure(one.compared)} ({one.compared_with})"
        ratio = "" if one.ratio is None else f"{one.ratio:.2f}"
        met = {True: "[green]yes[/]", False: "[red]no[/]", None: ""}[one.met]
        shown.add_row(one.benchmark, one.what, f"{_figure(one.value)} {one.unit}", compared, ratio, _wanted(one), met)
    return shown


def write(measures: Sequence[Measure], path: Path, facts: dict[str, Any]) -> None:
    """Write the JSON; what the same file held of benchmarks that were not run this time is kept."""
    names = {one.benchmark for one in measures}
    rows = [row for row in _rows(path) if row["benchmark"] not in names]
    rows += [one.as_json() | {"facts": facts} for one in measures]
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"measures": rows}, indent=2, default=str) + "\n", encoding="utf-8")


def machine_facts(*, quick: bool) -> dict[str, Any]:
    """What the figures were taken on, when, and how busy it was with other things."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "quick": quick,
        "commit": _commit(),
        "cpus": os.cpu_count(),
        "cpu": _cpu_model(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "load_before": round(os.getloadavg()[0], 2),
        "system": platform.platform(),
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in LIBRARIES},
    }


def _wanted(one: Measure) -> str:
    if one.target is None:
        return ""
    sign = "<" if one.target.below else "≥"
    return f"{'ratio ' if one.target.of == 'ratio' else ''}{sign} {_figure(one.target.limit)}"


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _rows(path: Path) -> list[dict[str, Any]]:
    try:
        rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["measures"]
    except (OSError, ValueError, KeyError):
        return []
    return rows


def _commit() -> str:
    asked = ["git", "describe", "--always", "--dirty"]
    try:
        answer = subprocess.run(asked, capture_output=True, text=True, check=False, cwd=FOLDER.parent)
    except OSError:
        return "unknown"
    return answer.stdout.strip() or "unknown"


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
