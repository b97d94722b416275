"""The engines of one machine: real Kafka, a real search engine and a mail server, as local processes."""

from ops.engines.local import Engines
from ops.engines.part import Part

__all__ = ["Engines", "Part"]
