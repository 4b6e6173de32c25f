"""Generators: the built-in ones, those of the configuration put over them, and a model for each kind."""

import ast
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from genodiff.generators import KINDS, NETWORKS, PRIVATE
from genodiff.networks.backbones import BACKBONES
from genodiff.registry import Number, Settings, Text, module_file
from genodiff.workflow.recipes import overlaid, resolve
from genodiff.workflow.settings.diffusion import OwnDiffusion, given
from genodiff.workflow.settings.messages import COLOR, explain, meant, not_known
from genodiff.workflow.settings.plugin_arguments import setting_problems

# Names and titles of datasets that no generator makes.
RESERVED = (
    "real", "null", "planted", "batch_baseline", "self_training", "Real", "Real (null)", "Batch only",
)  # fmt: skip
BUILT_IN: dict[str, dict[str, Any]] = {
    name: {"kind": "diffusion", "title": entry.title, "style": entry.style, "backbone": name}
    for name, entry in BACKBONES.items()
} | {
    name: {"kind": name, "title": entry.title, "style": entry.style}
    for name, entry in KINDS.items()
    if name not in ("diffusion", "external")
}
# They run if asked for: one has no counterpart in the paper, the others need a public panel.
for _name in ("gene_mixer", *PRIVATE):
    BUILT_IN[_name]["run"] = False
_PLUGIN = re.compile(r"([A-Za-z_][\w.]*):([A-Za-z_]\w*)")
Problem = tuple[tuple, str]


class Style(Settings):
    color: Annotated[str, Field(pattern=COLOR)] | None = None
    """colour in figures, such as `"#00468B"`"""
    marker: Literal[tuple("o^v<>sdDpPhH*X8")] | None = None
    """marker of matplotlib"""
    dashes: list[Annotated[Number, Field(gt=0)]] | None = None
    """lengths of dashes and gaps in line widths; `[]`: a solid line"""
    filled: bool | None = None
    """whether its markers are filled"""

    def problems(self, genes: int, where: str) -> Iterator[str]:
        if len(self.dashes or []) % 2:
            yield f"{where}.dashes: {self.dashes} has a dash without a gap behind it"


class Common(Settings):
    kind: Annotated[Text, Field(examples=[*KINDS, "module:Class"])]
    """kind of generator, or `module:Class` of a file in a folder of `plugins`"""
    title: Text | None = None
    """title in tables and figures; null: its name"""
    style: Style | None = None
    """look in figures; null: one is chosen"""
    run: bool = True
    """whether it runs where `run_generators` is null; `gene_mixer` and those that are private by
    proof: false"""


class PluginEntry(Common):
    """A generator from outside; its class knows its settings."""

    model_config = ConfigDict(extra="allow")


@dataclass
class Generator:
    """An entry of `generators`, and the settings of its network where the project knows them."""

    entry: Any
    network: Settings | None = None


@cache
def model_of(kind: str) -> type[BaseModel]:
    """The model of the entries of a kind."""
    if kind not in KINDS:
        return PluginEntry
    own = (OwnDiffusion,) if kind in NETWORKS else ()
    return create_model(f"{KINDS[kind].title}Entry", __base__=(*own, KINDS[kind].settings, Common))


def read(own: Any, plugins: Any) -> tuple[dict[str, Generator], list[Problem]]:
    """All generators, built-in or of the configuration (`own`), and what is wrong with their keys."""
    own = own if isinstance(own, dict) else {}
    found, problems = {}, []
    for name in {**BUILT_IN, **own}:
        where = ("generators", name)
        if not isinstance(own.get(name, {}), dict):
            continue  # said by the model of the configuration
        if not re.fullmatch("[A-Za-z][A-Za-z0-9_]*", str(name)):
            problems.append(
                (where, f"generators.{name}: a name has letters, digits and _ only, a letter first")
            )
        if name in RESERVED:
            problems.append(
                (where, f"generators.{name}: is the name of a built-in dataset; choose another")
            )
        built_in, chosen = BUILT_IN.get(name, {}), own.get(name, {})
        if chosen.get("kind", built_in.get("kind")) != built_in.get("kind"):
            built_in = {}  # another generator of the same name
        entry = built_in | chosen
        if isinstance(chosen.get("style"), dict):
            entry["style"] = (built_in.get("style") or {}) | chosen["style"]
        kinds = _registered("kind", entry, KINDS, plugins, where)
        problems += kinds
        if kinds:
            continue
        try:
            found[name] = Generator(model_of(entry["kind"]).model_validate(entry))
        except ValidationError as error:
            problems += explain(error, model_of(entry["kind"]), where)
            continue
        if entry["kind"] in NETWORKS:
            problems += _read_network(found[name], plugins, where)
    return found, problems


def _read_network(generator: Generator, plugins: Any, where: tuple) -> list[Problem]:
    entry = generator.entry
    network = {"backbone": entry.backbone, "settings": entry.settings}
    problems = _registered("backbone", network, BACKBONES, plugins, where)
    if problems or entry.backbone not in BACKBONES:
        return problems
    model = BACKBONES[entry.backbone].settings
    try:
        generator.network = model.model_validate(entry.settings)
    except ValidationError as error:
        return explain(error, model, (*where, "settings"))
    return []


def _registered(key: str, entry: dict, known: dict, plugins: Any, where: tuple) -> list[Problem]:
    """What is wrong with a key that names an entry of a registry or a class in a folder of `plugins`."""
    path, value = (*where, key), entry.get(key)
    named = f"generators.{where[1]}.{key}"
    if key not in entry:
        hint = meant(where[1], BUILT_IN)
        return [(path, f"{named}: is needed{hint}; allowed values: {', '.join(known)}")]
    if isinstance(value, str) and value in known:
        return []
    module = _PLUGIN.fullmatch(value) if isinstance(value, str) else None
    if not module:
        also = "; or module:Class of a file in a folder of `plugins`"
        return [(path, not_known(named, value, list(known)) + also)]
    folders = plugins if isinstance(plugins, list) else []
    folders = [os.path.expanduser(folder) for folder in folders if isinstance(folder, str)]
    found = module_file(module[1], map(Path, folders))
    if found is None:
        places = (
            f"the folders of `plugins`: {', '.join(folders)}" if folders else "`plugins`, which is empty"
        )
        file = module[1].replace(".", "/")
        return [(path, f"{named}: no file {file}.py in {places}")]
    network = key == "backbone"
    own = entry["settings"] if network else [k for k in entry if k not in Common.model_fields]
    found = _plugin_problems(Path(*found), module[2], own, network)
    return [(path, f"{named}: {problem}") for problem in found]


def _plugin_problems(file: Path, name: str, own: Iterable[str], network: bool) -> Iterator[str]:
    """Problems of a plugin's file, which is read and not run: its syntax, a class that it lacks, and
    names of settings."""
    try:
        tree = ast.parse(file.read_bytes())
    except SyntaxError as error:
        yield f"{file}, line {error.lineno}: {error.msg}"
        return
    names = {getattr(node, "name", getattr(node, "id", None)) for node in ast.walk(tree)}
    names |= {node.asname for node in ast.walk(tree) if isinstance(node, ast.alias)}
    if name not in names:
        yield f"{file} has no class {name!r}"
    for problem in setting_problems(tree, name, own, network):
        yield f"{file}: {problem}"


def problems(name: str, generator: Generator, genes: int) -> Iterator[str]:
    """What contradicts each other in an entry; `genes` is the number of padded genes (P)."""
    where, entry = f"generators.{name}", generator.entry
    yield from entry.problems(genes, where)
    if entry.style is not None:
        yield from entry.style.problems(genes, f"{where}.style")
    if generator.network is not None:
        yield from generator.network.problems(genes, f"{where}.settings")


def complete(name: str, generator: Generator, diffusion: dict[str, Any]) -> dict[str, Any]:
    """The entry with all its settings; that of a diffusion model has its recipe under `diffusion`."""
    entry = generator.entry
    shown = set(Common.model_fields) - {"run"}
    common = entry.model_dump(include=shown) | {"title": entry.title or name}
    if entry.kind not in NETWORKS:
        return common | entry.model_dump(exclude=set(Common.model_fields))
    own = entry.model_dump(include=set(KINDS[entry.kind].settings.model_fields))
    if generator.network:
        own["settings"] = generator.network.model_dump()
    recipe = resolve(overlaid(diffusion, given(entry)))
    if entry.kind in PRIVATE:
        # By how the validation individuals vary, who are not counted.
        recipe["shrink_scores"] = False
    return common | own | {"diffusion": recipe}
