"""A whole adapter: reads messages of some platform from a file, one JSON object a line, and submits them by Kafka.

    KAFKA_BOOTSTRAP=127.0.0.1:9092 ADUAN_SOURCE=/adapters/contoh python lines_to_kafka.py messages.jsonl

A line is {"id": "…", "sender": "…", "text": "…", "sent_at": "…"}; a real adapter asks its platform instead. What makes
it safe is the order: submit, wait for Kafka's acknowledgement, and only then move the cursor.
"""

import hashlib
import hmac
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from kafka import KafkaProducer
from kafka.errors import KafkaError

BOOTSTRAP = os.environ.get("KAFKA_BOOTSTRAP", "127.0.0.1:9092")
TOPIC = os.environ.get("ADUAN_TOPIC", "complaints.submitted")
SOURCE = os.environ.get("ADUAN_SOURCE", "/adapters/contoh")
TOKEN = os.environ.get("ADUAN_TOKEN", "")
STATE = Path(os.environ.get("ADAPTER_STATE", "."))
TOGETHER = 50


def submitted(message: dict[str, str]) -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
    """Key, value and headers. All of it follows from the message: a retry is the same, byte for byte."""
    key = message["id"].encode()
    value = {
        "external_id": message["id"],
        "channel": "social",
        "account": "halaman-contoh",
        "sender": message["sender"],
        "text": message["text"],
        "sent_at": message["sent_at"],
    }
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", key),
        ("ce_type", b"id.aduan.ComplaintSubmitted"),
        ("ce_source", SOURCE.encode()),
        ("content-type", b"application/json"),
    ]
    body = json.dumps(value).encode()
    if TOKEN:  # where the installation asks for it (ADUAN_ADMISSION_SIGNED): proves that it was this adapter
        secret = hashlib.sha256(TOKEN.encode()).hexdigest().encode()
        headers.append(("aduan_signature", hmac.new(secret, body, "sha256").hexdigest().encode()))
    return key, body, headers


def unread(file: Path, cursor: Path) -> Iterator[list[str]]:
    """The lines that the cursor has not passed, a few at a time."""
    done = int(cursor.read_text()) if cursor.exists() else 0
    lines = file.read_text(encoding="utf-8").splitlines()
    for start in range(done, len(lines), TOGETHER):
        yield lines[start : start + TOGETHER]


def run(file: Path) -> None:
    """Submit all; however long Kafka is away, nothing is dropped and nothing is passed over."""
    cursor = STATE / f"{file.name}.cursor"
    producer = None
    for lines in unread(file, cursor):
        while True:
            try:
                # acks=all: on the disks of the replicas. kafka-python's own partitioner is murmur2, like Java's.
                producer = producer or KafkaProducer(bootstrap_servers=BOOTSTRAP, acks="all", enable_idempotence=True)
                sent = []
                for line in lines:
                    key, value, headers = submitted(json.loads(line))
                    sent.append(producer.send(TOPIC, key=key, value=value, headers=headers))
                for one in sent:
                    one.get(timeout=10)
                break
            except KafkaError as error:
                print(f"waits: {type(error).__name__}", file=sys.stderr)
                if producer is not None:
                    producer.close(timeout=0)
                producer = None
                time.sleep(0.5)
        done = int(cursor.read_text()) if cursor.exists() else 0
        aside = cursor.with_suffix(".new")
        aside.write_text(str(done + len(lines)))
        aside.replace(cursor)
    if producer is not None:
        producer.close(timeout=5)


if __name__ == "__main__":
    run(Path(sys.argv[1]))
