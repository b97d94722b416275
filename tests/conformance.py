"""How schemathesis is set up to hold an application to its OpenAPI document; every check is on."""

import os
from typing import Any, Final

import schemathesis
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig

LONG: Final = os.environ.get("ADUAN_TEST_EXAMPLES")
"""Examples of each kind for each operation in a long run by hand, with other ones each time."""
REFUSED: Final = ["400", "401", "403", "404", "405", "409", "413", "415", "422", "429"]


def config(*, coverage: bool = True) -> SchemathesisConfig:
    """`coverage` adds one request for each boundary and each code of a list; long runs always have them."""
    return SchemathesisConfig.from_dict(
        {
            "generation": {"max-examples": int(LONG or 8), "deterministic": LONG is None},
            "phases": {"coverage": {"enabled": coverage or LONG is not None}},
            "checks": {
                "not_a_server_error": {"expected-statuses": ["2xx", "3xx", "4xx"]},
                "negative_data_rejection": {"expected-statuses": REFUSED},
            },
        }
    )


def is_meant_to_pass(case: schemathesis.Case[Any]) -> bool:
    """Whether the request keeps to its schema."""
    return case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE
