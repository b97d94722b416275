"""What goes into the restricted index, and what an erasure leaves there."""

from datetime import timedelta
from pathlib import Path

import pytest

from aduan.case import fold
from aduan.keyring import VAULT, Keyring
from aduan.privacy import Purpose, unseal_model
from consumers import vault
from schemas.content import Content, Reporter
from schemas.errors import InvalidError, Reason
from tests.factories import NOW, case_opened, content, placed, reply_added, reporter, reporter_erased


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return Keyring(tmp_path)


def test_an_original_is_sealed_again_with_the_vaults_key(keyring: Keyring) -> None:
    event = case_opened(1, keyring=keyring)
    kept = vault.original(keyring, event)
    assert kept.sealed_content is not None
    assert kept.sealed_reporter is not None
    assert kept.sealed_content.startswith(f"s1.{VAULT}.")
    assert unseal_model(keyring, Purpose.CONTENT, event.complaint_id, kept.sealed_content, Content) == content(1)
    assert unseal_model(keyring, Purpose.REPORTER, event.complaint_id, kept.sealed_reporter, Reporter) == reporter(1)


def test_an_anonymous_complaint_has_its_place_in_the_vault_too(keyring: Keyring) -> None:
    """So that a later opening with another body can't put a stranger's identity there."""
    event = case_opened(1, keyring=keyring, sealed_reporter=None, sealed_content=None)
    assert vault.original_id(event) == event.complaint_id
    assert vault.original(keyring, event).sealed_reporter is None


def test_a_reply_has_a_place_of_its_own(keyring: Keyring) -> None:
    reply = reply_added(1, keyring=keyring)
    assert vault.original_id(reply) == f"{reply.complaint_id}.{reply.event_id}"
    assert vault.original_id(reply.model_copy(update={"sealed_content": None})) is None


def test_an_original_whose_key_was_destroyed_is_unsealable(keyring: Keyring) -> None:
    event = case_opened(1, keyring=keyring)
    keyring.destroy_expired(NOW + timedelta(days=200), retention_days=90)
    with pytest.raises(InvalidError) as caught:
        vault.original(keyring, event)
    assert caught.value.reason is Reason.UNSEALABLE


def test_no_erasure_asks_for_no_marker() -> None:
    opening = case_opened(1)
    assert vault.erasures(fold(placed([opening])), [opening]) == {}


def test_an_erasure_marks_the_complaint_and_every_reply_before_it() -> None:
    reply, erased = reply_added(1, 1), reporter_erased(1, 5)
    late = reply_added(1, 9)
    markers = vault.erasures(fold(placed([case_opened(1), reply, erased, late])), [erased])
    assert set(markers) == {reply.complaint_id, vault.reply_id(reply)}
    assert all(one.erased_at == erased.occurred_at for one in markers.values())
    assert all((one.sealed_content, one.sealed_reporter) == (None, None) for one in markers.values())


def test_a_reply_from_before_an_erasure_that_comes_late_is_marked_not_kept() -> None:
    erased = reporter_erased(1, 5)
    late = reply_added(1, 9, received_at=erased.occurred_at - timedelta(minutes=1))
    assert vault.reply_id(late) in vault.erasures(fold(placed([case_opened(1), erased, late])), [late])


def test_an_erasure_before_the_opening_leaves_its_marker_all_the_same() -> None:
    erased = reporter_erased(1)
    assert set(vault.erasures(None, [erased])) == {erased.complaint_id}
