"""What staff may do to a case, as events; each refusal with its reason."""

from datetime import timedelta
from typing import Any

import pytest

from aduan.settings import load_settings
from aduan.tokens import Caller, Role
from portal.actions import ACTIONS, acknowledge, action_record, erase, reclassify, resolve, transfer
from portal.problems import ProblemError
from schemas.documents import CaseDocument
from schemas.events import CaseEvent, Origin, Routing
from tests.factories import NOW, case_opened, case_resolved, case_transferred, classification
from tests.indexed_cases import case_of

UNIT = "dinas-1101"
STAFF = Caller("sari", Role.STAFF, UNIT)
LATER = NOW + timedelta(hours=1)


def case(**classes: Any) -> CaseDocument:
    return case_of([case_opened(classification=classification(**classes), routing=Routing(unit=UNIT, due_at=NOW))])


def staff_of(unit: str) -> Caller:
    return Caller("budi", Role.STAFF, unit)


def opening_of(found: CaseDocument) -> list[CaseEvent]:
    return [stored.event for stored in found.events]


def refused(field: str | None, action: Any, *given: Any) -> int:
    with pytest.raises(ProblemError) as error:
        action(*given)
    assert error.value.field == field
    return error.value.status


def test_taking_a_case_names_who_took_it() -> None:
    event = acknowledge(case(), {}, STAFF, LATER)
    assert (event.actor, event.unit, event.occurred_at) == ("sari", UNIT, LATER)


@pytest.mark.parametrize("name", ACTIONS)
def test_staff_of_another_unit_may_not_act(name: str) -> None:
    body = {"transfer": {"unit": "ult"}, "reclassify": {"prioritas": "tinggi"}, "resolve": {"outcome": "resolved"}}
    stranger = Caller("budi", Role.SUPERVISOR, "ult")
    assert refused(None, ACTIONS[name], case(), body.get(name, {}), stranger, LATER) == 403


def test_a_transfer_counts_the_deadline_anew() -> None:
    event = transfer(case(), {"unit": "bpmp-11", "note": "wewenang provinsi"}, STAFF, LATER)
    assert (event.unit, event.note) == ("bpmp-11", "wewenang provinsi")
    assert event.due_at > LATER


def test_a_transfer_keeps_the_deadline_that_another_system_has_set() -> None:
    promised = LATER + timedelta(days=1)
    imported = case().model_copy(update={"origin": Origin(external_ref="77", due_at=promised)})
    assert transfer(imported, {"unit": "bpmp-11"}, STAFF, LATER).due_at == promised


@pytest.mark.parametrize("unit", ["nowhere", UNIT])
def test_a_transfer_needs_another_unit_that_exists(unit: str) -> None:
    assert refused("unit", transfer, case(), {"unit": unit}, STAFF, LATER) == 400


def test_a_case_is_not_transferred_to_the_accused() -> None:
    accusing = case(accused=("bpmp",))
    assert refused("unit", transfer, accusing, {"unit": "bpmp-11"}, STAFF, LATER) == 400
    assert transfer(accusing, {"unit": "itjen"}, STAFF, LATER).unit == "itjen"


def moved(*units: str, **classes: Any) -> CaseDocument:
    """The case after these transfers, each by the unit that had it."""
    events: list[CaseEvent] = [
        case_opened(classification=classification(**classes), routing=Routing(unit=UNIT, due_at=NOW))
    ]
    events += [case_transferred(nr=number, unit=unit) for number, unit in enumerate(units, 7)]
    return case_of(events)


def test_what_units_hand_on_for_the_second_time_goes_to_a_person_with_the_proposal() -> None:
    event = transfer(moved("bpmp-11"), {"unit": "gtk", "note": "bukan kami"}, staff_of("bpmp-11"), LATER)
    assert (event.unit, event.prioritas) == ("ult", "tinggi")
    assert event.note == "diteruskan kedua kalinya dan diputuskan petugas ULT; usulan: gtk. bukan kami"
    assert (after := case_of([*opening_of(moved("bpmp-11")), event])).prioritas == "tinggi"
    assert (after.unit, after.transfers) == ("ult", 2)


def test_the_desk_decides_and_its_own_transfers_are_no_bounces() -> None:
    by_desk = moved("ult", "gtk")
    assert transfer(by_desk, {"unit": "puslapdik"}, staff_of("gtk"), LATER).unit == "ult"
    assert transfer(moved("gtk", "ult"), {"unit": "puslapdik"}, staff_of("ult"), LATER).unit == "puslapdik"
    begun_there = case_of([case_opened(routing=Routing(unit="ult", due_at=NOW)), case_transferred(unit="gtk")])
    assert transfer(begun_there, {"unit": "puslapdik"}, staff_of("gtk"), LATER).unit == "puslapdik"


def test_an_urgent_case_stays_urgent_when_it_bounces() -> None:
    event = transfer(moved("bpmp-11", prioritas="darurat"), {"unit": "gtk"}, staff_of("bpmp-11"), LATER)
    assert event.prioritas == "darurat"


def test_a_bounced_report_of_the_ministry_goes_to_the_inspectorate() -> None:
    event = transfer(moved("dinas-11", accused=("kementerian",)), {"unit": "dinas-1102"}, staff_of("dinas-11"), LATER)
    assert event.unit == "itjen"


@pytest.mark.parametrize("unit", ["ult", "itjen"])
def test_handing_a_case_to_those_who_settle_it_is_no_bounce(unit: str) -> None:
    event = transfer(moved("bpmp-11"), {"unit": unit}, staff_of("bpmp-11"), LATER)
    assert (event.unit, event.prioritas) == (unit, None)


def test_an_administrator_settles_it_at_once() -> None:
    admin = Caller("root", Role.ADMIN, None)
    assert transfer(moved("bpmp-11"), {"unit": "gtk"}, admin, LATER).unit == "gtk"


def test_a_correction_changes_what_is_given() -> None:
    event = reclassify(case(), {"kategori": "bos", "prioritas": "tinggi"}, STAFF, LATER)
    assert (event.kategori, event.prioritas, event.jenis) == ("bos", "tinggi", None)


@pytest.mark.parametrize(
    ("body", "field"), [({}, "body"), ({"kategori": "nonsense"}, "kategori"), ({"provinsi": "99"}, "provinsi")]
)
def test_a_correction_needs_codes_that_exist(body: dict[str, str], field: str) -> None:
    assert refused(field, reclassify, case(), body, STAFF, LATER) == 400


def test_only_a_supervisor_opens_a_confidential_case_to_others() -> None:
    secret, body = case(kerahasiaan="rahasia"), {"kerahasiaan": "publik"}
    assert refused(None, reclassify, secret, body, STAFF, LATER) == 403
    assert reclassify(secret, body, Caller("ani", Role.SUPERVISOR, UNIT), LATER).kerahasiaan == "publik"
    assert reclassify(case(), {"kerahasiaan": "rahasia"}, STAFF, LATER).kerahasiaan == "rahasia"


def test_a_closed_case_is_not_closed_again() -> None:
    closed = case_of([case_opened(routing=Routing(unit=UNIT, due_at=NOW)), case_resolved()])
    assert refused("outcome", resolve, closed, {"outcome": "resolved"}, STAFF, LATER) == 400
    assert resolve(case(), {"outcome": "outside_remit"}, STAFF, LATER).outcome == "outside_remit"


def test_only_an_administrator_erases() -> None:
    assert refused(None, erase, case(), {}, Caller("x", Role.INSPECTOR), LATER) == 403
    assert erase(case(), {"drop_text": True}, Caller("x", Role.ADMIN), LATER).drop_text


def test_a_member_that_is_not_known_is_refused_by_name() -> None:
    assert refused("unitt", transfer, case(), {"unit": "ult", "unitt": "x"}, STAFF, LATER) == 400


def test_the_same_request_on_the_same_state_is_the_same_event() -> None:
    first, again = (reclassify(case(), {"prioritas": "tinggi"}, STAFF, LATER + timedelta(n)) for n in range(2))
    other = reclassify(case(), {"prioritas": "rendah"}, STAFF, LATER)
    assert first.event_id == again.event_id != other.event_id


def test_the_event_goes_to_the_partition_of_its_case_unless_the_log_has_moved() -> None:
    found = case_of([case_opened()], partition=2)
    event = acknowledge(found.model_copy(update={"unit": UNIT}), {}, STAFF, LATER)
    assert action_record(load_settings(), event, found).partition == 2
    assert action_record(load_settings(epoch=2), event, found).partition is None


def test_who_is_of_no_unit_takes_a_case_for_the_unit_that_has_it() -> None:
    found = case()
    inspector = Caller(name="itjen.sari", role=Role.INSPECTOR, unit="itjen")
    assert acknowledge(found, {}, inspector, LATER).unit == found.unit == UNIT
