"""Lists without repetitions."""

from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

Item = TypeVar("Item")


def _distinct(items: list) -> list:
    for item in items:
        if items.count(item) > 1:
            raise PydanticCustomError("repeated", f"has {item!r} more than once")
    return items


Distinct = Annotated[
    list[Item], AfterValidator(_distinct), Field(json_schema_extra={"uniqueItems": True})
]
