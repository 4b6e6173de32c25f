"""A trained backbone: model.safetensors, config.json, history.parquet.

config.json holds all that building the backbone and its schedule again needs. history.parquet has one
row per epoch.
"""

import json
import os
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from safetensors.torch import load_file, save_file
from torch import Tensor

from genodiff.formats.common import same_format, whole_file

HISTORY_SCHEMA = pa.schema(
    [
        ("epoch", pa.int32()),  # from 1
        ("people_seen", pa.int64()),  # training people seen so far, repeated passes counted
        ("learning_rate", pa.float64()),  # of the epoch's last step
        ("train_loss", pa.float64()),  # masked mean squared error of the noise, over live slots
        ("validation_loss", pa.float64()),
        ("train_reconstruction_error", pa.float64()),  # mean |x_0 - x| over live slots
        ("validation_reconstruction_error", pa.float64()),
        # the same in equal bins of the noise level t / T, null in a bin without people
        ("validation_error_by_noise", pa.list_(pa.float64())),
        ("mixing", pa.list_(pa.float64())),  # lambda at evenly spaced noise levels, where there is one
    ],
    metadata={"format": "genodiff.history.2"},
)


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
    with whole_file(history_path) as temporary:
        pq.write_table(pa.Table.from_pylist(history, HISTORY_SCHEMA), temporary)
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


def read_history(path: str | os.PathLike) -> pa.Table:
    """The history; raises ValueError on another format."""
    table = pq.read_table(path)
    if not same_format(table.schema, HISTORY_SCHEMA):
        raise ValueError(f"{path}: not a training history of this version")
    return table
