"""Write config/schema.yaml and the tables of config/README.md from the models: `make config-docs`."""

import ast
import inspect
import re
from collections.abc import Collection, Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from textwrap import dedent
from typing import Any, NamedTuple

import yaml
from pydantic import ConfigDict, create_model

from genodiff.generators import KINDS
from genodiff.networks.backbones import BACKBONES
from genodiff.registry import Settings
from genodiff.workflow.recipes import RECIPES
from genodiff.workflow.settings import cohort
from genodiff.workflow.settings.configuration import Configuration
from genodiff.workflow.settings.diffusion import Overrides, OwnDiffusion
from genodiff.workflow.settings.generators import Common
from genodiff.workflow.settings.messages import unwrapped
from genodiff.workflow.settings.release import Release

Model = type[Settings]
_TABLE = re.compile(r"(<!-- table: (\w+(?:\.\w+)*) -->\n).*?(<!-- end of table -->)", re.S)
_LAYOUT = {"sort_keys": False, "allow_unicode": True, "width": 105, "default_flow_style": None}
_HEAD = "# Made from the models of genodiff.workflow.settings by `make config-docs`, for editors.\n"
_BOUNDS = {"gt": "exclusiveMinimum", "ge": "minimum", "lt": "exclusiveMaximum", "le": "maximum"}


def documents(config: Path) -> dict[Path, str]:
    """The generated files of the folder `config` and their texts."""
    page = (config / "README.md").read_text()
    own = yaml.safe_load((config / "config.yaml").read_text())
    tables = _tables(own)
    page = _TABLE.sub(lambda match: f"{match[1]}{tables[match[2]]}{match[3]}", page)
    text = yaml.safe_dump(schema(), **_LAYOUT)
    return {config / "schema.yaml": _HEAD + text, config / "README.md": page}


def descriptions(model: Model) -> dict[str, str]:
    """The text below each field of a model."""
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if not issubclass(base, Settings) or base.__module__ == "abc":
            continue
        try:
            (tree,) = ast.parse(dedent(inspect.getsource(base))).body
        except (OSError, TypeError):  # made by create_model
            continue
        for field, text in pairwise(tree.body):
            if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr):
                found[field.target.id] = re.sub(r"\s+", " ", text.value.value)
    return found


def schema() -> dict[str, Any]:
    """The JSON schema of the configuration. What a generator may have depends on its kind, which editors
    cannot follow: the schema allows the keys of all kinds."""
    networks = [entry.settings for entry in BACKBONES.values()]
    union = networks[0]
    for model in networks[1:]:
        union = union | model
    entry = create_model(
        "Generator",
        __base__=(OwnDiffusion, *(kind.settings for kind in KINDS.values()), Common),
        settings=(union | dict[str, Any], {}),
    )
    entry.model_config = ConfigDict(extra="allow")
    whole = create_model("Configuration", __base__=Configuration, generators=(dict[str, entry], {}))
    for model in _all_models(Settings):
        texts = descriptions(model)
        for name, field in model.model_fields.items():
            field.description = texts.get(name)
        model.model_rebuild(force=True)
    found = _clean(whole.model_json_schema())
    found["$defs"]["Generator"].pop("required")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | found


def _all_models(model: Model) -> Iterator[Model]:
    for own in model.__subclasses__():
        yield own
        yield from _all_models(own)


def _clean(part: Any) -> Any:
    """A part of a schema without titles, and without defaults of sections or that are not allowed."""
    if isinstance(part, list):
        return [_clean(item) for item in part]
    if not isinstance(part, dict):
        return part
    cleaned = {_BOUNDS.get(key, key): _clean(value) for key, value in part.items()}
    if isinstance(cleaned.get("title"), str):
        del cleaned["title"]
    null = {"type": "null"} in cleaned.get("anyOf", [])
    if "$ref" in cleaned or (cleaned.get("default", "") is None and not null):
        cleaned.pop("default", None)
    return cleaned


def _tables(own: dict[str, Any]) -> dict[str, str]:
    """The text of each table; `own` is config/config.yaml, whose values stand in parentheses."""
    sections = {
        name: unwrapped(field.annotation)
        for name, field in Configuration.model_fields.items()
        if _is_model(field.annotation)
    }
    tables = {
        name: _table(_rows(model, f"{name}.", own.get(name, {}), {"cohort.simulate"}))
        for name, model in sections.items()
        if name != "diffusion"
    }
    below = "cohort.simulate"
    tables[below] = _table(_rows(cohort.Simulate, f"{below}.", own["cohort"]["simulate"]))
    tables["projections"] = _table(_rows(cohort.Projection, "", {}))
    tables["release"] = _table(_rows(Release, "", {}))
    top = own | {"generators": {}}
    tables["run"] = _table(_rows(Configuration, "", top, set(sections)))
    kinds = [
        row._replace(meaning=f"kind `{name}`: {row.meaning}")
        for name, entry in KINDS.items()
        for row in _rows(entry.settings, "", {})
    ]
    tables["kinds"] = _table([*_rows(Common, "", {}), *kinds])
    tables["backbones"] = _table(
        row
        for name, entry in BACKBONES.items()
        for row in _rows(entry.settings, f"{name}.", own["generators"].get(name, {}).get("settings"))
    )
    return tables | {"recipes": _recipe_table(own["diffusion"])}


class Row(NamedTuple):
    """A key in a table; values are YAML, `other` is that of config/config.yaml where it differs."""

    key: str
    default: str
    other: str
    allowed: str
    meaning: str


def _rows(model: Model, prefix: str, own: Any, stop: Collection[str] = ()) -> Iterator[Row]:
    """A row for each key of a section and of the sections below it, but for those in `stop`."""
    texts = descriptions(model)
    schemas = _clean(model.model_json_schema())["properties"]
    for name, field in model.model_fields.items():
        key = f"{prefix}{name}"
        below = own.get(name) if isinstance(own, dict) else None
        if _is_model(field.annotation):
            if key not in stop:
                yield from _rows(unwrapped(field.annotation), f"{key}.", below, stop)
            continue
        default = "needed" if field.is_required() else f"`{_yaml(field.default)}`"
        other = f" (`{_yaml(below)}`)" if below not in (None, field.default) else ""
        yield Row(key, default, other, _allowed(schemas[name]), texts[name])


def _table(rows: Iterable[Row]) -> str:
    lines = [
        f"| `{row.key}` | {row.default}{row.other} | {row.allowed} | {row.meaning} |" for row in rows
    ]
    return "\n".join(["| key | default | allowed | meaning |", "|---|---|---|---|", *lines]) + "\n"


def _recipe_table(own: dict[str, Any]) -> str:
    names = " | ".join(f"`{name}`" for name in RECIPES)
    lines = [f"| key | {names} | allowed | meaning |", "|---" * (len(RECIPES) + 3) + "|"]
    for row in _rows(Overrides, "", own):
        cells = []
        for name, recipe in RECIPES.items():
            value: Any = recipe
            for part in row.key.split("."):
                value = value.get(part, "") if isinstance(value, dict) else ""
            cells.append(
                "" if value == "" else f"`{_yaml(value)}`" + row.other * (name == own["recipe"])
            )
        lines.append(f"| `{row.key}` | {' | '.join(cells)} | {row.allowed} | {row.meaning} |")
    return "\n".join(lines) + "\n"


def _is_model(annotation: Any) -> bool:
    kind = unwrapped(annotation)
    return isinstance(kind, type) and issubclass(kind, Settings)


def _yaml(value: Any) -> str:
    if isinstance(value, str):
        return value
    text = yaml.safe_dump(value, default_flow_style=True, width=1000, sort_keys=False)
    return text.removesuffix("...\n").strip()


def _allowed(part: dict[str, Any]) -> str:
    """What a key may be, in words, from its schema."""
    if "anyOf" in part:
        return " or ".join(_allowed(own) for own in part["anyOf"])
    if "enum" in part or "const" in part:
        return ", ".join(f"`{_yaml(value)}`" for value in part.get("enum", [part.get("const")]))
    if "examples" in part:
        return ", ".join(f"`{example}`" for example in part["examples"])
    kind = part.get("type", "")
    if kind == "array":
        few, most = part.get("minItems", 0), part.get("maxItems")
        count = f"{few} " if few == most else f"{few} or more " if few > 1 else ""
        items = _allowed(part["items"])
        return f"list of {count}({items})" if "," in items else f"list of {count}{items}"
    if kind in ("integer", "number"):
        signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
        limits = [f"{sign} {_yaml(part[key])}" for key, sign in signs.items() if key in part]
        limits += [f"multiple of {part['multipleOf']}"] if "multipleOf" in part else []
        return ", ".join([" ".join([kind, *limits[:1]]), *limits[1:]])
    words = {
        "string": "text",
        "boolean": "`true`, `false`",
        "null": "`null`",
        "object": "keys with values",
    }
    return " or ".join(words.get(k, k) for k in ([kind] if isinstance(kind, str) else kind))


if __name__ == "__main__":
    for path, text in documents(Path("config")).items():
        path.write_text(text)
