"""The list of what is taken is checked when it is loaded, and names end as their types do."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from aduan import file_kinds as module
from aduan.datafiles import load_yaml
from aduan.file_kinds import Refusal, extension, file_kinds
from schemas.errors import SettingsError


@pytest.fixture
def edited(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Callable[[dict[str, Any]], object]], None]]:
    """Loads the data file as an administrator changed it."""

    def load(change: Callable[[dict[str, Any]], object]) -> None:
        raw = copy.deepcopy(load_yaml("attachments.yaml"))
        change(raw)
        monkeypatch.setattr(module, "load_yaml", lambda _name: raw)
        file_kinds.cache_clear()
        file_kinds()

    yield load
    file_kinds.cache_clear()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda raw: raw["kinds"].append(raw["kinds"][0]), "image/jpeg"),
        (lambda raw: raw["kinds"][0].update(group="lain"), "image/jpeg"),
        (lambda raw: raw["kinds"][0].update(extensions=[]), "image/jpeg"),
        (lambda raw: raw["kinds"][0].update(extensions=["exe", "bat"]), "program_names"),
        (lambda raw: raw["kinds"][0].update(signatures=["ffd8"]), "kinds.0.signatures.0"),
        (lambda raw: raw["kinds"][0].update(ukuran=1), "kinds.0.ukuran"),
        (lambda raw: raw["reasons"].pop("malware"), "malware"),
        (lambda raw: raw["reasons"]["type"].pop("en"), "reasons.type.en"),
    ],
)
def test_a_mistake_in_the_list_is_named_and_nothing_is_taken(
    edited: Callable[[Callable[[dict[str, Any]], object]], None], change: Callable[[dict[str, Any]], object], said: str
) -> None:
    with pytest.raises(SettingsError, match=said):
        edited(change)


def test_every_reason_has_words_in_both_languages() -> None:
    assert set(file_kinds().reasons) == set(Refusal)


@pytest.mark.parametrize(
    ("name", "end"), [("a.JPG", "jpg"), ("a.tar.gz", "gz"), (".bashrc", ""), ("a", ""), ("a.exe. ", "exe"), ("", "")]
)
def test_a_name_ends_in_what_a_reader_s_machine_goes_by(name: str, end: str) -> None:
    assert extension(name) == end


def test_a_name_that_ends_otherwise_gets_the_ending_of_its_type() -> None:
    kinds = file_kinds()
    assert kinds.fitting_name("foto.jpeg", "image/jpeg") == "foto.jpeg"
    assert kinds.fitting_name("foto.exe", "image/jpeg") == "foto.exe.jpg"
    assert kinds.fitting_name("foto", "image/png") == "foto.png"
