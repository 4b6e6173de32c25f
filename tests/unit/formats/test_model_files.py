"""The files of a fitted generator, and the history of its training."""

import json
from dataclasses import replace

import numpy as np
import pytest

from genodiff.formats.history import HISTORY_SCHEMA, read_history, write_history
from genodiff.formats.models import ModelConfig, read_config, read_tensors, write_model
from genodiff.formats.tensors import Layout

CONFIG = ModelConfig(
    kind="diffusion", settings={"widths": [64, 32], "rate": 0.1}, genes=32, components=8,
    classes=["case", "contr\u00f4le"], genodiff="1.0", seed=7, best_epoch=2,
)  # fmt: skip


def history(epochs):
    values = dict.fromkeys(HISTORY_SCHEMA.names, 0.125)
    values |= {"mixing": None, "validation_error_by_noise": [1.5, None]}
    rows = [values | {"epoch": e + 1, "individuals_seen": 100 * e} for e in range(epochs)]
    rows[-1]["mixing"] = [0.5, 0.25]
    return rows


def write(folder, tensors, config=CONFIG):
    paths = folder / "model.safetensors", folder / "config.json"
    write_model(*paths, tensors, config)
    return paths


def test_model__equals_the_written_one(tmp_path):
    square = np.random.default_rng(0).standard_normal((3, 4))
    tensors = {"transposed": square.T, "single": square.astype(np.float32), "steps": np.array(5)}
    weights, config = write(tmp_path, tensors)
    read = read_tensors(weights)
    assert set(read) == set(tensors)
    for name, value in tensors.items():
        assert read[name].dtype == value.dtype
        np.testing.assert_array_equal(read[name], value)
    assert read_config(config) == CONFIG


def test_write_model__same_content_same_bytes(tmp_path):
    for name in ("one", "two"):
        write(tmp_path / name, {"b": np.zeros(2), "a": np.ones(3)})
    for name in ("model.safetensors", "config.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_write_model__an_error_leaves_no_config(tmp_path):
    with pytest.raises(TypeError, match="JSON"):
        write(tmp_path, {"w": np.zeros(2)}, replace(CONFIG, settings={"x": object()}))
    assert [path.name for path in tmp_path.iterdir()] == ["model.safetensors"]


@pytest.mark.parametrize("name", ["genodiff.model.1", None])
def test_read_config__raises_on_another_format(tmp_path, name):
    _, path = write(tmp_path, {"w": np.zeros(2)})
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": name}))
    with pytest.raises(ValueError, match=r"config\.json: not a model configuration of this version"):
        read_config(path)


def test_check_layout__raises_on_a_model_of_other_features():
    layout = Layout([], CONFIG.genes, CONFIG.components, CONFIG.classes)
    CONFIG.check_layout(layout, "m")
    for other in (
        replace(layout, padded_genes=64),
        replace(layout, components=4),
        replace(layout, classes=["case"]),
    ):
        with pytest.raises(ValueError, match="m: the model was fitted with another layout"):
            CONFIG.check_layout(other, "m")


def test_history__equals_the_written_one_and_an_error_leaves_no_file(tmp_path):
    write_history(tmp_path / "h.parquet", history(3))
    assert read_history(tmp_path / "h.parquet").to_pylist() == history(3)
    with pytest.raises((ValueError, TypeError)):
        write_history(tmp_path / "bad.parquet", [*history(1), history(1)[0] | {"train_loss": "low"}])
    assert [path.name for path in tmp_path.iterdir()] == ["h.parquet"]


def test_read_history__raises_on_another_format(tmp_path, foreign_parquet, other_version):
    path = tmp_path / "h.parquet"
    write_history(path, history(1))
    for bad in (foreign_parquet, other_version(path)):
        with pytest.raises(ValueError, match="not a training history of this version"):
            read_history(bad)
