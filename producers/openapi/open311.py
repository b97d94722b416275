"""The Open311 doors in the OpenAPI document, once for each format. XML has the same elements as JSON, and no schema."""

from typing import Final

from producers.open311.form import URLENCODED, Open311Form
from producers.open311.models import Created, Discovery, Open311Error, Service, ServiceDefinition, TokenAnswer
from producers.open311.rendering import PREFIX, Format
from producers.openapi.operation import IDEMPOTENCY_KEY, REFUSALS, Answer, Operation, path, query

COMMON: Final = (
    query("jurisdiction_id", "The jurisdiction, where the installation names one."),
    query("locale", "Language of names and notes; else that of Accept-Language.", enum=["id", "en", ""]),
)
API_KEY: Final = query("api_key", "A token of the role adapter; better in the Authorization header.")


def open311_operations() -> list[Operation]:
    """All that need no index."""
    return [one for kind in Format for one in _operations(kind)]


def errors(kind: Format, *statuses: int) -> dict[int, Answer]:
    """Open311's own errors, in the format asked for."""
    return {
        one: Answer(REFUSALS[one][0], {kind.media_type: _typed(kind, list[Open311Error])}, REFUSALS[one][1])
        for one in statuses
    }


def found(kind: Format, description: str, model: object) -> dict[int, Answer]:
    """A 200; the XML holds the same elements as the JSON, and has no schema here."""
    return {200: Answer(description, {kind.media_type: _typed(kind, model)})}


def _typed(kind: Format, model: object) -> object:
    return model if kind is Format.JSON else None


def _operations(kind: Format) -> list[Operation]:
    end, shown = f".{kind.value}", kind.value.capitalize()
    code = path("service_code", "Code of a service.")
    token = path("token", "Id of a complaint.")
    return [
        Operation(
            "GET", f"{PREFIX}/discovery{end}", f"getDiscovery{shown}", "Open311", "Where the endpoint is.",
            found(kind, "The endpoint.", Discovery) | errors(kind, 400, 404, 405), (*COMMON, API_KEY),
        ),
        Operation(
            "GET", f"{PREFIX}/services{end}", f"getServices{shown}", "Open311", "The kinds of request: our categories.",
            found(kind, "The services.", list[Service]) | errors(kind, 400, 404, 405), (*COMMON, API_KEY),
        ),
        Operation(
            "GET", f"{PREFIX}/services/{{service_code}}{end}", f"getService{shown}", "Open311", "Its questions.",
            found(kind, "The questions.", ServiceDefinition) | errors(kind, 400, 404, 405), (code, *COMMON, API_KEY),
        ),
        Operation(
            "POST", f"{PREFIX}/requests{end}", f"postRequest{shown}", "Open311", "Send a request; 200 once it is kept.",
            found(kind, "Kept: the tracking number, and in the notice its secret.", list[Created])
            | errors(kind, 400, 403, 404, 405, 408, 413, 415, 429, 503),
            (*COMMON, API_KEY, IDEMPOTENCY_KEY), {URLENCODED: Open311Form}, keyed=True,
        ),
        Operation(
            "GET", f"{PREFIX}/tokens/{{token}}{end}", f"getToken{shown}", "Open311", "A complaint's number.",
            found(kind, "The number.", list[TokenAnswer]) | errors(kind, 400, 403, 404, 405, 429, 503),
            (token, *COMMON, API_KEY), keyed=True,
        ),
    ]  # fmt: skip
