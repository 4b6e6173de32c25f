"""Configurations of older versions: which keys went, and what stands in their place now."""

import re
from typing import Any

import yaml

from genodiff.networks.backbones import BACKBONES
from genodiff.runtime.errors import InputError
from genodiff.workflow.settings.generators import BUILT_IN, RESERVED

# Keys by their path, and their new names.
_RENAMED = {
    ("cohort", "simulate", "people"): "individuals",
    ("synthetic", "people"): "individuals",
    ("figures", "umap_people"): "umap_individuals",
    ("quality", "max_person_missing"): "max_individual_missing",
    ("diffusion", "live_slots"): "unmasked_only",
}
_GENERATORS = ("backbones", "backbone_settings", "references", "reference_settings", "datasets")
# Those that ran where none was named.
_BACKBONES = [name for name in BACKBONES if BUILT_IN[name].get("run", True)]
_REFERENCES = ["gaussian", "independent", "mosaic"]


class _Plain(yaml.SafeDumper):
    """Without anchors, which stand for settings that are named twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def refuse_old_keys(config: dict[str, Any]) -> None:
    """Raise InputError for keys of older versions, with the YAML that says the same now."""
    old = [key for key in _GENERATORS if key in config]
    new = _generators(config) if old else {}
    for path, name in _RENAMED.items():
        section = _section(config, path[:-1])
        if path[-1] in section:
            old.append(".".join(path))
            below = new
            for part in path[:-1]:
                below = below.setdefault(part, {})
            below[name] = section[path[-1]]
    lines = []
    if old:
        text = yaml.dump(
            new, Dumper=_Plain, sort_keys=False, default_flow_style=None, allow_unicode=True
        )
        lines += [
            f"these keys belong to an older version of GenoDiff: {', '.join(old)}. Put this in their "
            "place (inside the sections of the same names, where there are any):", text,
        ]  # fmt: skip
    if "launcher" in config:
        lines.append(
            "launcher: remove it: a training uses the GPUs of one node, and `gpus` says how many"
        )
    if lines:
        raise InputError("\n".join(["the configuration is not usable:", *lines]))


def _section(config: Any, path: tuple) -> dict[str, Any]:
    for part in path:
        config = config.get(part) if isinstance(config, dict) else None
    return config if isinstance(config, dict) else {}


def _datasets(old: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """External generators in place of datasets; one whose name is not allowed for a generator, or is
    that of a built-in one, whose settings are merged with it, gets another name."""
    new: dict[str, dict[str, Any]] = {}
    for dataset, path in old.items():
        name = re.sub(r"\W", "_", str(dataset), flags=re.ASCII)
        title = {} if name == dataset else {"title": str(dataset)}
        if not name[:1].isalpha():
            name = f"dataset_{name}"
        while name in {*BUILT_IN, *RESERVED, *new}:
            name += "_external"
        new[name] = {"kind": "external", "path": path, **title}
    return new


def _generators(config: dict[str, Any]) -> dict[str, Any]:
    """`generators` and `run_generators` in place of the lists and settings of backbones, references and
    datasets."""
    networks, references = (_section(config, (key,)) for key in _GENERATORS[1::2])
    entries = {name: {"settings": own} for name, own in networks.items()}
    entries |= {name: own for name, own in references.items() if own}
    datasets = _datasets(_section(config, ("datasets",)))
    entries |= datasets
    new: dict[str, Any] = {"generators": entries} if entries else {}
    if "backbones" in config or "references" in config:
        lists = [config.get("backbones", _BACKBONES), config.get("references", _REFERENCES)]
        lists = [[names] if isinstance(names, str) else names for names in lists]
        lists += [list(datasets), list(_section(config, ("generators",)))]
        names = [name for names in lists if isinstance(names, list) for name in names]
        new["run_generators"] = list(dict.fromkeys(names))
    return new
