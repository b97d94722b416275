"""Files looked through in a process of their own: what dies there dies alone."""

from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from aduan.file_kinds import Refusal
from aduan.settings import load_settings
from producers.files import sandbox
from producers.files.inspect import inspect_file
from producers.files.sandbox import Sandbox
from producers.submission import File
from tests.files import picture, word, zipped

FILES = [
    File("foto.jpg", "image/jpeg", picture("JPEG")),
    File("surat.docm", "", word(macros=True)),
    File("arsip.zip", "", zipped({"a.exe": b"MZ\0"})),
    File("catatan.txt", "", bytes(100) + b"\xff" * 3_000_000),
]


def children() -> list[psutil.Process]:
    """The sandbox's own: this process may have engines too."""
    return [one for one in psutil.Process().children() if "producers.files.child" in one.cmdline()]


def test_a_child_says_what_this_process_would_say() -> None:
    with Sandbox(load_settings()) as box:
        assert box.inspect(FILES) == [inspect_file(file) for file in FILES]


def test_many_threads_share_two_children() -> None:
    with Sandbox(load_settings()) as box:
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda _: box.inspect(FILES[:2]), range(30)))
        assert len(children()) <= sandbox.CHILDREN
    assert all(one == found[0] for one in found)


def test_a_file_that_takes_too_long_is_refused_and_the_next_one_is_not() -> None:
    with Sandbox(load_settings(attachment_seconds=0.001)) as box:
        assert [one.refused for one in box.inspect(FILES[:1])] == [Refusal.DAMAGED]
        box._seconds = 20.0
        assert [one.refused for one in box.inspect(FILES[:1])] == [None]


def test_a_child_that_was_killed_is_replaced_without_a_word() -> None:
    with Sandbox(load_settings()) as box:
        box.inspect(FILES[:1])
        for child in children():
            child.kill()
        assert [one.refused for one in box.inspect(FILES[:1])] == [None]


def test_a_worn_child_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "FILES_A_CHILD", 1)
    with Sandbox(load_settings()) as box:
        box.inspect(FILES[:1])
        first = {child.pid for child in children()}
        box.inspect(FILES[:2])
        assert not first & {child.pid for child in children()}


def test_a_child_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADUAN_SECRET", "s" * 64)
    with Sandbox(load_settings()) as box:
        box.inspect(FILES[:1])
        [child] = children()
        assert not [name for name in child.environ() if name.startswith("ADUAN_")]
