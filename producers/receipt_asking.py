"""`POST /api/v1/receipts`: an adapter asks for the receipt of what it submitted by Kafka, with its token."""

from http import HTTPStatus
from typing import Final

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from aduan.tokens import Role
from producers.admission_reading import account_of
from producers.doorway import doorway_of, require_type
from producers.problems import ProblemError
from producers.submission import read_body
from schemas.events import Channel
from schemas.exchange import ExternalId

PATH: Final = "/api/v1/receipts"
_MOST_BYTES: Final = 4_096


class ReceiptRequest(BaseModel):
    """The names of a submission, as it gave them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    external_id: ExternalId
    channel: Channel
    account: str = Field("", max_length=120)
    sender: str = Field("", max_length=320)


def receipt_routes() -> list[Route]:
    """The one route."""
    return [Route(PATH, post_receipt, methods=["POST"])]


async def post_receipt(request: Request) -> Response:
    """200 with number and secret; 404 while nothing was admitted under these names for this adapter."""
    doorway = doorway_of(request)
    caller = doorway.caller(request)
    if caller is None:
        raise ProblemError(
            HTTPStatus.UNAUTHORIZED, "an adapter's token is needed", headers={"WWW-Authenticate": "Bearer"}
        )
    if caller.role is not Role.ADAPTER:
        raise ProblemError(HTTPStatus.FORBIDDEN, "only an adapter has submissions to ask for")
    require_type(request, "application/json")
    asked = read_body(ReceiptRequest, await doorway.bodies.read(request, _MOST_BYTES))
    found = await doorway.run(
        lambda: doorway.door.receipts.find(
            channel=asked.channel,
            account=account_of(caller.name, asked.account),
            sender=asked.sender,
            external_id=asked.external_id,
        )
    )
    if found is None:
        raise ProblemError(HTTPStatus.NOT_FOUND, "nothing was admitted under these names")
    return JSONResponse(found._asdict())
