"""The data file behind the Open311 doors: complete, and refused by its key when it is wrong. And how XML is written."""

from xml.etree import ElementTree as ET

import pytest

from aduan.datafiles import load_yaml
from aduan.open311_file import ATTRIBUTES, FILE, parse_open311
from producers.open311.form import Open311Form
from producers.open311.rendering import to_xml
from schemas.errors import SettingsError


def test_every_question_of_the_file_is_a_field_of_the_form_and_the_other_way_round() -> None:
    aliases = {field.alias for field in Open311Form.model_fields.values() if field.alias}
    assert aliases == {f"attribute[{code}]" for code in ATTRIBUTES}


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        (("services", "pip"), None, "services.pip"),
        (("services", "pip", "group"), "none", "services.pip.group"),
        (("status_notes", "resolved"), None, "status_notes.resolved"),
        (("service_notice", "en"), "{name}", "service_notice.en"),
        (("urgent_notice", "id"), "{}", "urgent_notice.id"),
    ],
)
def test_a_wrong_file_is_refused_by_its_key(path: tuple[str, ...], value: object, key: str) -> None:
    raw = parse_open311(load_yaml(FILE)).model_dump()
    part = raw
    for name in path[:-1]:
        part = part[name]
    if value is None:
        del part[path[-1]]
    else:
        part[path[-1]] = value
    with pytest.raises(SettingsError, match=key):
        parse_open311(raw)


def test_what_xml_cannot_hold_is_replaced_and_the_rest_escaped() -> None:
    raw = to_xml("errors", [{"code": 1, "description": "a\x00\x0b\ufffe<b>&\ud800 é"}])
    root = ET.fromstring(raw)  # noqa: S314 - we wrote it
    assert root.findtext("error/description") == "a���<b>&� é"
