"""When a stage should stop rather than turn everything into dead letters: a run of invalid messages is a bad deploy.

Guarantee 5, for our own topics. Pure.
"""

from collections.abc import Sequence
from typing import NamedTuple

from schemas.errors import AduanError


class PoisonError(AduanError):
    """More invalid messages in a row than the limit: the stage stops (exit 71, a bad deploy), the run not committed."""


class Run(NamedTuple):
    """What a batch says of runs."""

    stops_at: int | None
    """Place of the first record of the run that is too long; None: go on."""
    carried: int
    """Length of the run that the batch ends with."""


def find_run(invalid: Sequence[bool | None], carried: int, limit: int) -> Run:
    """Look for a run longer than `limit`; `carried` of it were at the end of the batches before.

    None says nothing of the deploy: it neither lengthens a run nor ends one.
    """
    length, start = carried, 0
    for place, is_invalid in enumerate(invalid):
        if is_invalid is None:
            continue
        if not is_invalid:
            length, start = 0, place + 1
            continue
        length += 1
        if length > limit:
            return Run(start, length)
    return Run(None, length)
