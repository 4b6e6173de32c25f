"""Labels in the configuration: texts, or numbers as YAML reads `1`."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from genodiff.formats.labels import number
from genodiff.registry import Number


def _as_text(label: Any) -> Any:
    if isinstance(label, bool) or label is None:
        raise PydanticCustomError(
            "label",
            "is how YAML reads a word such as no; write the label in quotes, as the table has "
            'it, such as "no" or "False"',
        )
    return str(label) if isinstance(label, (int, float)) else label


def _as_number(share: Any) -> Any:
    # A mix given as `--config 'synthetic={label_mix: {1: 0.5}}'` has texts only.
    return float(share) if isinstance(share, str) and number(share) is not None else share


def _distinct_labels(mix: Any) -> Any:
    if not isinstance(mix, dict):
        return mix
    texts: dict[Any, Any] = {}
    for name in mix:
        own = number(str(name))
        other = texts.setdefault(str(name) if own is None else own, name)
        if other is not name:
            raise PydanticCustomError("repeated", f"names the class {str(name)!r} twice")
    return mix


Label = Annotated[
    Annotated[str, Field(min_length=1)], BeforeValidator(_as_text),
    WithJsonSchema({"type": ["number", "string"]}),
]  # fmt: skip
LabelMix = Annotated[
    dict[
        Annotated[str, BeforeValidator(_as_text)],
        Annotated[Number, Field(ge=0), BeforeValidator(_as_number)],
    ],
    Field(min_length=1),
    BeforeValidator(_distinct_labels),
]
