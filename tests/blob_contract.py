"""One contract for every blob store: what was put is there, whole, until it is deleted. A store's tests inherit it."""

from concurrent.futures import ThreadPoolExecutor
from secrets import token_hex

import pytest

from producers.attachments import BlobStore


class BlobContract:
    """Needs a fixture `store`."""

    @pytest.mark.parametrize("data", [b"", b"sealed", bytes(range(256)) * 5_000], ids=["empty", "small", "large"])
    def test_what_was_put_is_got(self, store: BlobStore, data: bytes) -> None:
        blob_id = token_hex(16)
        store.put(blob_id, data)
        assert store.get(blob_id) == data

    def test_the_first_one_stays_when_the_same_id_is_put_again(self, store: BlobStore) -> None:
        blob_id = token_hex(16)
        store.put(blob_id, b"first")
        store.put(blob_id, b"second")
        assert store.get(blob_id) == b"first"

    def test_of_many_at_once_one_is_kept_whole(self, store: BlobStore) -> None:
        blob_id = token_hex(16)
        bodies = [bytes([number]) * 10_000 for number in range(8)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda body: store.put(blob_id, body), bodies))
        kept = store.get(blob_id)
        assert kept in bodies
        assert store.get(blob_id) == kept

    def test_what_was_never_put_is_a_key_error(self, store: BlobStore) -> None:
        with pytest.raises(KeyError):
            store.get(token_hex(16))

    def test_what_was_deleted_is_gone_and_deleting_again_is_fine(self, store: BlobStore) -> None:
        blob_id = token_hex(16)
        store.put(blob_id, b"x")
        store.delete(blob_id)
        store.delete(blob_id)
        with pytest.raises(KeyError):
            store.get(blob_id)

    def test_two_blobs_do_not_meet(self, store: BlobStore) -> None:
        one, other = token_hex(16), token_hex(16)
        store.put(one, b"one")
        store.put(other, b"two")
        store.delete(one)
        assert store.get(other) == b"two"

    @pytest.mark.parametrize("blob_id", ["../../etc/passwd", "ab/cd", "", "ab\0"])
    def test_an_id_never_leaves_the_store(self, store: BlobStore, blob_id: str) -> None:
        with pytest.raises(KeyError):
            store.put(blob_id, b"x")
