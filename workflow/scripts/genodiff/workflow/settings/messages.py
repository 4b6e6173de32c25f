"""Messages about what a model refuses: which key it is, its value, and what is allowed there."""

from collections.abc import Iterable
from difflib import get_close_matches
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

_EXPECTED = {
    "int_type": "integer", "float_type": "number", "bool_type": "true or false", "string_type": "text",
    "list_type": "list", "dict_type": "keys with values", "model_type": "keys with values",
}  # fmt: skip
COLOR = "^#[0-9A-Fa-f]{6}$"
_BOUNDS = {
    "greater_than": ("must be greater than {}", "gt"), "less_than": ("must be less than {}", "lt"),
    "greater_than_equal": ("must be at least {}", "ge"), "less_than_equal": ("must be at most {}", "le"),
    "multiple_of": ("must be a multiple of {}", "multiple_of"),
    "too_short": ("must have {} or more entries", "min_length"),
    "too_long": ("must have {} or fewer entries", "max_length"),
}  # fmt: skip


# Patterns in words.
_FORMS = {COLOR: 'a colour such as "#00468B" (in quotes, since # begins a comment)'}
# Other names of allowed values.
_SYNONYMS = {
    "gpu": "cuda", "bcf": "vcf", "bed": "plink1", "plink": "plink1", "pgen": "plink2", "hg19": "GRCh37",
    "b37": "GRCh37", "hg38": "GRCh38", "b38": "GRCh38", "chm13": "T2T-CHM13v2.0", "t2t": "T2T-CHM13v2.0",
}  # fmt: skip


def key(path: tuple) -> str:
    """The path of a key as text: `seeds[1]`, `cohort.source`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def text_of(value: Any) -> str:
    """A value as YAML has it, or nearly so."""
    words = {None: "null", True: "true", False: "false"}
    return words[value] if value is None or isinstance(value, bool) else str(value)


def not_known(where: str, value: Any, allowed: list) -> str:
    """The message about a name that is none of those allowed."""
    words = [text_of(name) for name in allowed]
    return f"{where}: {value!r} is not known{meant(value, words)}; allowed values: {', '.join(words)}"


def explain(error: ValidationError, model: type[BaseModel], path: tuple = ()) -> list[tuple]:
    """Each problem of a section as (path of the key, message); `path` is that of the section."""
    found = []
    for problem in error.errors(include_url=False):
        loc = tuple(part for part in problem["loc"] if part != "[key]")
        found.append(((*path, *loc), _explain_one(problem, model, loc, key((*path, *loc)))))
    return found


def _explain_one(problem: dict, model: type[BaseModel], loc: tuple, where: str) -> str:
    kind, value, context = problem["type"], problem["input"], problem.get("ctx", {})
    if kind == "extra_forbidden":
        known = list(unwrapped(_annotation(model, loc[:-1])).model_fields)
        hint = _deeper(model, loc) or meant(loc[-1], known)
        return f"{where}: unknown key{hint}. Keys allowed here: {', '.join(known)}"
    if kind == "missing":
        allowed = _allowed(_annotation(model, loc))
        words = f"; allowed values: {', '.join(map(text_of, allowed))}" if allowed else ""
        return f"{where}: is needed{words}"
    if kind == "literal_error":
        return not_known(where, value, _allowed(_annotation(model, loc)))
    if kind in _EXPECTED:
        null = " or null" if _optional(_annotation(model, loc)) else ""
        got = f"the text {value!r}" if isinstance(value, str) else text_of(value)
        return f"{where}: expected {_EXPECTED[kind]}{null}, got {got}{_hint(kind, value)}"
    if kind == "string_pattern_mismatch":
        return f"{where}: {value!r} is not {_FORMS[context['pattern']]}"
    if kind in _BOUNDS:
        words, limit = _BOUNDS[kind]
        return f"{where}: {value!r} {words.format(context[limit])}"
    if kind == "string_too_short":
        return f"{where}: must not be empty"
    if kind == "value_error":
        return f"{where}: {value!r} {context['error']}"
    words = problem["msg"] if problem["msg"][:1].islower() else f"is wrong: {problem['msg']}"
    return f"{where}: {value!r} {words}"


def meant(name: Any, known: Iterable[str]) -> str:
    """A hint at the known name that is nearest to a misspelt one, or nothing."""
    folded = {word.casefold(): word for word in known}
    close = [folded[text] for text in get_close_matches(str(name).casefold(), folded, 1)]
    synonym = _SYNONYMS.get(str(name).casefold())
    words = [synonym] if synonym in known else close
    return f" (did you mean {words[0]!r}?)" if words else ""


def _deeper(model: type[BaseModel], loc: tuple) -> str:
    """A hint at the sections, within that of an unknown key, which have the key."""
    places = []
    for section, field in unwrapped(_annotation(model, loc[:-1])).model_fields.items():
        kind = unwrapped(field.annotation)
        if isinstance(kind, type) and issubclass(kind, BaseModel) and loc[-1] in kind.model_fields:
            places.append(repr(key((*loc[:-1], section, loc[-1]))))
    return f" (did you mean {' or '.join(places)}?)" if places else ""


def _annotation(model: type[BaseModel], loc: tuple) -> Any:
    """The type of the key at `loc`."""
    kind: Any = model
    for part in loc:
        kind = unwrapped(kind)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            field: FieldInfo = kind.model_fields[part]
            kind = field.annotation
        else:
            kind = get_args(kind)[-1]
    return kind


def _parts(kind: Any) -> list:
    """The types that a type is a union of."""
    if get_origin(kind) is Annotated:
        return _parts(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        return [part for own in get_args(kind) for part in _parts(own)]
    return [kind]


def unwrapped(kind: Any) -> Any:
    """A type without Annotated and without None."""
    return next(part for part in _parts(kind) if part is not NoneType)


def _optional(kind: Any) -> bool:
    return NoneType in _parts(kind)


def _allowed(kind: Any) -> list:
    """The values that a type lists, if it does."""
    values = list(get_args(unwrapped(kind))) if get_origin(unwrapped(kind)) is Literal else []
    return [*values, None] if values and _optional(kind) else values


def _hint(kind: str, value: Any) -> str:
    """How to write a list, a number that YAML took for a text, or a whole number that it took for
    another."""
    if kind == "list_type" and type(value) in (int, float, str):
        return f" (write [{', '.join(part.strip() for part in str(value).strip('[]').split(','))}])"
    try:
        number = float(value) if kind in ("int_type", "float_type") and type(value) is not bool else None
    except (TypeError, ValueError):
        return ""
    if number is None:
        return ""
    if kind == "int_type" and number.is_integer():
        return f" (write {int(number)})"
    return " (write numbers as 1.0e-3, not 1e-3)" if isinstance(value, str) else ""
