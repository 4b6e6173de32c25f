"""A trained backbone: model.safetensors, config.json, history.parquet (see `formats.history`).

config.json holds all that building the backbone and its schedule again needs.
"""

import json
import os
from dataclasses import asdict, dataclass
from typing import Any

from safetensors.torch import load_file, save_file
from torch import Tensor

from genodiff.formats.common import whole_file
from genodiff.formats.history import write_history


@dataclass(frozen=True)
class ModelConfig:
    """What config.json says of a trained backbone."""

    backbone: str
    settings: dict[str, Any]  # the backbone's keyword arguments
    genes: int  # P
    components: int  # K
    classes: list[str]
    diffusion: dict[str, Any]  # the recipe as it was used, schedule included
    seed: int
    best_epoch: int
    genodiff: str  # version


def write_model(
    weights_path: str | os.PathLike, config_path: str | os.PathLike, history_path: str | os.PathLike,
    state: dict[str, Tensor], config: ModelConfig, history: list[dict],
) -> None:  # fmt: skip
    """Write the three files of a trained backbone."""
    with whole_file(weights_path) as temporary:
        save_file({name: value.contiguous().cpu() for name, value in state.items()}, temporary)
    write_history(history_path, history)
    with whole_file(config_path) as temporary, open(temporary, "w", encoding="utf-8") as file:
        json.dump({"format": "genodiff.model.1", **asdict(config)}, file, indent=1)


def read_config(path: str | os.PathLike) -> ModelConfig:
    """Read config.json; raises ValueError on another format."""
    with open(path, encoding="utf-8") as file:
        content = json.load(file)
    if content.pop("format", None) != "genodiff.model.1":
        raise ValueError(f"{path}: not a model configuration of this version")
    return ModelConfig(**content)


def read_weights(path: str | os.PathLike) -> dict[str, Tensor]:
    """Weights by name, on the CPU; safetensors holds no code."""
    return load_file(path)
