"""Which routing rules staff overrule: by rule, unit and unit that has the case in the end."""

from typing import Any

from aduan.overruled import EXAMPLES, MovedCase, Overruled, overruled
from aduan.routing import decide_unit
from aduan.tracking import tracking_number
from schemas.events import Classification, Routing
from schemas.mapping import FACETS
from tests.factories import NOW, classification, complaint_id

PIP = classification(kategori="pip", provinsi="32")


def moved(n: int, to: str, classes: Classification = PIP, **now: Any) -> MovedCase:
    unit, findings = decide_unit(classes)
    current = {name: getattr(classes, name, None) for name in FACETS}
    return MovedCase(
        complaint_id=complaint_id(n),
        tracking_number=tracking_number(complaint_id(n)),
        unit=to,
        classification=classes,
        routing=Routing(unit=unit, due_at=NOW, findings=tuple(findings)),
        now=current | now,
    )


def test_a_rule_whose_cases_end_elsewhere_is_listed_with_its_units_its_count_and_some_examples() -> None:
    cases = [*(moved(n, "gtk") for n in range(7)), moved(8, "ult")]
    most, least = overruled(cases)
    assert most[:4] == ("routing.pip", "puslapdik", "gtk", 7)
    assert most.examples == tuple(case.tracking_number for case in cases[:EXAMPLES])
    assert least == Overruled("routing.pip", "puslapdik", "ult", 1, (cases[-1].tracking_number,))


def test_a_case_that_came_back_overrules_nothing() -> None:
    assert overruled([moved(1, "puslapdik")]) == []


def test_a_case_whose_category_was_corrected_speaks_against_the_classification_not_the_rule() -> None:
    assert overruled([moved(1, "gtk", kategori="tunjangan_guru")]) == []
    assert [one.rule for one in overruled([moved(1, "gtk", prioritas="tinggi")])] == ["routing.pip"]


def test_what_a_person_was_to_hand_on_overrules_nothing() -> None:
    assert overruled([moved(1, "puslapdik", PIP.model_copy(update={"unsure": True}))]) == []
