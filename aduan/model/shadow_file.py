"""Where a shadow model's different answers are kept: complaint ids and codes alone, bounded, one JSON object a line."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

MOST_BYTES: Final = 2_000_000
"""Of one file; then it becomes the older one, and what was older goes."""
_OLDER: Final = ".older"


@dataclass(frozen=True, slots=True)
class Difference:
    """One complaint that the two models answer differently: by field, what serves said and what the shadow said."""

    complaint_id: str
    served: str
    shadow: str
    fields: Mapping[str, tuple[str, str]]


def shadow_file(folder: Path, lane: str) -> Path:
    """The file of a lane in the folder of the models."""
    return folder / f"shadow-{lane}.jsonl"


def keep_differences(path: Path, differences: Sequence[Difference], now: datetime) -> None:
    """Append them. OSError when the disk refuses."""
    if not differences:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > MOST_BYTES:
        path.replace(path.with_name(path.name + _OLDER))
    lines = [
        json.dumps(
            {"at": now.isoformat(timespec="seconds"), "id": one.complaint_id, "served": one.served}
            | {"shadow": one.shadow, "fields": dict(one.fields)}
        )
        for one in differences
    ]
    with path.open("a", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def read_differences(folder: Path) -> Iterator[Difference]:
    """All that is kept, older first within a lane; a line that was cut off is left out."""
    for path in sorted(folder.glob("shadow-*.jsonl")):
        for part in (path.with_name(path.name + _OLDER), path):
            if part.exists():
                with part.open(encoding="utf-8", errors="replace") as lines:
                    yield from filter(None, map(_difference, lines))


def _difference(line: str) -> Difference | None:
    try:
        row = json.loads(line)
        fields = {name: (str(served), str(shadow)) for name, (served, shadow) in row["fields"].items()}
        return Difference(str(row["id"]), str(row["served"]), str(row["shadow"]), fields)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
