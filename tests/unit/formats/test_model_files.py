"""The three files of a trained backbone."""

import json
from dataclasses import replace

import pytest
import torch

from genodiff.formats.history import HISTORY_SCHEMA, read_history
from genodiff.formats.models import (
    ModelConfig,
    read_config,
    read_weights,
    write_model,
)

CONFIG = ModelConfig(
    backbone="unet_mlp",
    settings={"widths": [64, 32], "rate": 0.1},
    genes=32,
    components=8,
    classes=["case", "contr\u00f4le"],
    diffusion={"recipe": "paper", "schedule": {"name": "linear", "steps": 1000}},
    seed=7,
    best_epoch=2,
    genodiff="1.0",
)


def history(epochs):
    values = dict.fromkeys(HISTORY_SCHEMA.names, 0.125)
    rows = [
        values
        | {
            "epoch": e + 1,
            "individuals_seen": 100 * e,
            "mixing": None,
            "validation_error_by_noise": [1.5, None],
        }
        for e in range(epochs)
    ]
    rows[-1]["mixing"] = [0.5, 0.25]
    return rows


def write(folder, state, config=CONFIG, rows=None):
    paths = [folder / name for name in ("model.safetensors", "config.json", "history.parquet")]
    write_model(*paths, state, config, rows or history(3))
    return paths


def test_model__comes_back_as_written(tmp_path):
    generator = torch.Generator().manual_seed(0)
    square = torch.randn(3, 4, generator=generator)
    state = {
        "turned": square.T,  # not contiguous
        "half": square.to(torch.bfloat16),
        "double": square.double(),
        "steps": torch.tensor(5),
    }
    weights, config, table = write(tmp_path, state)
    found = read_weights(weights)
    assert set(found) == set(state)
    for name, value in state.items():
        assert found[name].dtype == value.dtype
        assert torch.equal(found[name], value)
    assert read_config(config) == CONFIG
    assert read_history(table).to_pylist() == history(3)


def test_write_model__same_content_same_bytes(tmp_path):
    for name in ("one", "two"):
        write(tmp_path / name, {"b": torch.zeros(2), "a": torch.ones(3)})
    for name in ("model.safetensors", "config.json", "history.parquet"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_write_model__error_leaves_no_half_file_and_no_config(tmp_path):
    rows = history(2)
    rows[1]["train_loss"] = "low"
    with pytest.raises((ValueError, TypeError)):
        write(tmp_path, {"w": torch.zeros(2)}, rows=rows)
    assert not {path.name for path in tmp_path.iterdir()} - {"model.safetensors"}
    with pytest.raises(TypeError, match="JSON"):
        write(tmp_path, {"w": torch.zeros(2)}, replace(CONFIG, settings={"x": object()}))
    assert not (tmp_path / "config.json").exists()
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".part")]


@pytest.mark.parametrize("name", ["genodiff.model.2", None])
def test_read_config__raises_on_another_format(tmp_path, name):
    _, path, _ = write(tmp_path, {"w": torch.zeros(2)})
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": name}))
    with pytest.raises(ValueError, match=r"config\.json: not a model configuration of this version"):
        read_config(path)


def test_read_history__raises_on_another_format(tmp_path, foreign_parquet, other_version):
    _, _, path = write(tmp_path, {"w": torch.zeros(2)})
    for bad in (foreign_parquet, other_version(path)):
        with pytest.raises(ValueError, match="not a training history of this version"):
            read_history(bad)
