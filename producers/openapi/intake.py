"""The table of the intake's operations that need no index; `portal.openapi` adds those that do."""

from typing import Final

from producers.counter import API
from producers.entering import CounterComplaint
from producers.openapi.answers import CodesAnswer, CounterAnswer, HealthAnswer, KnownReceiptAnswer, ReceiptAnswer
from producers.openapi.open311 import open311_operations
from producers.openapi.operation import IDEMPOTENCY_KEY, JSON, Answer, Operation, path, refusals
from producers.openapi.webhooks import webhook_operations
from producers.receipt_asking import PATH as RECEIPTS
from producers.receipt_asking import ReceiptRequest
from producers.submission import WebComplaint, WebReply

_UUID: Final = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


def intake_operations() -> list[Operation]:
    """JSON, Open311 without its reading half, webhooks, health."""
    return [*_JSON, *open311_operations(), *webhook_operations()]


_JSON: Final = (
    Operation(
        "POST",
        "/api/v1/complaints",
        "postComplaint",
        "JSON",
        "Send a complaint; 202 once Kafka has it.",
        {202: Answer("Kept; the receipt.", {JSON: ReceiptAnswer})}
        | refusals(400, 401, 405, 408, 413, 415, 422, 429, 503),
        (IDEMPOTENCY_KEY,),
        {JSON: WebComplaint},
        keyed=True,
    ),
    Operation(
        "POST",
        "/api/v1/complaints/{complaint_id}/replies",
        "postReply",
        "JSON",
        "Add to a complaint, with the secret of its receipt.",
        {202: Answer("Kept; the receipt.", {JSON: ReceiptAnswer})}
        | refusals(400, 401, 403, 404, 405, 408, 413, 415, 422, 429, 503),
        (path("complaint_id", "Id of the receipt.", format="uuid", pattern=_UUID), IDEMPOTENCY_KEY),
        {JSON: WebReply},
        keyed=True,
    ),
    Operation(
        "POST",
        API,
        "postCounterComplaint",
        "JSON",
        "Enter a complaint for somebody at the counter or on the telephone; the token is the clerk's.",
        {202: Answer("Kept; what the clerk hands over.", {JSON: CounterAnswer})}
        | refusals(401, 403, 405, 408, 413, 415, 422, 429, 503),
        (IDEMPOTENCY_KEY | {"required": True},),
        {JSON: CounterComplaint},
        keyed=True,
        closed=True,
    ),
    Operation(
        "POST",
        RECEIPTS,
        "postReceiptQuestion",
        "JSON",
        "Ask for the receipt of what was submitted by Kafka; the token is the adapter's.",
        {200: Answer("The receipt.", {JSON: KnownReceiptAnswer})}
        | refusals(400, 401, 403, 404, 405, 408, 413, 415, 422, 429, 503),
        (),
        {JSON: ReceiptRequest},
        keyed=True,
        closed=True,
    ),
    Operation(
        "GET",
        "/api/v1/codes",
        "getCodes",
        "JSON",
        "The codes that a complaint may carry, with their labels.",
        {200: Answer("The codes.", {JSON: CodesAnswer})} | refusals(400, 405),
    ),
    Operation(
        "GET",
        "/healthz",
        "getHealth",
        "Health",
        "200 while the process answers; Kafka's state shows in what the doors say.",
        {200: Answer("It answers.", {JSON: HealthAnswer})} | refusals(405),
    ),
)
