"""The contract of blob stores on the two that need nothing but this process; the bucket's is in tests/real."""

from collections.abc import Callable
from pathlib import Path

import pytest

from producers.attachments import BlobStore, FolderBlobs, MemoryBlobs
from tests.blob_contract import BlobContract

KINDS: dict[str, Callable[[Path], BlobStore]] = {"memory": lambda _: MemoryBlobs(), "folder": FolderBlobs}


class TestLocalBlobs(BlobContract):
    @pytest.fixture(params=sorted(KINDS))
    def store(self, request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
        return KINDS[request.param](tmp_path / "blobs")
