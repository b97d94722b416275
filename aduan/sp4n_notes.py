"""What a report of an import says about a row, in both languages, and what came of the row."""

from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from aduan.datafiles import load_yaml
from schemas.errors import SettingsError

FILE: Final = "sp4n_notes.yaml"


class Problem(StrEnum):
    """What may be wrong with a row, or special about it."""

    UNREADABLE = "unreadable"
    NO_ID = "no_id"
    BAD_ID = "bad_id"
    NO_TEXT = "no_text"
    TOO_LARGE = "too_large"
    REFUSED = "refused"
    CONFLICT = "conflict"
    CLOSED = "closed"
    OWN = "own"
    UNKNOWN_CLASS = "unknown_class"
    UNKNOWN_CATEGORY = "unknown_category"
    UNKNOWN_STATUS = "unknown_status"
    UNKNOWN_ANSWER = "unknown_answer"
    UNKNOWN_REGION = "unknown_region"
    BAD_DATE = "bad_date"
    BAD_DEADLINE = "bad_deadline"
    CUT = "cut"
    UNKNOWN_COLUMN = "unknown_column"


class Fate(StrEnum):
    """What came of a row: imported all the same, on purpose not imported, or not imported and somebody must look."""

    KEPT = "kept"
    PASSED = "passed"
    REFUSED = "refused"


class Meaning(BaseModel):
    """What a problem means and what to do about it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fate: Fate
    id: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]


_FILE: Final = TypeAdapter(dict[Problem, Meaning])


@cache
def meanings() -> dict[Problem, Meaning]:
    """Every problem's meaning; read once. Raises SettingsError that names the key."""
    return parse_meanings(load_yaml(FILE))


def parse_meanings(raw: dict[str, Any]) -> dict[Problem, Meaning]:
    """Check the mapping of a file of meanings; SettingsError names the key that is wrong or missing."""
    try:
        found = _FILE.validate_python(raw)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"aduan/data/{FILE}, {where}: {first['msg']}") from None
    for problem in Problem:
        if problem not in found:
            raise SettingsError(f"aduan/data/{FILE}, {problem.value}: is missing")
    return found
