"""Pushes the samples through the three real doors, as their senders would: HTTP, SMTP and signed webhooks."""

import csv
import hashlib
import hmac
import json
import mailbox
import re
import smtplib
import time
from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import Any, Final

import httpx

from aduan.connections.patience import retrying_for
from aduan.settings import Settings
from ops.demo.dressing import dressed
from ops.demo.mailbox import deliver, read_by_aduan
from schemas.errors import UnavailableError

ANSWER_SECONDS: Final = 30
AGAIN_SECONDS: Final = 60
"""For so long a message is sent again to a door that keeps nothing just now: machines are slow while all starts."""
_KEY_FIELD: Final = re.compile(r'name="key" value="([^"]+)"')


Sent = tuple[str, int, str | None]
"""Sample id, complaints in it, and what was wrong (None: accepted)."""


@dataclass(slots=True)
class Fed:
    """How many messages each door took, and what it said no to (sample id and answer)."""

    accepted: dict[str, int] = field(default_factory=lambda: {"web": 0, "email": 0, "social": 0})
    refused: list[str] = field(default_factory=list)

    def note(self, channel: str, sent: Sent) -> None:
        """Count one answer."""
        sample, complaints, problem = sent
        if problem is None:
            self.accepted[channel] += complaints
        else:
            self.refused.append(f"{sample}: {problem}")


@dataclass(frozen=True, slots=True)
class Doors:
    """Where the doors are, and the adapter's token that lifts the public rate limit."""

    intake_url: str
    mail_host: str
    mail_port: int
    token: str


def expected_counts(samples: Path) -> dict[str, int]:
    """Complaints by channel that the label files promise."""
    return {channel: sum(_complaints(samples, channel).values()) for channel in ("web", "email", "social")}


def _complaints(samples: Path, channel: str) -> Counter[str]:
    """Sample id -> complaints in it. Rows with kategori `-` hold none; `S010.1` belongs to sample S010."""
    with (samples / f"labels-{channel}.tsv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        return Counter(row["id"].partition(".")[0] for row in rows if row["kategori"] != "-")


def feed(samples: Path, settings: Settings, doors: Doors, fed: Fed) -> None:
    """Send all samples; `fed` counts each yes as it comes. A no is kept there; "not just now" is tried again."""
    with httpx.Client(base_url=doors.intake_url, timeout=ANSWER_SECONDS) as client, ThreadPoolExecutor(6) as pool:
        mails = pool.submit(_feed_mails, samples / "email.mbox", settings, doors, fed)
        web = pool.map(lambda line: _send_web(client, doors, line), _lines(samples / "web.jsonl"))
        held = _complaints(samples, "social")
        social = pool.map(
            lambda line: _send_social(client, settings, line, held[line["sample"]]), _lines(samples / "social.jsonl")
        )
        for sent in web:
            fed.note("web", sent)
        for sent in social:
            fed.note("social", sent)
        mails.result()


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def _send_web(client: httpx.Client, doors: Doors, sample: dict[str, Any]) -> Sent:
    if sample["door"] == "form":
        return _send_form(client, sample)
    headers = {"Idempotency-Key": sample["idempotency_key"], "Authorization": f"Bearer {doors.token}"}
    answer = _post(client, "/api/v1/complaints", json=sample["body"], headers=headers)
    return sample["sample"], 1, _problem(answer, 202)


def _send_form(client: httpx.Client, sample: dict[str, Any]) -> Sent:
    """Like a browser: fetch the page for its one-time key, then send the fields and files."""
    page = client.get("/lapor")
    key = _KEY_FIELD.search(page.text)
    if key is None:
        return sample["sample"], 1, f"the form page has no one-time key (HTTP {page.status_code})"
    body = dict(sample["body"])
    fields = {"key": key.group(1), **body.pop("reporter", {})}
    files = [
        ("attachments", (each["name"], b64decode(each["content_base64"]), each["media_type"]))
        for each in body.pop("attachments", [])
    ]
    answer = _post(client, "/lapor", data=fields | body, files=files or None)
    return sample["sample"], 1, _problem(answer, 200)


def _send_social(client: httpx.Client, settings: Settings, sample: dict[str, Any], complaints: int) -> Sent:
    """A yes is for the whole delivery: all of its complaints, or none when it holds only receipts and echoes."""
    platform, body = dressed(sample["sample"], sample["body"])
    raw = json.dumps(body, ensure_ascii=False).encode()
    if platform == "telegram":
        path = "/webhooks/telegram"
        proof = {"X-Telegram-Bot-Api-Secret-Token": settings.telegram_secret.get_secret_value()}
    else:
        path, secret = "/webhooks/meta", settings.meta_app_secret.get_secret_value().encode()
        proof = {"X-Hub-Signature-256": "sha256=" + hmac.new(secret, raw, hashlib.sha256).hexdigest()}
    answer = _post(client, path, content=raw, headers={"Content-Type": "application/json"} | proof)
    return sample["sample"], complaints, _problem(answer, 200)


def _post(client: httpx.Client, path: str, **message: Any) -> httpx.Response:
    """The door's answer; sent again for a while when it can keep nothing just now, as every client must do."""

    def once() -> httpx.Response:
        answer = client.post(path, **message)
        if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            raise UnavailableError(f"HTTP 503: {answer.text[:200]}")
        return answer

    return retrying_for(AGAIN_SECONDS)(once)


def _problem(answer: httpx.Response, wanted: int) -> str | None:
    return None if answer.status_code == wanted else f"HTTP {answer.status_code}: {answer.text[:200]}"


def _feed_mails(path: Path, settings: Settings, doors: Doors, fed: Fed) -> None:
    """Two of three mails to our receiver; the third into a mailbox, where `aduan imap` finds it."""
    box = mailbox.mbox(path, create=False)
    try:
        messages = list(box)
    finally:
        box.close()
    boxed = messages[2::3]
    deliver(settings, boxed)
    with smtplib.SMTP(doors.mail_host, doors.mail_port, timeout=ANSWER_SECONDS) as server:
        for number, message in enumerate(messages):
            if number % 3 != 2:  # noqa: PLR2004 - the third
                fed.note("email", _send_mail(server, message))
    seen = read_by_aduan(settings, len(boxed))
    for message in boxed:
        sample = str(message["X-Aduan-Sample"])
        fed.note("email", (sample, 1, None if sample in seen else "was not read from the mailbox"))


def _send_mail(server: smtplib.SMTP, message: Message) -> Sent:
    sample = str(message["X-Aduan-Sample"])
    sender = "" if message.get_content_type() == "multipart/report" else "pengirim@contoh.id"

    def once() -> None:
        try:
            server.sendmail(sender, ["pengaduan@aduan.example"], message.as_bytes())
        except smtplib.SMTPDataError as error:
            if error.smtp_code // 100 == 4:  # noqa: PLR2004 - not just now
                raise UnavailableError(f"SMTP {error.smtp_code}") from error
            raise

    try:
        retrying_for(AGAIN_SECONDS)(once)
    except smtplib.SMTPResponseException as error:
        return sample, 1, f"SMTP {error.smtp_code}"
    except (smtplib.SMTPRecipientsRefused, UnavailableError):
        return sample, 1, "refused"
    return sample, 1, None


def wait_until(check: Callable[[], bool], seconds: float, every: float = 0.2) -> bool:
    """Whether `check` came true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if check():
            return True
        time.sleep(every)
    return check()
