"""A fitted generator: model.safetensors, config.json and, of a trained network, history.parquet.

config.json holds all that building the generator again needs. Neither file holds code.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save_file

from genodiff import __version__
from genodiff.formats.common import whole_file
from genodiff.formats.tensors import Layout

_FORMAT = "genodiff.model.2"


@dataclass(frozen=True)
class ModelConfig:
    """The content of config.json."""

    kind: str  # of the generator, a name in genodiff.generators.KINDS or `module:Class`
    settings: dict[str, Any]  # keyword arguments of its class
    genes: int  # P
    components: int  # K
    classes: list[str]
    genodiff: str = __version__
    seed: int | None = None  # of a training
    best_epoch: int | None = None  # likewise
    budget: dict[str, Any] | None = None  # see `privacy.budget`; None: not private by proof

    @classmethod
    def of(cls, kind: str, settings: dict[str, Any], layout: Layout, **more: Any) -> "ModelConfig":
        """The configuration of a model for individuals of a layout."""
        shape = layout.padded_genes, layout.components
        return cls(kind, settings, *shape, layout.classes, **more)

    def check_layout(self, layout: Layout, path: str | os.PathLike) -> None:
        """Raise ValueError where the model at `path` was fitted to individuals of another layout."""
        shape = self.genes, self.components, self.classes
        if shape != (layout.padded_genes, layout.components, layout.classes):
            raise ValueError(f"{path}: the model was fitted with another layout of features")


def write_model(
    weights_path: str | os.PathLike, config_path: str | os.PathLike, tensors: Mapping[str, np.ndarray],
    config: ModelConfig,
) -> None:  # fmt: skip
    """Write both files, each whole or not at all."""
    with whole_file(weights_path) as temporary:
        save_file({name: np.ascontiguousarray(value) for name, value in tensors.items()}, temporary)
    with whole_file(config_path) as temporary, open(temporary, "w", encoding="utf-8") as file:
        json.dump({"format": _FORMAT, **asdict(config)}, file, indent=1)


def read_config(path: str | os.PathLike) -> ModelConfig:
    """Read config.json; raises ValueError on another format."""
    with open(path, encoding="utf-8") as file:
        content = json.load(file)
    if content.pop("format", None) != _FORMAT:
        raise ValueError(f"{path}: not a model configuration of this version")
    return ModelConfig(**content)


def read_tensors(path: str | os.PathLike) -> dict[str, np.ndarray]:
    """The tensors of model.safetensors by name."""
    return load_file(path)
