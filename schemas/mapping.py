"""The index mapping, declared once and the same on Elasticsearch 9 and OpenSearch 3.

Indonesian text is indexed twice: stemmed, because people write `pungutan` and `dipungut` (Lucene's Indonesian stemmer
joins these; `memungut` stays apart), and unstemmed (`.exact`), because that stemmer over-stems. Acronyms are expanded
by the query builder, not here, so that a new acronym needs no reindex. `dynamic: strict`: a field that is not declared
is refused, never guessed.
"""

from typing import Any, Final

KEYWORD: Final = {"type": "keyword", "ignore_above": 256}
DATE: Final = {"type": "date"}
TEXT: Final = {
    "type": "text",
    "analyzer": "indonesian",
    "fields": {"exact": {"type": "text", "analyzer": "aduan_exact"}},
}
STORED: Final = {"type": "object", "enabled": False}
ATTACHMENTS: Final = {
    "properties": {
        "blob_id": {"type": "keyword", "index": False},
        "size": {"type": "long"},
        "media_type": KEYWORD,
        "refused": KEYWORD,
    }
}
SECRET: Final = {"type": "keyword", "index": False, "doc_values": False}

FACETS: Final = (
    "jenis",
    "kategori",
    "prioritas",
    "kerahasiaan",
    "status",
    "channel",
    "provinsi",
    "kabupaten",
    "jenjang",
    "unit",
    "language",
)

KEYWORD_FIELDS: Final = (
    *FACETS,
    "complaint_id",
    "tracking_number",
    "account",
    "lane",
    "kategori_alt",
    "model",
    "acknowledged_by",
    "outcome",
    "after_closing",
    "continued_as",
)
DATE_FIELDS: Final = (
    "sent_at",
    "received_at",
    "opened_at",
    "due_at",
    "acknowledged_at",
    "escalated_at",
    "resolved_at",
    "erased_at",
    "updated_at",
)

ANALYSIS: Final = {
    "analyzer": {
        "aduan_exact": {"type": "custom", "tokenizer": "standard", "filter": ["lowercase", "asciifolding"]},
    }
}


def complaints_mapping() -> dict[str, Any]:
    """Mapping of the index `complaints`: what staff search."""
    return {
        "dynamic": "strict",
        "properties": {
            **dict.fromkeys(KEYWORD_FIELDS, KEYWORD),
            **dict.fromkeys(DATE_FIELDS, DATE),
            "title": TEXT,
            "text": TEXT,
            "replies": {
                "properties": {
                    "received_at": DATE,
                    "text": TEXT,
                    "kind": KEYWORD,
                    "channel": KEYWORD,
                    "attachments": ATTACHMENTS,
                }
            },
            "origin": {
                "properties": {
                    "clerk": KEYWORD,
                    "related": KEYWORD,
                    "public": {"type": "boolean"},
                    "external_ref": KEYWORD,
                    "due_at": DATE,
                }
            },
            "confidence": {"type": "float"},
            "automated": {"type": "boolean"},
            "escalation_level": {"type": "byte"},
            "transfers": {"type": "short"},
            "attachments": ATTACHMENTS,
            "findings": STORED,
            "entities": {"properties": {"kind": KEYWORD, "value": KEYWORD}},
            "body_digest": SECRET,
            "position": {
                "properties": {
                    "epoch": {"type": "integer"},
                    "partition": {"type": "integer"},
                    "offset": {"type": "long"},
                }
            },
            "events": STORED,
        },
    }


def reporters_mapping() -> dict[str, Any]:
    """Mapping of the restricted index `reporters`: sealed values that nothing can search."""
    return {
        "dynamic": "strict",
        "properties": {
            "complaint_id": KEYWORD,
            "sealed_reporter": SECRET,
            "sealed_content": SECRET,
            "received_at": DATE,
            "erased_at": DATE,
        },
    }
