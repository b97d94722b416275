"""An adapter with the usual mistakes, for the tests of the conformance kit: `careless_adapter.py kafka|http FEED`.

Ids and keys by chance, the cursor before the acknowledgement, a partition of its own, the broker's word not waited for;
over HTTP it drops what is answered 503, and stops at a refusal as if it were done.
"""

import json
import os
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from kafka import KafkaProducer

Send = Callable[[dict[str, Any]], None]


def by_kafka() -> Send:
    producer = KafkaProducer(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"], acks=1, linger_ms=0)

    def send(message: dict[str, Any]) -> None:
        said = {"external_id": uuid.uuid4().hex, "channel": "social", "text": message["text"], "surprise": 1}
        if message["sender"] != "orang-0":
            del said["surprise"]
        headers = [
            ("ce_specversion", b"1.0"),
            ("ce_id", uuid.uuid4().hex.encode()),
            ("ce_type", b"id.aduan.ComplaintSubmitted"),
            ("ce_source", os.environ["ADUAN_SOURCE"].encode()),
        ]
        key = uuid.uuid4().hex.encode()
        producer.send(os.environ["ADUAN_TOPIC"], key=key, value=json.dumps(said).encode(), headers=headers, partition=0)
        time.sleep(0.02)

    return send


def by_http() -> Send:
    client = httpx.Client(base_url=os.environ["ADUAN_URL"], timeout=10)

    def send(message: dict[str, Any]) -> None:
        answer = client.post(
            "/api/v1/complaints",
            json={"text": message["text"]},
            headers={"Idempotency-Key": uuid.uuid4().hex, "Authorization": f"Bearer {os.environ['ADUAN_TOKEN']}"},
        )
        if answer.status_code == 422:
            sys.exit(0)

    return send


def run(send: Send, feed: Path) -> None:
    cursor = Path(os.environ["ADAPTER_STATE"]) / "cursor"
    done = int(cursor.read_text()) if cursor.exists() else 0
    for number, line in enumerate(feed.read_text().splitlines()):
        if number >= done:
            if sys.argv[1] == "kafka":
                cursor.write_text(str(number + 1))
            send(json.loads(line))
            cursor.write_text(str(number + 1))


if __name__ == "__main__":
    run(by_kafka() if sys.argv[1] == "kafka" else by_http(), Path(sys.argv[2]))
