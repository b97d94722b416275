"""What is noted about the local engines of a data folder: their ports, for the next start and for other processes."""

import json
import shlex
from collections.abc import Mapping
from pathlib import Path

Ports = dict[str, dict[str, int]]


def noted_ports(data_dir: Path) -> Ports:
    """part -> name of the port -> port, as of the last start; empty when there was none or the note is damaged."""
    try:
        noted = json.loads((data_dir / "engines.json").read_text(encoding="utf-8"))["ports"]
        return {part: {name: int(port) for name, port in ports.items()} for part, ports in noted.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def note(data_dir: Path, ports: Mapping[str, Mapping[str, int]], environment: Mapping[str, str]) -> None:
    """Write `engines.json`, and `engines.env` for `. engines.env` in a shell."""
    document = {"ports": ports, "environment": environment}
    _write(data_dir / "engines.json", json.dumps(document, indent=2) + "\n")
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in environment.items()]
    _write(data_dir / "engines.env", "".join(lines))


def forget(data_dir: Path) -> None:
    """Remove both files; harmless when they are not there."""
    for name in ("engines.json", "engines.env"):
        (data_dir / name).unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    aside = path.with_suffix(path.suffix + ".new")
    aside.write_text(text, encoding="utf-8")
    aside.replace(path)
