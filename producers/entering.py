"""What a clerk enters for somebody else, by page, JSON or command line: one submission, one receipt."""

from dataclasses import replace
from typing import Annotated, Any, Final

from pydantic import AfterValidator

from aduan.deadlines import promise
from aduan.hotlines import Hotline, hotlines
from aduan.tokens import Caller
from producers.door import Receipt
from producers.submission import File, Submission, WebComplaint
from schemas.events import Channel, Origin
from schemas.topics import Lane

SOURCE: Final = "/producers/counter"
ACCOUNT: Final = "loket"
"""Account of complaints that somebody without a unit entered."""
CHANNELS: Final = (Channel.COUNTER, Channel.PHONE)


def _of_counter(channel: Channel) -> Channel:
    if channel not in CHANNELS:
        raise ValueError("must be counter or phone")
    return channel


class CounterComplaint(WebComplaint):
    """Body of `POST /api/v1/counter/complaints`: that of the web intake, and how the person came."""

    channel: Annotated[Channel, AfterValidator(_of_counter)]


def entered(body: CounterComplaint, caller: Caller, key: str, files: tuple[File, ...] = ()) -> Submission:
    """The submission, with the clerk recorded. The same key of the same clerk is the same complaint."""
    submission = body.submission(
        channel=body.channel,
        account=caller.unit or ACCOUNT,
        source=SOURCE,
        external_id=f"{caller.name}:{key}",
        files=files,
    )
    return replace(submission, origin=Origin(clerk=caller.name))


def help_at_once(receipt: Receipt, body: WebComplaint) -> tuple[Hotline, ...]:
    """The numbers that the clerk gives at once when somebody is in danger; none otherwise."""
    return hotlines(body.kabupaten, body.provinsi) if receipt.lane is Lane.URGENT else ()


def usual_days() -> dict[str, int]:
    """Working days within which a question and a complaint are answered; the case's own deadline may be shorter."""
    days = {jenis: promise(jenis, "pendidikan_lainnya", "normal", "ult") for jenis in ("informasi", "pengaduan")}
    return {jenis: found.working_days or 1 for jenis, found in days.items()}


def receipt_body(receipt: Receipt, body: WebComplaint) -> dict[str, Any]:
    """What the clerk hands over: number, secret, by when, and where help is when it is urgent."""
    return {
        "complaint_id": receipt.complaint_id,
        "tracking_number": receipt.tracking_number,
        "secret": receipt.secret,
        "received_at": receipt.received_at.isoformat().replace("+00:00", "Z"),
        "duplicate": receipt.duplicate,
        "working_days": usual_days(),
        "urgent": receipt.lane is Lane.URGENT,
        "hotlines": [{"number": one.number, "id": one.id, "en": one.en} for one in help_at_once(receipt, body)],
    }
