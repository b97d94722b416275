"""Reads the data files that the deciding code is driven by: `aduan/data/*`, part of the package."""

from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

import yaml

from schemas.errors import SettingsError


@cache
def _read(name: str) -> str:
    try:
        return (files("aduan") / "data" / name).read_text(encoding="utf-8")
    except OSError:
        raise SettingsError(f"aduan/data/{name} is missing or unreadable: install Aduan again") from None


def load_text(name: str) -> str:
    """The text of a file of `aduan/data`; SettingsError names it when it is missing."""
    return _read(name)


def load_yaml(name: str) -> dict[str, Any]:
    """The mapping in a YAML file of `aduan/data`; SettingsError names the file and what is wrong."""
    try:
        value = yaml.load(_read(name), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" line {mark.line + 1}" if mark else ""
        raise SettingsError(f"aduan/data/{name}{where}: not valid YAML") from None
    if not isinstance(value, dict):
        raise SettingsError(f"aduan/data/{name}: must be a mapping")
    return value


def load_rows(name: str, columns: int) -> list[list[str]]:
    """The rows of a tab-separated file; `#` starts a comment line. Each row has exactly `columns` values."""
    rows = []
    for number, line in enumerate(_read(name).splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        row = [value.strip() for value in line.split("\t")]
        if len(row) != columns:
            raise SettingsError(f"aduan/data/{name} line {number}: {len(row)} columns instead of {columns}")
        rows.append(row)
    return rows


def fingerprint(*names: str) -> str:
    """Six hex digits that change whenever one of the files does."""
    digest = sha256()
    for name in names:
        digest.update(name.encode() + b"\0" + _read(name).encode() + b"\0")
    return digest.hexdigest()[:6]
