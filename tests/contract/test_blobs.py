"""One contract for every blob store: what was put is there, whole, until it is deleted."""

from collections.abc import Callable
from pathlib import Path

import pytest

from producers.attachments import BlobStore, FolderBlobs, MemoryBlobs

KINDS: dict[str, Callable[[Path], BlobStore]] = {"memory": lambda _: MemoryBlobs(), "folder": FolderBlobs}
ID = "3f" * 16


@pytest.fixture(params=sorted(KINDS))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    return KINDS[request.param](tmp_path / "blobs")


@pytest.mark.parametrize("data", [b"", b"sealed", bytes(range(256)) * 5_000])
def test_what_was_put_is_got(store: BlobStore, data: bytes) -> None:
    store.put(ID, data)
    assert store.get(ID) == data


def test_the_first_one_stays_when_the_same_id_is_put_again(store: BlobStore) -> None:
    store.put(ID, b"first")
    store.put(ID, b"second")
    assert store.get(ID) == b"first"


def test_what_was_never_put_is_a_key_error(store: BlobStore) -> None:
    with pytest.raises(KeyError):
        store.get(ID)


def test_what_was_deleted_is_gone_and_deleting_again_is_fine(store: BlobStore) -> None:
    store.put(ID, b"x")
    store.delete(ID)
    store.delete(ID)
    with pytest.raises(KeyError):
        store.get(ID)


def test_two_blobs_do_not_meet(store: BlobStore) -> None:
    store.put(ID, b"one")
    store.put("3e" * 16, b"two")
    store.delete(ID)
    assert store.get("3e" * 16) == b"two"
