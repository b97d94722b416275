"""The local blob store under trouble, and the names of files."""

import errno
import os
import stat
from pathlib import Path

import pytest

from producers.attachments import FolderBlobs, safe_name
from schemas.errors import UnavailableError

ID = "ab" * 16


def test_a_blob_is_synced_with_its_folders_before_put_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    real = os.fsync

    def noting(handle: int) -> None:
        synced.append(Path(f"/proc/self/fd/{handle}").readlink().name)
        real(handle)

    monkeypatch.setattr(os, "fsync", noting)
    FolderBlobs(tmp_path / "blobs").put(ID, b"x")
    assert synced[0].startswith(".new-")
    assert synced[1:] == ["ab", "blobs"]


def test_a_full_disk_is_unavailable_and_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UnavailableError, match="No space left"):
        FolderBlobs(tmp_path).put(ID, b"x")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_folder_that_is_a_file_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "blobs").write_text("x")
    store = FolderBlobs(tmp_path / "blobs")
    for act in (lambda: store.put(ID, b"x"), lambda: store.get(ID), lambda: store.delete(ID)):
        with pytest.raises(UnavailableError):
            act()


@pytest.mark.parametrize("blob_id", ["../../etc/passwd", "ab/cd", "", "ab\0"])
def test_an_id_never_leaves_the_folder(tmp_path: Path, blob_id: str) -> None:
    with pytest.raises(KeyError):
        FolderBlobs(tmp_path / "blobs").put(blob_id, b"x")


def test_only_the_owner_enters_the_folders(tmp_path: Path) -> None:
    FolderBlobs(tmp_path / "blobs").put(ID, b"x")
    assert stat.S_IMODE((tmp_path / "blobs" / "ab").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "blobs" / "ab" / ID).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("foto.jpg", "foto.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\surat.pdf", "surat.pdf"),
        ("a\r\nb\x00\u202ec.txt", "abc.txt"),
        ("...", "lampiran"),
        ("", "lampiran"),
        ("x" * 300 + ".pdf", ("x" * 300 + ".pdf")[-200:]),
    ],
)
def test_a_file_name_holds_no_folder_and_no_control_character(name: str, safe: str) -> None:
    assert safe_name(name) == safe
