"""A whole adapter without Kafka: reads messages from a file, one JSON object a line, and posts them to the intake.

    ADUAN_URL=http://127.0.0.1:8080 ADUAN_TOKEN=aduan_… python lines_to_http.py messages.jsonl

A line is {"id": "…", "sender": "…", "text": "…", "sent_at": "…"}. Needs nothing but Python. What makes it safe: the
message's own id as Idempotency-Key, and the cursor moves only after a 202 (or a refusal, which is put aside).
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

URL = os.environ.get("ADUAN_URL", "http://127.0.0.1:8080")
TOKEN = os.environ.get("ADUAN_TOKEN", "")
STATE = Path(os.environ.get("ADAPTER_STATE", "."))
REFUSED = range(400, 500)
COME_AGAIN = (408, 429)


def post(message: dict[str, str]) -> str | None:
    """Why the message was refused for good, or None: it is kept. Waits for a door that is away, however long."""
    body = json.dumps({"text": message["text"]}).encode()
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": message["id"],
        "Authorization": f"Bearer {TOKEN}",
    }
    pause = 0.2
    while True:
        request = urllib.request.Request(f"{URL}/api/v1/complaints", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=30):
                return None
        except urllib.error.HTTPError as error:
            if error.code in REFUSED and error.code not in COME_AGAIN:
                return error.read().decode("utf-8", "replace")
            wait = float(error.headers.get("Retry-After", pause))
        except OSError:
            wait = pause
        print(f"waits {wait:.1f} s", file=sys.stderr)
        time.sleep(wait)
        pause = min(pause * 2, 30)


def run(file: Path) -> None:
    """Post all lines that the cursor has not passed."""
    cursor = STATE / f"{file.name}.cursor"
    done = int(cursor.read_text()) if cursor.exists() else 0
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines()):
        if number < done:
            continue
        refused = post(json.loads(line))
        if refused is not None:
            with (STATE / "refused.txt").open("a") as aside:
                aside.write(f"line {number + 1}: {refused}\n")
        new = cursor.with_suffix(".new")
        new.write_text(str(number + 1))
        new.replace(cursor)


if __name__ == "__main__":
    run(Path(sys.argv[1]))
