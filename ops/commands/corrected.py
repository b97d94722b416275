"""Corrected cases for the commands that train and compare: read with a token, like every look into the index."""

from typing import Annotated

import typer

from aduan.labelled_file import LABELS, LabelledText
from aduan.settings import Settings
from ops.commands.portal import caller_of, searching
from ops.training.corpus import CORRECTIONS, Labelled
from portal.corrections import CorrectedCase, read_corrected
from portal.problems import ProblemError
from schemas.errors import SettingsError

Corrected = Annotated[
    bool, typer.Option("--with-corrections", help="Also cases that staff corrected; needs a token that may see them.")
]


def corrected_cases(settings: Settings, token: str) -> list[CorrectedCase]:
    """All corrected cases that the token may see. SettingsError without a token, UnavailableError without the index."""
    caller = caller_of(settings, token)
    try:
        with searching(settings) as searcher:
            return list(read_corrected(settings, searcher.client, caller))
    except ProblemError as error:
        raise SettingsError(error.detail) from None


def corrected_texts(settings: Settings, token: str) -> list[LabelledText]:
    """The same as labelled texts, to measure on."""
    return [_text(number, case) for number, case in enumerate(corrected_cases(settings, token), 1)]


def corrected_rows(settings: Settings, token: str) -> list[Labelled]:
    """The same as rows to learn from; all of one style, so that cross-validation leaves them out together."""
    return [
        Labelled(
            id=case.complaint_id,
            title=case.title,
            text=case.text,
            jenis=case.jenis,
            kategori=case.kategori,
            kategori_alt=case.kategori_alt,
            prioritas=case.prioritas,
            kerahasiaan=case.kerahasiaan,
            style=CORRECTIONS,
            automated=case.automated,
        )
        for case in corrected_cases(settings, token)
    ]


def _text(number: int, case: CorrectedCase) -> LabelledText:
    labels = {name: value for name in LABELS if (value := getattr(case, name))}
    return LabelledText(number, case.complaint_id, case.title, case.text, case.text, labels)
