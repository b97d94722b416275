"""What the Open311 doors answer; the OpenAPI document is made from these models.

JSON follows the "Spark" convention that GeoReport v2 asks for: lists stand at the top, what is unknown is null.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

W3Time = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
"""A time in UTC, e.g. 2026-11-24T03:00:00Z."""


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Endpoint(_Answer):
    """One way in."""

    specification: str
    url: str
    changeset: str
    type: Literal["production", "test"]
    formats: tuple[str, ...]


class Discovery(_Answer):
    """Where the endpoints are, and when the services last changed."""

    changeset: str
    contact: str
    key_service: str
    endpoints: tuple[Endpoint, ...]


class Service(_Answer):
    """One kind of request: a category of the taxonomy."""

    service_code: str
    service_name: str
    description: str
    metadata: bool
    type: Literal["realtime"]
    keywords: str
    group: str


class Value(_Answer):
    """One choice of a list."""

    key: str
    name: str


class Attribute(_Answer):
    """One question that goes with a request."""

    variable: bool
    code: str
    datatype: Literal["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"]
    required: bool
    datatype_description: str
    order: int
    description: str
    values: tuple[Value, ...] = ()


class ServiceDefinition(_Answer):
    """The questions of a service."""

    service_code: str
    attributes: tuple[Attribute, ...]


class Created(_Answer):
    """The yes: the tracking number, and in the notice the secret that goes with it."""

    service_request_id: str
    service_notice: str
    account_id: None = None


class TokenAnswer(_Answer):
    """The tracking number of a request by its token, which is the complaint's id."""

    service_request_id: str
    token: str


class ServiceRequest(_Answer):
    """A case as the public sees it. Its words only where the reporter chose to have them read by all."""

    service_request_id: str
    status: Literal["open", "closed"]
    status_notes: str
    service_name: str
    service_code: str
    description: str | None
    agency_responsible: str
    service_notice: None = None
    requested_datetime: W3Time
    updated_datetime: W3Time
    expected_datetime: W3Time
    address: str | None
    address_id: None = None
    zipcode: None = None
    lat: None = None
    long: None = None
    media_url: None = None


class Open311Error(_Answer):
    """What is wrong; the code is the HTTP status."""

    code: int
    description: str
