"""The strict mapping: it has a place for whatever a document may hold, or the indexer would refuse the case."""

from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from schemas.documents import CaseDocument
from schemas.mapping import complaints_mapping


def models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models inside an annotation such as `tuple[Reply, ...]` or `Origin | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in {tuple, list, Union, UnionType, Annotated}:
        for part in get_args(annotation):
            yield from models(part)


def missing(model: type[BaseModel], mapping: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Every field without a place, e.g. `origin.due_at`."""
    for name, field in model.model_fields.items():
        place = mapping["properties"].get(name)
        if place is None:
            yield f"{path}{name}"
        elif place.get("enabled", True) and "properties" in place:
            for inner in models(field.annotation):
                yield from missing(inner, place, f"{path}{name}.")


def test_every_field_of_a_case_has_its_place() -> None:
    assert list(missing(CaseDocument, complaints_mapping())) == []
