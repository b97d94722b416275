"""Writes docs/asyncapi.yaml, the contract with adapters that speak Kafka, from models and topics (`make docs`).

AsyncAPI 3.0.0: https://www.asyncapi.com/docs/reference/specification/v3.0.0. The document speaks for Aduan: it receives
submissions, and sends admissions.
"""

from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from aduan.settings import Settings
from ops.topics import topic_configs
from schemas.exchange import (
    MAX_KEY,
    SIGNATURE,
    SOURCE_PREFIX,
    ComplaintSubmitted,
    SubmissionAdmitted,
    SubmissionRefused,
)

PATH: Final = Path("docs/asyncapi.yaml")
_HEAD: Final = "# Made by `make docs` from schemas/exchange.py; a test fails when they differ. In words: adapters.md\n"
_BINDING: Final = "0.5.0"
_MODELS: Final[tuple[type[BaseModel], ...]] = (ComplaintSubmitted, SubmissionAdmitted, SubmissionRefused)
EXAMPLE_HEADERS: Final = {
    "ce_specversion": "1.0",
    "ce_id": "1790001",
    "ce_type": "id.aduan.ComplaintSubmitted",
    "ce_source": "/adapters/warga-app",
    "content-type": "application/json",
}
EXAMPLE: Final = {
    "external_id": "1790001",
    "channel": "social",
    "account": "halaman-1",
    "sender": "77",
    "text": "Dana PIP anak saya di SDN Contoh 1 belum cair sejak Mei.",
    "provinsi": "53",
    "sent_at": "2026-11-24T10:00:00+07:00",
}


def document() -> dict[str, Any]:
    """The whole document as plain data."""
    settings = Settings.model_construct()  # the defaults, whatever this machine's environment says
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Aduan for channel adapters",
            "version": version("aduan"),
            "description": "Submit complaints by Kafka and hear whether they were admitted. See docs/adapters.md.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "kafka": {
                "host": "kafka.example:9092",
                "protocol": "kafka",
                "description": "The installation's brokers; ask its operators for the address and your credentials.",
            }
        },
        "channels": {
            "submitted": _channel(settings, settings.topics.submitted, _SUBMITTED, "ComplaintSubmitted"),
            "admissions": _channel(
                settings, settings.topics.admissions, _ADMISSIONS, "SubmissionAdmitted", "SubmissionRefused"
            ),
        },
        "operations": _operations(),
        "components": {
            "messages": {
                "ComplaintSubmitted": _message(ComplaintSubmitted, _submitted_headers())
                | {"examples": [{"name": "a post", "headers": EXAMPLE_HEADERS, "payload": EXAMPLE}]},
                "SubmissionAdmitted": _message(SubmissionAdmitted, _answer_headers("SubmissionAdmitted")),
                "SubmissionRefused": _message(SubmissionRefused, _answer_headers("SubmissionRefused")),
            },
            "schemas": _schemas(),
        },
    }


_SUBMITTED: Final = (
    "What adapters write, in plain text. Write-only for them (ACL), kept for a few days. Key: the message's own id, "
    "the same on every try; partition: murmur2 of the key, as Java's client does; acks=all."
)
_ADMISSIONS: Final = (
    "Aduan's answers, each with the key and in the partition of its submission. Many adapters read it: look for your "
    "own name in `submitter`, and for your message by the SHA-256 of its external id."
)


def _channel(settings: Settings, address: str, description: str, *messages: str) -> dict[str, Any]:
    config = topic_configs(settings)[address]
    return {
        "address": address,
        "description": description,
        "servers": [{"$ref": "#/servers/kafka"}],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {
            "kafka": {
                "topic": address,
                "partitions": settings.partitions,
                "topicConfiguration": {name: int(config[name]) for name in ("retention.ms", "max.message.bytes")},
                "bindingVersion": _BINDING,
            }
        },
    }


def _operations() -> dict[str, Any]:
    names = ("SubmissionAdmitted", "SubmissionRefused")
    answers = [{"$ref": f"#/channels/admissions/messages/{name}"} for name in names]
    return {
        "receiveSubmission": {
            "action": "receive",
            "channel": {"$ref": "#/channels/submitted"},
            "summary": "Take a complaint that an adapter submits.",
            "messages": [{"$ref": "#/channels/submitted/messages/ComplaintSubmitted"}],
            "reply": {"channel": {"$ref": "#/channels/admissions"}, "messages": answers},
        },
        "sendAdmission": {
            "action": "send",
            "channel": {"$ref": "#/channels/admissions"},
            "summary": "Say whether a submission was admitted; at least once, the same answer under the same ce_id.",
            "messages": answers,
        },
    }


def _message(model: type[BaseModel], headers: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": model.__name__,
        "contentType": "application/json",
        "summary": (model.__doc__ or "").split("\n")[0],
        "headers": headers,
        "payload": {"$ref": f"#/components/schemas/{model.__name__}"},
        "bindings": {
            "kafka": {
                "key": {"type": "string", "minLength": 1, "maxLength": MAX_KEY},
                "bindingVersion": _BINDING,
            }
        },
    }


def _submitted_headers() -> dict[str, Any]:
    identifier = {"type": "string", "minLength": 1, "maxLength": MAX_KEY, "description": "The same on every try."}
    source = {"type": "string", "pattern": f"^{SOURCE_PREFIX}[A-Za-z0-9._-]{{1,60}}$"}
    return {
        "type": "object",
        "required": ["ce_specversion", "ce_id", "ce_type", "ce_source"],
        "properties": {
            "ce_specversion": {"const": "1.0"},
            "ce_id": identifier,
            "ce_type": {"const": "id.aduan.ComplaintSubmitted"},
            "ce_source": source | {"description": "The name of the adapter's token, which registers it."},
            "ce_time": {"type": "string", "format": "date-time"},
            "ce_dataschema": {"const": "urn:aduan:schema:ComplaintSubmitted:1"},
            "content-type": {"type": "string", "description": "application/json, or absent."},
            SIGNATURE: {
                "type": "string",
                "pattern": "^[0-9a-f]{64}$",
                "description": "HMAC-SHA256 of the value in hex; its key is the SHA-256 of the token in hex, as text.",
            },
        },
    }


def _answer_headers(name: str) -> dict[str, Any]:
    text = {"type": "string"}
    required = ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "ce_dataschema", "content-type"]
    return {
        "type": "object",
        "required": required,
        "properties": {
            "ce_specversion": {"const": "1.0"},
            "ce_id": text | {"description": "The same answer again has the same."},
            "ce_type": {"const": f"id.aduan.{name}"},
            "ce_source": {"const": "/producers/admission"},
            "ce_time": text | {"format": "date-time"},
            "ce_dataschema": {"const": f"urn:aduan:schema:{name}:1"},
            "ce_submitter": text | {"description": "Name of the adapter that is answered; absent when unknown."},
            "content-type": {"const": "application/json"},
        },
    }


def _schemas() -> dict[str, Any]:
    _, found = models_json_schema(
        [(model, "validation") for model in _MODELS], ref_template="#/components/schemas/{model}"
    )
    schemas: dict[str, Any] = found["$defs"]
    return schemas


def rendered() -> str:
    """The file's text."""
    return _HEAD + yaml.dump(document(), Dumper=_Plain, sort_keys=False, allow_unicode=True, width=110)


class _Plain(yaml.SafeDumper):
    """Without anchors and aliases: readers of AsyncAPI use `$ref`."""

    def ignore_aliases(self, data: Any) -> bool:
        """Always."""
        del data
        return True


if __name__ == "__main__":
    PATH.write_text(rendered(), encoding="utf-8")
