"""Labelled texts as people hand them over: a TSV or JSONL file with id, text, title and any labels. Pure reading.

Lenient where nothing is lost (order of columns, BOM, line ends, further columns) and strict where figures would lie:
an unknown label, an id twice, a row of another width. Then the SettingsError names file, line and column.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from aduan.regions import region_code
from aduan.taxonomy import is_code
from schemas.errors import SettingsError

LABELS: Final = ("jenis", "kategori", "kategori_alt", "prioritas", "kerahasiaan", "provinsi")
COLUMNS: Final = ("id", "title", "text", *LABELS)
NOT_LABELLED: Final = frozenset({"", "-"})
_JSONL: Final = frozenset({".jsonl", ".ndjson", ".json"})
_ESCAPE: Final = re.compile(r"\\([tnr\\])")
_MEANS: Final = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\"}
_SEPARATORS: Final = re.compile(r"[\s,;|/]+")


@dataclass(frozen=True, slots=True)
class LabelledText:
    """One row. `given` is the text as it stands in the file; `text` has a TSV's escapes resolved."""

    line: int
    id: str
    title: str
    text: str
    given: str
    labels: Mapping[str, str]
    """Only what is labelled; `kategori_alt` may hold several codes with a space between."""


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """All rows in order, and the columns that nobody here knows."""

    rows: Sequence[LabelledText]
    ignored: Sequence[str]


def read_labelled(path: Path) -> LabelledFile:
    """The rows of a file; SettingsError names file, line and column of what is wrong."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror or 'unreadable'}") from None
    lines = raw.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    numbered = [(number, _decoded(path, number, line)) for number, line in enumerate(lines, 1)]
    numbered = [(number, line) for number, line in numbered if line.strip()]
    if not numbered:
        raise SettingsError(f"{path}: holds no row")
    is_json = path.suffix.lower() in _JSONL or (path.suffix.lower() != ".tsv" and numbered[0][1].startswith("{"))
    ignored: dict[str, None] = {}
    made = _of_json(path, numbered, ignored) if is_json else _of_tsv(path, numbered, ignored)
    return LabelledFile(list(_once(path, made)), list(ignored))


def unescaped(given: str) -> str:
    """A TSV field with \\t, \\n, \\r and \\\\ resolved; any other backslash stays."""
    return _ESCAPE.sub(lambda found: _MEANS[found[1]], given)


def positions(given: str) -> list[int]:
    """For every character of `unescaped(given)`, and its end, where it stands in the field as given."""
    places, at = list[int](), 0
    for found in _ESCAPE.finditer(given):
        places += range(at, found.start() + 1)
        at = found.end()
    return [*places, *range(at, len(given) + 1)]


def _decoded(path: Path, number: int, line: bytes) -> str:
    try:
        return line.decode("utf-8").removesuffix("\r")
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} line {number}: byte {error.start + 1} is not UTF-8") from None


def _of_tsv(path: Path, lines: Sequence[tuple[int, str]], ignored: dict[str, None]) -> Iterator[LabelledText]:
    (first, header), *rest = lines
    names = [name.strip().strip('"').lower() for name in header.split("\t")]
    for needed in ("id", "text"):
        if needed not in names:
            raise SettingsError(f"{path} line {first}: the header has no column {needed}")
    if twice := [name for name in names if name in COLUMNS and names.count(name) > 1]:
        raise SettingsError(f"{path} line {first}, column {twice[0]}: stands twice in the header")
    ignored.update(dict.fromkeys(name for name in names if name not in COLUMNS))
    for number, line in rest:
        values = line.split("\t")
        if len(values) > len(names) or len(values) <= max(names.index("id"), names.index("text")):
            raise SettingsError(f"{path} line {number}: {len(values)} columns, the header has {len(names)}")
        row = dict(zip(names, values, strict=False))
        title = unescaped(row.get("title", ""))
        given = row["text"]
        yield LabelledText(number, row["id"].strip(), title, unescaped(given), given, _labels(path, number, row))


def _of_json(path: Path, lines: Sequence[tuple[int, str]], ignored: dict[str, None]) -> Iterator[LabelledText]:
    for number, line in lines:
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            raise SettingsError(f"{path} line {number}: not valid JSON") from None
        if not isinstance(row, dict):
            raise SettingsError(f"{path} line {number}: must be an object with id and text")
        ignored.update(dict.fromkeys(name for name in row if name not in COLUMNS))
        text = _string(path, number, row, "text", needed=True)
        title, name = _string(path, number, row, "title"), _string(path, number, row, "id", needed=True)
        yield LabelledText(number, name.strip(), title, text, text, _labels(path, number, row))


def _string(path: Path, number: int, row: Mapping[str, Any], name: str, *, needed: bool = False) -> str:
    value = row.get(name)
    if isinstance(value, int) and not isinstance(value, bool) and name != "text":
        value = str(value)
    if value is None and not needed:
        return ""
    if not isinstance(value, str):
        raise SettingsError(
            f"{path} line {number}, column {name}: {'missing' if value is None else 'must be a string'}"
        )
    return value


def _labels(path: Path, number: int, row: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    for name in LABELS:
        value = row.get(name)
        if isinstance(value, list) and name == "kategori_alt":
            value = " ".join(map(str, value))
        said = "" if value is None else str(value).strip().strip('"').strip()
        if said not in NOT_LABELLED:
            found[name] = _label(path, number, name, said)
    return found


def _label(path: Path, number: int, name: str, said: str) -> str:
    """The label as we write it: a code, or the two digits of a province."""
    if name == "provinsi":
        code = region_code(said)
        if code is None:
            raise SettingsError(f"{path} line {number}, column provinsi: neither the code nor the name of a province")
        return code[:2]
    codes = [one for one in _SEPARATORS.split(said.lower()) if one] if name == "kategori_alt" else [said.lower()]
    field = "kategori" if name == "kategori_alt" else name
    for code in codes:
        if not is_code(field, code):
            raise SettingsError(f"{path} line {number}, column {name}: {code[:40]!r} is no code of the taxonomy")
    return " ".join(codes)


def _once(path: Path, rows: Iterator[LabelledText]) -> Iterator[LabelledText]:
    seen: dict[str, int] = {}
    for row in rows:
        if not row.id:
            raise SettingsError(f"{path} line {row.line}, column id: empty")
        if row.id in seen:
            raise SettingsError(f"{path} line {row.line}, column id: stands in line {seen[row.id]} already")
        seen[row.id] = row.line
        yield row
