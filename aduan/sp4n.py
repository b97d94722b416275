"""SP4N-LAPOR!'s classes, menu and statuses, and ours, both ways: what import and hand-over by file translate with."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from aduan.datafiles import load_yaml
from aduan.sp4n_file import COLUMNS, STATES, Class, Leaf, Sp4nFile, Status, plain
from aduan.taxonomy import is_code, taxonomy
from schemas.errors import SettingsError

FILE: Final = "sp4n.yaml"
SEPARATOR: Final = ">"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sp4n:
    """The checked file with its words looked up by `plain`. Every code of ours leads to one of theirs."""

    file: Sp4nFile
    headers: Mapping[str, str]
    """From a header to our name of its column."""
    ignored: frozenset[str]
    classes: Mapping[str, Class]
    leaves: Mapping[str, Leaf]
    """From a whole path, an ending that no other leaf has, or a synonym."""
    statuses: Mapping[str, Status]
    answers: Mapping[str, bool]

    def class_of(self, jenis: str) -> str:
        """Their name of one of our kinds; the first one of the file for a code that it does not have."""
        names = {one.jenis: one.name for one in reversed(self.file.classes)}
        return names.get(jenis, self.file.classes[0].name)

    def leaf_of(self, kategori: str, jenjang: str | None = None) -> str:
        """The path in their menu for one of our categories; that of `pendidikan_lainnya` for an unknown code."""
        place = self.file.ours.get(kategori) or self.file.ours["pendidikan_lainnya"]
        return place.pt if place.pt is not None and jenjang == "pt" else place.leaf

    def status_of(self, status: str, outcome: str | None) -> str:
        """Their status for a case of ours."""
        state = outcome if status == "resolved" and outcome in STATES else status
        return next((one.name for one in self.file.statuses if state in one.ours), self.file.statuses[0].name)


@cache
def load_sp4n() -> Sp4n:
    """The mapping; read once. Raises SettingsError that names the file and the key that is wrong."""
    return parse_sp4n(load_yaml(FILE))


def parse_sp4n(raw: Mapping[str, Any]) -> Sp4n:
    """Check the mapping of an sp4n file; raises SettingsError that names the key."""
    try:
        file = Sp4nFile.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise _wrong(".".join(str(part) for part in first["loc"]), first["msg"]) from None
    _check_columns(file)
    found = Sp4n(
        file=file,
        headers=_words("columns", ((n, (one.header, *one.synonyms)) for n, one in file.columns.items())),
        ignored=frozenset(map(plain, file.ignored)),
        classes=_words("classes", ((one, (one.name, *one.synonyms)) for one in file.classes)),
        leaves=_leaves(file),
        statuses=_words("statuses", ((one, (one.name, *one.synonyms)) for one in file.statuses)),
        answers=_words("yes, no", ((one is file.yes, (one.value, *one.synonyms)) for one in (file.yes, file.no))),
    )
    _check_codes(found)
    _check_statuses(file)
    return found


def _words(key: str, named: Iterable[tuple[T, Iterable[str]]]) -> dict[str, T]:
    """Every spelling and what it stands for; the same one for two things is a mistake in the file."""
    found: dict[str, T] = {}
    for value, spellings in named:
        for spelling in spellings:
            if found.setdefault(plain(spelling), value) != value:
                raise _wrong(key, f"'{spelling}' stands for two things")
    return found


def _leaves(file: Sp4nFile) -> dict[str, Leaf]:
    found = _words("categories", ((leaf, (leaf.path, *leaf.synonyms)) for leaf in file.categories))
    endings: dict[str, list[Leaf]] = {}
    for leaf in file.categories:
        parts = leaf.path.split(SEPARATOR)
        for start, _ in enumerate(pairwise(parts), 1):
            endings.setdefault(plain(" ".join(parts[start:])), []).append(leaf)
    return {ending: held[0] for ending, held in endings.items() if len(held) == 1} | found


def _check_columns(file: Sp4nFile) -> None:
    for name in sorted(COLUMNS ^ file.columns.keys()):
        raise _wrong(f"columns.{name}", "is missing" if name in COLUMNS else "no such column")


def _check_codes(found: Sp4n) -> None:
    file, classes = found.file, taxonomy()
    for leaf in file.categories:
        if not is_code("kategori", leaf.kategori):
            raise _wrong(f"categories, {leaf.path}", f"{leaf.kategori} is no kategori")
    for one in file.classes:
        if not is_code("jenis", one.jenis):
            raise _wrong(f"classes, {one.name}", f"{one.jenis} is no jenis")
        if one.kerahasiaan is not None and not is_code("kerahasiaan", one.kerahasiaan):
            raise _wrong(f"classes, {one.name}", f"{one.kerahasiaan} is no kerahasiaan")
    for code in sorted(classes.kategori.keys() ^ file.ours.keys()):
        raise _wrong(f"ours.{code}", "leads nowhere: name a leaf" if code in classes.kategori else "no such kategori")
    paths = {leaf.path for leaf in file.categories}
    for code, place in file.ours.items():
        for path in (place.leaf, place.pt or place.leaf):
            if path not in paths:
                raise _wrong(f"ours.{code}", f"'{path}' does not stand under categories")
    for jenis in sorted(classes.jenis.keys() - {one.jenis for one in file.classes}):
        raise _wrong("classes", f"the jenis {jenis} leads nowhere: name a class")


def _check_statuses(file: Sp4nFile) -> None:
    held = [state for status in file.statuses for state in status.ours]
    for state in STATES:
        if held.count(state) != 1:
            raise _wrong("statuses", f"exactly one status must hold {state} under ours")
    for state in sorted(set(held) - set(STATES)):
        raise _wrong("statuses", f"{state} is no state of a case: {', '.join(STATES)}")


def _wrong(key: str, message: str) -> SettingsError:
    return SettingsError(f"aduan/data/{FILE}, {key}: {message}")
