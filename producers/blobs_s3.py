"""The blob store in a bucket of any S3-compatible service; chosen by `ADUAN_BLOBS_URL`, e.g. `s3://aduan/lampiran`."""

from typing import Any, Final
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError

from aduan.settings import Settings
from producers.attachments import check_blob_id
from schemas.errors import SettingsError, UnavailableError

_MISSING: Final = {"NoSuchKey", "404", "NotFound"}
_KEPT_ALREADY: Final = "PreconditionFailed"
_NO_CONDITIONS: Final = {"NotImplemented", "InvalidArgument", "InvalidRequest"}
"""What services answer that do not know the header If-None-Match on a write."""
_AT_ONCE: Final = {"ConditionalRequestConflict", "OperationAborted"}
"""Somebody writes the same object at the same moment."""
_ATTEMPTS: Final = 2


class S3Blobs:
    """A store in a bucket that exists. Thread-safe. Every call ends within a few times `ADUAN_BLOBS_TIMEOUT`."""

    def __init__(self, settings: Settings) -> None:
        """Makes no connection. SettingsError when the URL or the keys are missing."""
        where = urlsplit(settings.blobs_url)
        if where.scheme != "s3" or not where.netloc:
            raise SettingsError("ADUAN_BLOBS_URL: must be s3://bucket or s3://bucket/prefix, or empty for a folder")
        self._bucket = where.netloc
        self._prefix = f"{where.path.strip('/')}/" if where.path.strip("/") else ""
        self._conditional = True
        self._client = _client(settings)

    def put(self, blob_id: str, sealed: bytes) -> None:
        """Written when the service says so; a write under a condition, so that of two at once the first stays."""
        key = self._key(blob_id)
        if self._conditional:
            try:
                self._call("put_object", Key=key, Body=sealed, IfNoneMatch="*")
            except _AnswerError as error:
                if error.code == _KEPT_ALREADY:
                    return
                if error.code not in _NO_CONDITIONS | _AT_ONCE:
                    raise
                self._conditional = error.code in _AT_ONCE
            else:
                return
        if not self._holds(key):
            self._call("put_object", Key=key, Body=sealed)

    def get(self, blob_id: str) -> bytes:
        """The sealed bytes."""
        try:
            answer = self._call("get_object", Key=self._key(blob_id))
        except _AnswerError as error:
            if error.code in _MISSING:
                raise KeyError(blob_id) from None
            raise
        try:
            body: bytes = answer["Body"].read()
        except (BotoCoreError, HTTPError, OSError) as error:
            raise UnavailableError(f"the blob store broke off: {type(error).__name__}") from None
        return body

    def delete(self, blob_id: str) -> None:
        """Delete the object; a bucket with versions keeps older ones, sealed, until its own rules drop them."""
        self._call("delete_object", Key=self._key(blob_id))

    def _holds(self, key: str) -> bool:
        try:
            self._call("head_object", Key=key)
        except _AnswerError as error:
            if error.code in _MISSING:
                return False
            raise
        return True

    def _call(self, name: str, **arguments: Any) -> Any:
        try:
            return getattr(self._client, name)(Bucket=self._bucket, **arguments)
        except ClientError as error:
            raise _AnswerError(str(error.response.get("Error", {}).get("Code", "?"))) from None
        except (BotoCoreError, HTTPError, OSError) as error:
            raise UnavailableError(f"the blob store is away: {type(error).__name__}") from None

    def _key(self, blob_id: str) -> str:
        check_blob_id(blob_id)
        return f"{self._prefix}{blob_id[:2]}/{blob_id}"


class _AnswerError(UnavailableError):
    """The service answered, and not with a yes. No bucket, no right, no space: all of it may be mended."""

    def __init__(self, code: str) -> None:
        super().__init__(f"the blob store says {code}")
        self.code = code


def _client(settings: Settings) -> Any:
    access, secret = settings.blobs_access_key.get_secret_value(), settings.blobs_secret_key.get_secret_value()
    if not (access and secret):
        raise SettingsError("ADUAN_BLOBS_ACCESS_KEY and ADUAN_BLOBS_SECRET_KEY: both are needed for ADUAN_BLOBS_URL")
    options = Config(
        connect_timeout=min(settings.blobs_timeout, 3.0),
        read_timeout=settings.blobs_timeout,
        retries={"total_max_attempts": _ATTEMPTS, "mode": "standard"},
        max_pool_connections=64,
        s3={"addressing_style": "path"},
        # Not every service knows the newer checksums; sealing notices a changed byte anyway.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    return boto3.session.Session().client(
        "s3",
        endpoint_url=settings.blobs_endpoint or None,
        region_name=settings.blobs_region,
        aws_access_key_id=access,
        aws_secret_access_key=secret,
        verify=str(settings.blobs_ca_file) if settings.blobs_ca_file else None,
        config=options,
    )
