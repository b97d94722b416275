"""Complaints for the benchmarks: real-sounding, hardly two alike, the same for the same seed, ready for a topic.

Texts come from the samples of split `dev`, brought to about sixty words and varied by invented dates, sums and numbers.
Ids and words follow from the seed and the number alone; sealing has random nonces, so sealed values differ in each run.
"""

import csv
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from aduan import ids
from aduan.connections.publisher import Record
from aduan.keyring import SealingKey
from aduan.lanes import choose_lane
from aduan.privacy import Purpose, seal_model
from schemas.codec import encode
from schemas.content import Content, Reporter
from schemas.events import Channel, Claimed, ComplaintReceived
from schemas.topics import Lane, Topics

SAMPLES: Final = Path(__file__).parent.parent / "samples"
SECRET: Final = b"a secret that only benchmarks use"
SOURCE: Final = "/benchmarks"
WORDS: Final = 60
LONGEST: Final = 90
NAMED: Final = 0.6
URGENT: Final = 0.02
"""Share of complaints with danger words. Among the samples it is a fifth, on purpose; no service desk would survive."""
_FILLERS: Final = (
    "Mohon segera ditindaklanjuti karena kami sudah menunggu sejak {day} {month} tanpa jawaban yang jelas.",
    "Kami sudah bertanya langsung pada tanggal {day} {month} dan diminta menunggu lagi.",
    "Ada sekitar {count} wali di kelas {grade} yang mengalami hal yang sama seperti kami.",
    "Jumlahnya Rp{thousands}.000 per bulan dan tidak ada tanda terima yang diberikan kepada kami.",
    "Saya bisa dihubungi di nomor {phone} pada jam kerja, terima kasih banyak sebelumnya.",
    "Surat nomor {count}/SK/{grade}/2026 sudah kami kirim tetapi belum dibalas sampai hari ini.",
    "Terima kasih atas perhatiannya, semoga sebelum {day} {month} ada penjelasan yang bisa kami terima bersama.",
    "Kata tetangga di RT {day} memang begitu setiap tahun, tapi menurut saya seharusnya tidak demikian.",
)
_MONTHS: Final = ("Januari", "Februari", "Maret", "April", "Juni", "Juli", "Agustus", "September", "Oktober")
_NAMES: Final = ("Siti", "Agus", "Dewi", "Bambang", "Rina", "Joko", "Maria", "Yohanes", "Nur", "Putu", "Ketut", "Asep")


@dataclass(frozen=True, slots=True)
class Draft:
    """One sample as its writer left it, cut to at most ninety words."""

    title: str
    text: str
    channel: Channel
    claimed: Claimed


@dataclass(frozen=True, slots=True)
class Complaint:
    """One invented complaint, before the door sealed it."""

    complaint_id: str
    content: Content
    reporter: Reporter | None
    draft: Draft


@lru_cache(maxsize=1)
def drafts() -> tuple[tuple[Draft, ...], tuple[Draft, ...]]:
    """The samples of split `dev` without and with danger words."""
    found: dict[Lane, list[Draft]] = {lane: [] for lane in Lane}
    for channel, title, text, claimed in _samples():
        short = " ".join(text.split()[:LONGEST])
        found[choose_lane(title, short)[0]].append(Draft(title, short, channel, claimed))
    return tuple(found[Lane.ORDINARY]), tuple(found[Lane.URGENT])


def complaint(number: int, seed: int = 1) -> Complaint:
    """The complaint of that number: the same words, id and person for the same seed."""
    chance = random.Random(f"{seed}:{number}")
    ordinary, urgent = drafts()
    draft = chance.choice(urgent if chance.random() < URGENT else ordinary)
    person = None
    if chance.random() < NAMED:
        name = f"{chance.choice(_NAMES)} Rekaan {number}"
        person = Reporter(name=name, email=f"pelapor{number}@contoh.example", phone=f"0812{number:08d}")
    return Complaint(
        complaint_id=ids.complaint_id(
            SECRET, channel=draft.channel.value, account="benchmark", sender=str(seed), external_id=str(number)
        ),
        content=Content(title=draft.title, text=_lengthened(draft.text, chance)),
        reporter=person,
        draft=draft,
    )


def received(number: int, key: SealingKey, now: datetime, seed: int = 1) -> ComplaintReceived:
    """What the door would have put on the topic for it. Built without validation, from parts that are valid."""
    made = complaint(number, seed)
    complaint_id, person = made.complaint_id, made.reporter
    lane, findings = choose_lane(made.content.title, made.content.text)
    return ComplaintReceived.model_construct(
        event_id=ids.event_id(complaint_id, ComplaintReceived.TYPE),
        complaint_id=complaint_id,
        occurred_at=now,
        channel=made.draft.channel,
        account="benchmark",
        source=SOURCE,
        lane=lane,
        triage=findings,
        body_digest=ids.body_digest(SECRET, made.content.title, made.content.text),
        received_at=now,
        sent_at=None,
        sealed_content=seal_model(key, Purpose.CONTENT, complaint_id, made.content),
        sealed_reporter=seal_model(key, Purpose.REPORTER, complaint_id, person) if person else None,
        attachments=(),
        claimed=made.draft.claimed,
        automated=False,
    )


def received_records(
    numbers: Sequence[int], topics: Topics, key: SealingKey, now: datetime, lane: Lane | None = None
) -> Iterator[Record]:
    """Records for the received topics, each in its lane; with `lane`, all in that one."""
    for number in numbers:
        event = received(number, key, now)
        if lane is not None and event.lane is not lane:
            event = event.model_copy(update={"lane": lane})
        yield Record(topics.received(event.lane), *encode(event, source=SOURCE))


def _lengthened(text: str, chance: random.Random) -> str:
    parts, length = [text], len(text.split())
    while True:
        filler = chance.choice(_FILLERS).format(
            day=chance.randint(1, 28),
            month=chance.choice(_MONTHS),
            count=chance.randint(3, 400),
            grade=chance.randint(1, 12),
            thousands=chance.randint(10, 999),
            phone=f"08{chance.randint(10**8, 10**10)}",
        )
        parts.append(filler)
        length += len(filler.split())
        if length >= WORDS:
            return " ".join(parts)


def _samples() -> Iterator[tuple[Channel, str, str, Claimed]]:
    dev = _dev_samples()
    for sample in _lines(SAMPLES / "web.jsonl"):
        if sample["sample"] in dev:
            body = sample["body"]
            claims = {name: body[name] for name in Claimed.model_fields if name in body}
            yield Channel.WEB, body.get("title", ""), body["text"], Claimed(**claims)
    for sample in _lines(SAMPLES / "social.jsonl"):
        if sample["sample"] in dev:
            for text in _social_texts(sample["body"]):
                yield Channel.SOCIAL, "", text, Claimed()


def _dev_samples() -> set[str]:
    dev = set()
    for path in sorted(SAMPLES.glob("labels-*.tsv")):
        with path.open(encoding="utf-8", newline="") as file:
            dev |= {row["id"] for row in csv.DictReader(file, delimiter="\t") if row["split"] == "dev"}
    return dev


def _social_texts(body: dict[str, Any]) -> Iterator[str]:
    for entry in body["entry"]:
        for change in entry.get("changes", ()):
            yield from _texts(change["value"].get("message"), change["value"].get("text"))
        for message in entry.get("messaging", ()):
            yield from _texts(message.get("message", {}).get("text"))


def _texts(*values: object) -> Iterator[str]:
    yield from (value for value in values if isinstance(value, str) and value.strip())


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)
