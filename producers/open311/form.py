"""The form of `POST /open311/v2/requests`: read, checked field by field, and made into a submission."""

from functools import cache
from http import HTTPStatus
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from aduan.units import load_units
from producers.problems import ProblemError
from producers.submission import (
    FieldError,
    FieldsError,
    Line40,
    Line200,
    Line320,
    Line500,
    OptionalCode,
    Submission,
    WebComplaint,
    WebReporter,
    Words,
    field_errors,
)
from schemas.events import Channel

URLENCODED: Final = "application/x-www-form-urlencoded"
MAX_BYTES: Final = 100_000
"""4,000 characters take up to 48,000 bytes percent-encoded; the rest is short."""
MAX_DESCRIPTION: Final = 4_000
MAX_FIELDS: Final = 40
_NPSN: Final = r"^[0-9A-Za-z]{8}$"


def _known_place(value: str) -> str:
    """An NPSN, by its form, or the code of a unit."""
    if value in load_units() or (len(value) == 8 and value.isalnum() and value.isascii()):  # noqa: PLR2004 - an NPSN's
        return value
    raise ValueError("must be an NPSN (eight digits or letters) or the code of a unit")


class Open311Form(BaseModel):
    """The fields of GeoReport v2 and our questions. An unknown field is refused by name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    service_code: Annotated[str, StringConstraints(max_length=60)] = Field(description="Of /open311/v2/services.")
    description: Annotated[Words, StringConstraints(max_length=MAX_DESCRIPTION)]
    jurisdiction_id: Line200 = None
    api_key: Annotated[str, StringConstraints(max_length=200)] | None = Field(
        None, repr=False, description="A token of the role adapter."
    )
    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)] | None = None
    long: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] | None = None
    address_string: Line500 = None
    address_id: Annotated[str, StringConstraints(max_length=60), AfterValidator(_known_place)] | None = Field(
        None, description="A school's NPSN, or the code of a unit."
    )
    email: Line320 = None
    first_name: Line200 = None
    last_name: Line200 = None
    phone: Line40 = None
    media_url: Annotated[str, StringConstraints(max_length=2_000, pattern=r"^https?://[!-~]+$")] | None = Field(
        None, description="Noted for staff; never fetched."
    )
    device_id: Line200 = Field(None, description="Taken, and not kept.")
    account_id: Line200 = Field(None, description="Taken, and not kept.")
    title: Line500 = Field(None, alias="attribute[title]")
    sekolah: Line200 = Field(None, alias="attribute[sekolah]")
    npsn: Annotated[str, StringConstraints(pattern=_NPSN)] | None = Field(None, alias="attribute[npsn]")
    provinsi: OptionalCode = Field(None, alias="attribute[provinsi]")
    kabupaten: OptionalCode = Field(None, alias="attribute[kabupaten]")
    kerahasiaan: OptionalCode = Field(None, alias="attribute[kerahasiaan]")

    def submission(self, *, account: str, source: str, external_id: str) -> Submission:
        """As a complaint of the web channel; FieldsError for a code in no list, or half a position."""
        if (self.lat is None) is not (self.long is None):
            missing = "lat" if self.lat is None else "long"
            raise FieldsError(FieldError(missing, "missing", "lat and long belong together"))
        name = " ".join(part for part in (self.first_name, self.last_name) if part)
        reporter = {"name": name[:200] or None, "email": self.email, "phone": self.phone}
        complaint = WebComplaint(
            title=self.title,
            text=self._text(),
            reporter=WebReporter(**reporter) if any(reporter.values()) else None,
            kerahasiaan=self.kerahasiaan,
            kategori=self.service_code,
            provinsi=self.provinsi,
            kabupaten=self.kabupaten,
            place=self._place()[:500] or None,
        )
        try:
            return complaint.submission(channel=Channel.WEB, account=account, source=source, external_id=external_id)
        except FieldsError as error:
            raise FieldsError(*map(_in_our_words, error.errors), reason=error.reason) from None

    def _text(self) -> str:
        return f"{self.description}\n\n{self.media_url}" if self.media_url else self.description

    def _place(self) -> str:
        """What is known of where, as a person would write it."""
        unit = load_units().get(self.address_id) if self.address_id else None
        parts = (
            self.sekolah,
            f"NPSN {self.npsn}" if self.npsn else None,
            self.address_string,
            (unit.name_id if unit else f"NPSN {self.address_id}") if self.address_id else None,
            f"{self.lat:.6f}, {self.long:.6f}" if self.lat is not None and self.long is not None else None,
        )
        return ", ".join(part for part in parts if part)


def _in_our_words(error: FieldError) -> FieldError:
    """The error under the name that this form gives the field."""
    field = Open311Form.model_fields.get(error.field)
    return FieldError((field.alias if field else None) or error.field, error.code, error.message)


def read_form(raw: bytes) -> Open311Form:
    """The form in a body; FieldsError names each wrong field, ProblemError(400) a body that is no form."""
    try:
        pairs = parse_qsl(
            raw.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS, separator="&"
        )
    except ValueError:
        what = f"the body must be a UTF-8 form of at most {MAX_FIELDS} fields"
        raise ProblemError(HTTPStatus.BAD_REQUEST, what) from None
    return check_fields(pairs)


def check_fields(pairs: list[tuple[str, str]]) -> Open311Form:
    """The form of these fields. An empty optional field counts as one that was not sent, as GeoReport v2 says."""
    values: dict[str, Any] = {}
    for name, value in pairs:
        if name in values:
            raise FieldsError(FieldError(name[:60], "repeated", "may be given once"))
        values[name] = value
    kept = {name: value for name, value in values.items() if value.strip() or name not in optional_fields()}
    try:
        return Open311Form.model_validate(kept)
    except ValidationError as error:
        raise FieldsError(*field_errors(error)) from None


@cache
def optional_fields() -> frozenset[str]:
    """Names of the fields that may be missing."""
    fields = Open311Form.model_fields.items()
    return frozenset(field.alias or name for name, field in fields if not field.is_required())
