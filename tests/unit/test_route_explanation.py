"""Why a case is where it is: every rule that spoke, what moved it since, and what would be otherwise."""

from typing import Any

from aduan.route_explanation import RouteExplanation, explain_route
from aduan.routing import RouteInput, route
from schemas.events import CaseEvent
from tests.factories import NOW, case_opened, case_transferred, classification, complaint_id
from tests.indexed_cases import case_of


def explained(*later: CaseEvent, **classes: Any) -> RouteExplanation:
    known: dict[str, Any] = {"kategori": "sarpras", "jenjang": "sd", "provinsi": "32", "kabupaten": "3273"}
    decided = classification(**(known | classes))
    [routing] = route([RouteInput(complaint_id(1), NOW, decided)])
    return explain_route(case_of([case_opened(classification=decided, routing=routing), *later]))


def test_the_rule_and_the_deadline_stand_there_in_words() -> None:
    found = explained()
    assert found.unit == "dinas-3273"
    assert found.reasons[0].startswith("routing.daerah: ")
    assert "sekolah dibina dinas setempat" in found.reasons[0]
    assert found.reasons[1].startswith("deadlines.")
    assert "hari kerja" in found.reasons[1]


def test_without_the_accusation_the_case_would_be_with_the_accused() -> None:
    found = explained(accused=("dinas",))
    assert found.unit == "bpmp-32"
    assert any("routing.never_to_the_accused" in reason for reason in found.reasons)
    assert any("tidak menyebut dinas" in other and "[dinas-3273]" in other for other in found.otherwise)


def test_an_uncertain_case_names_the_unit_that_its_category_would_give() -> None:
    found = explained(unsure=True)
    assert found.unit == "ult"
    assert any("kategorinya pasti" in other and "[dinas-3273]" in other for other in found.otherwise)


def test_a_certain_one_says_what_doubt_would_have_done_and_what_the_runner_up() -> None:
    found = explained(kategori_alt="pip")
    assert any("tidak pasti" in other and "[ult]" in other for other in found.otherwise)
    assert any("kategorinya pip" in other and "[puslapdik]" in other for other in found.otherwise)


def test_transfers_are_told_and_so_is_where_the_next_one_leads() -> None:
    found = explained(case_transferred(unit="bpmp-32", note="bukan wewenang kami"))
    assert found.unit == "bpmp-32"
    assert "bukan wewenang kami" in found.since[0]
    assert found.otherwise[-1].startswith("jika unit ini meneruskannya lagi: ")
    assert "[ult]" in found.otherwise[-1]
