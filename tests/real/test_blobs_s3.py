"""The blob store in a bucket, on a real S3-compatible server (SeaweedFS)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.engines.ports import free_port
from producers.attachments import BlobStore, FolderBlobs, open_blobs
from producers.blobs_s3 import S3Blobs
from schemas.errors import SettingsError, UnavailableError
from tests.blob_contract import BlobContract
from tests.s3_server import s3_server, s3_settings

ID = "3f" * 16


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with s3_server(tmp_path_factory.mktemp("s3")) as at:
        yield at


class TestBucket(BlobContract):
    @pytest.fixture
    def store(self, url: str) -> BlobStore:
        return open_blobs(s3_settings(url))


def test_the_settings_choose_the_store(url: str, tmp_path: Path) -> None:
    assert isinstance(open_blobs(s3_settings(url)), S3Blobs)
    assert isinstance(open_blobs(s3_settings(url, blobs_url="", data_dir=tmp_path)), FolderBlobs)


def test_a_service_that_knows_no_conditions_still_keeps_the_first(url: str) -> None:
    store = S3Blobs(s3_settings(url))
    store._conditional = False
    store.put(ID, b"first")
    store.put(ID, b"second")
    assert store.get(ID) == b"first"


@pytest.mark.parametrize(
    "wrong", [{"blobs_secret_key": "wrong"}, {"blobs_url": "s3://no-such-bucket"}], ids=["no right", "no bucket"]
)
def test_a_bucket_that_cannot_be_used_is_unavailable(url: str, wrong: dict[str, str]) -> None:
    with pytest.raises(UnavailableError) as caught:
        S3Blobs(s3_settings(url, **wrong)).put(ID, b"x")
    assert "wrong" not in str(caught.value)


def test_without_the_right_to_read_a_blob_is_unavailable_and_not_missing(url: str) -> None:
    with pytest.raises(UnavailableError):
        S3Blobs(s3_settings(url, blobs_secret_key="wrong")).get(ID)


def test_a_service_that_is_away_is_unavailable() -> None:
    store = S3Blobs(s3_settings(f"http://127.0.0.1:{free_port()}"))
    for act in (lambda: store.put(ID, b"x"), lambda: store.get(ID), lambda: store.delete(ID)):
        with pytest.raises(UnavailableError):
            act()


@pytest.mark.parametrize("wrong", [{"blobs_url": "https://bucket"}, {"blobs_url": "s3://"}, {"blobs_access_key": ""}])
def test_wrong_settings_are_named(wrong: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="ADUAN_BLOBS_"):
        S3Blobs(s3_settings("http://127.0.0.1:1", **wrong))
