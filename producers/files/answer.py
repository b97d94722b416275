"""What becomes of refused files: who can be told is told and nothing is kept; who can't be, loses no complaint."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from aduan.file_kinds import Refusal, file_kinds
from aduan.settings import Settings
from producers.attachments import check_files
from producers.files.inspected import Inspect, Inspected
from producers.files.salvage import salvaged
from producers.submission import FieldError, FieldsError, Submission
from schemas.events import Channel

_MACHINES: Final = frozenset({Channel.EMAIL, Channel.SOCIAL, Channel.IMPORT})
"""Channels whose sender doesn't wait for an answer: the complaint is kept and the file marked as refused."""

_OFF_THE_LIST: Final = frozenset({Refusal.TYPE, Refusal.CONTENTS})
"""Refusals after which it helps to know what is taken."""


@dataclass(frozen=True, slots=True)
class RefusedFile(FieldError):  # noqa: N818 - it is a row of an answer, not an exception
    """One file that is refused: its number, counted from 0, and its type by content. Never its name."""

    number: int
    media_type: str


def look_through(settings: Settings, inspect: Inspect, submission: Submission) -> tuple[Inspected, ...]:
    """The submission's files, looked through. Costs nothing without files.

    Raises FieldsError when they are too many or too large, or one is refused and its sender waits for the answer;
    UnavailableError when they can't be judged now.
    """
    if not submission.files:
        return ()
    check_files(settings, submission.files)
    files = inspect(submission.files)
    if submission.channel in _MACHINES:
        return tuple(salvaged(inspect, files))
    _tell(files)
    return tuple(files)


def _tell(files: Sequence[Inspected]) -> None:
    refused = [_error(number, file) for number, file in enumerate(files) if file.refused is not None]
    if refused:
        raise FieldsError(*refused)


def _error(number: int, file: Inspected) -> RefusedFile:
    assert file.refused is not None  # noqa: S101 - its caller asked
    kinds = file_kinds()
    message = f"{kinds.reasons[file.refused]['en']} ({file.media_type})"
    if file.refused in _OFF_THE_LIST:
        message += f"; taken are: {kinds.taken('en')}"
    return RefusedFile(f"attachments.{number}", f"refused_{file.refused.value}", message, number, file.media_type)


def file_errors(errors: Sequence[FieldError], language: str) -> dict[str, str]:
    """What a page says at its field for files: each refused one and why, in the reader's language; or nothing."""
    told = [_in_words(error, language) for error in errors if isinstance(error, RefusedFile)]
    if any(one.code in {f"refused_{reason.value}" for reason in _OFF_THE_LIST} for one in errors):
        taken = {"id": "Yang diterima", "en": "Taken are"}[language]
        told.append(f"{taken}: {file_kinds().taken(language)}.")
    return {"attachments": " ".join(told)} if told else {}


def _in_words(error: RefusedFile, language: str) -> str:
    kinds = file_kinds()
    reasons = {f"refused_{reason.value}": words[language] for reason, words in kinds.reasons.items()}
    which = {"id": "Berkas ke-", "en": "File "}[language]
    return f"{which}{error.number + 1} ({error.media_type}): {reasons[error.code]}."
