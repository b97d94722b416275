"""What the JSON intake takes, and how it names what it refuses without repeating it."""

import json

import pytest

from producers.submission import (
    FieldsError,
    File,
    Submission,
    WebComplaint,
    WebReply,
    check_size,
    media_type,
    read_body,
)
from schemas.content import Reporter
from schemas.errors import Reason
from schemas.events import Channel, Claimed
from schemas.topics import MAX_TEXT_BYTES


def complaint(**body: object) -> WebComplaint:
    return read_body(WebComplaint, json.dumps({"text": "PIP belum cair"} | body).encode())


def wrong(**body: object) -> dict[str, str]:
    """field -> code of what is refused."""
    with pytest.raises(FieldsError) as refused:
        complaint(**body).submission(channel=Channel.WEB, account="web", source="/s", external_id="k")
    return {error.field: error.code for error in refused.value.errors}


def test_a_full_complaint_becomes_a_submission() -> None:
    found = complaint(
        title=" PIP ",
        reporter={"name": "Sari", "phone": "  "},
        kerahasiaan="rahasia",
        kategori="pip",
        provinsi="53",
        kabupaten="5371",
        place="SD Contoh",
        attachments=[{"name": "a.txt", "media_type": "text/plain", "content_base64": "aGFsbw=="}],
    ).submission(channel=Channel.WEB, account="adapter", source="/s", external_id="k")
    assert found.title.strip() == "PIP"
    assert found.reporter == Reporter(name="Sari")
    assert found.claimed == Claimed(kategori="pip", provinsi="53", kabupaten="5371", kerahasiaan="rahasia")
    assert found.files == (File("a.txt", "text/plain", b"halo"),)


def test_blank_fields_of_a_form_count_as_not_given() -> None:
    found = complaint(title="", kategori="", provinsi=" ", reporter={"name": ""}).submission(
        channel=Channel.WEB, account="web", source="/s", external_id="k"
    )
    assert (found.title, found.reporter, found.claimed) == ("", None, Claimed())


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"text": " \n"}, {"text": "string_too_short"}),
        ({"text": 5}, {"text": "string_type"}),
        ({"judul": "x"}, {"judul": "extra_forbidden"}),
        ({"reporter": {"nik": "1"}}, {"reporter.nik": "extra_forbidden"}),
        ({"kategori": "tidak_ada"}, {"kategori": "unknown_code"}),
        ({"kategori": "TIDAK ADA"}, {"kategori": "string_pattern_mismatch"}),
        ({"kerahasiaan": "sangat"}, {"kerahasiaan": "unknown_code"}),
        ({"provinsi": "99"}, {"provinsi": "unknown_code"}),
        ({"provinsi": "5371"}, {"provinsi": "unknown_code"}),
        ({"kabupaten": "53"}, {"kabupaten": "unknown_code"}),
        ({"provinsi": "51", "kabupaten": "5371"}, {"kabupaten": "mismatch"}),
        ({"kategori": "x", "provinsi": "99"}, {"kategori": "unknown_code", "provinsi": "unknown_code"}),
        ({"attachments": [{"name": "a", "content_base64": "!"}]}, {"attachments.0.content_base64": "base64"}),
        ({"attachments": [{"name": "", "content_base64": ""}]}, {"attachments.0.name": "string_too_short"}),
    ],
)
def test_what_is_wrong_is_named_by_field(body: dict[str, object], expected: dict[str, str]) -> None:
    assert wrong(**body) == expected


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe", b"[]", b"null", b'{"text": NaN}', b'{"text":"\\ud800"}'])
def test_what_is_no_json_object_is_refused(raw: bytes) -> None:
    with pytest.raises(FieldsError):
        read_body(WebComplaint, raw)


def test_no_error_repeats_what_was_sent() -> None:
    secret = "3204085606880003"
    for raw in (
        {"text": secret, "kategori": secret, "provinsi": secret, "reporter": {"email": secret * 50}},
        {"text": {"x": secret}, "attachments": [{"name": secret, "content_base64": secret + "!"}]},
    ):
        with pytest.raises(FieldsError) as refused:
            complaint(**raw).submission(channel=Channel.WEB, account="w", source="/s", external_id="k")
        assert secret not in str(refused.value)
        assert secret not in repr(refused.value.errors)


def test_a_reply_needs_its_secret_and_words() -> None:
    with pytest.raises(FieldsError) as refused:
        read_body(WebReply, b'{"text": ""}')
    assert {error.field for error in refused.value.errors} == {"secret", "text"}


def test_text_is_measured_in_bytes_not_characters() -> None:
    check_size("", "a" * MAX_TEXT_BYTES)
    with pytest.raises(FieldsError) as refused:
        check_size("ã", "ã" * (MAX_TEXT_BYTES // 2))
    assert refused.value.reason is Reason.TOO_LARGE


def test_control_characters_become_spaces_so_that_no_text_outgrows_the_topics() -> None:
    text = "\x01" * 1_000 + "pungli\n\tdi sekolah\x7f"
    found = complaint(text=f"x{text}")
    assert found.text == "x" + " " * 1_000 + "pungli\n\tdi sekolah"
    sent = Submission(channel=Channel.WEB, account="a", source="/s", sender="s", external_id="e", text=text, title=text)
    assert sent.text == sent.title == " " * 1_000 + "pungli\n\tdi sekolah "


@pytest.mark.parametrize(
    ("claimed", "kept"),
    [
        ("image/jpeg", "image/jpeg"),
        ('image/jpeg; name="KTP Budi.jpg"', "image/jpeg"),
        ("KTP Budi.jpg", "application/octet-stream"),
        ("", "application/octet-stream"),
        (None, "application/octet-stream"),
    ],
)
def test_a_media_type_holds_no_name(claimed: str | None, kept: str) -> None:
    assert media_type(claimed) == kept
