"""Which lane a complaint travels in: danger words first, then what the model suspects. The door's last look. Pure.

Recall first: a needless place in the urgent lane costs a little, a missed one may cost a child. What it finds and what
it sends there needlessly is measured (`aduan evaluate`) and stands in docs/model-card.md.
"""

from typing import Final

from aduan.model.opinion import Judge, judge
from aduan.reading import read_complaint
from aduan.triage import triage
from schemas.events import Finding
from schemas.topics import Lane

SUSPECTED: Final = 0.06
"""Probability of danger from which the model alone sends a text to the urgent lane: less than what makes it darurat,
and more than a text has of which nothing is known."""
LEARNED: Final = (Finding(field="lane", value="urgent", rule="danger:learned"),)


def choose_lane(title: str, text: str, by: Judge | None = None) -> tuple[Lane, tuple[Finding, ...]]:
    """The lane, and what says so: our danger words, or the model without words; `by` another than Aduan's own."""
    lane, findings = triage(title, text)
    if lane is Lane.URGENT:
        return lane, findings
    danger = (by or judge()).danger([read_complaint(title, text).said])[0]
    return (Lane.URGENT, LEARNED) if danger >= SUSPECTED else (Lane.ORDINARY, ())
