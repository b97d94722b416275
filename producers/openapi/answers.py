"""What the JSON intake answers, as models for the document; a test holds the answers to them."""

from pydantic import BaseModel, ConfigDict

from schemas.events import ComplaintId


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Links(_Answer):
    """Where to go from here."""

    replies: str


class HotlineAnswer(_Answer):
    """Where help is at once."""

    number: str
    id: str
    en: str


class ReceiptAnswer(_Answer):
    """The receipt: who holds number and secret may follow the case and add to it. `hotlines` when it is urgent."""

    complaint_id: ComplaintId
    tracking_number: str
    secret: str
    received_at: str
    urgent: bool
    hotlines: tuple[HotlineAnswer, ...]
    links: Links


class KnownReceiptAnswer(_Answer):
    """The receipt of what an adapter submitted by Kafka."""

    complaint_id: ComplaintId
    tracking_number: str
    secret: str


class CounterAnswer(_Answer):
    """What a clerk hands over."""

    complaint_id: ComplaintId
    tracking_number: str
    secret: str
    received_at: str
    duplicate: bool
    working_days: dict[str, int]
    urgent: bool
    hotlines: tuple[HotlineAnswer, ...]


class CodeLabel(_Answer):
    """A code and its labels."""

    code: str
    id: str
    en: str


class RegencyCode(_Answer):
    """A kabupaten or kota by its Kemendagri code."""

    code: str
    name: str


class ProvinceCode(RegencyCode):
    """A province with its kabupaten and kota."""

    kabupaten: tuple[RegencyCode, ...]


class CodesAnswer(_Answer):
    """The codes that a complaint may carry."""

    kategori: tuple[CodeLabel, ...]
    kerahasiaan: tuple[CodeLabel, ...]
    provinsi: tuple[ProvinceCode, ...]


class HealthAnswer(_Answer):
    """The process answers."""

    ok: bool
