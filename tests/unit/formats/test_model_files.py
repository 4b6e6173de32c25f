"""The files of a fitted generator, and the history of a training."""

import json
from dataclasses import replace

import numpy as np
import pytest

from genodiff.formats.history import HISTORY_SCHEMA, read_history, write_history
from genodiff.formats.models import ModelConfig, read_config, read_tensors, write_model
from genodiff.formats.tensors import GeneFeatures, Layout

CONFIG = ModelConfig(
    kind="diffusion",
    settings={"widths": [64, 32], "rate": 0.1, "schedule": {"name": "linear", "steps": 1000}},
    genes=32,
    components=8,
    classes=["case", "contr\u00f4le"],
    seed=7,
    best_epoch=2,
    genodiff="1.0",
)
SQUARE = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
TENSORS = {
    "turned": SQUARE.T,  # not contiguous
    "half": SQUARE.astype(np.float16),
    "double": SQUARE.astype(np.float64),
    "steps": np.array(5),
    "empty": np.empty((0, 4), np.float32),
}


@pytest.fixture
def write(tmp_path):
    """Function: write a model in a folder; the paths of its two files."""

    def model(name="model", tensors=TENSORS, config=CONFIG):
        paths = tmp_path / name / "model.safetensors", tmp_path / name / "config.json"
        write_model(*paths, tensors, config)
        return paths

    return model


def test_model__comes_back_as_written(write):
    weights, config = write()
    found = read_tensors(weights)
    assert set(found) == set(TENSORS)
    for name, value in TENSORS.items():
        assert found[name].dtype == value.dtype
        np.testing.assert_array_equal(found[name], value)
    assert read_config(config) == CONFIG


def test_model__same_content_same_bytes_that_hold_no_code(write):
    one, other = write("one"), write("two", dict(reversed(TENSORS.items())))
    for path, again in zip(one, other, strict=True):
        assert path.read_bytes() == again.read_bytes()
    content = one[0].read_bytes()
    size = int.from_bytes(content[:8], "little")
    assert set(json.loads(content[8 : 8 + size])) == set(TENSORS)
    assert json.loads(one[1].read_text())["kind"] == "diffusion"


def test_write_model__error_leaves_no_half_file(write, tmp_path):
    with pytest.raises(TypeError, match="JSON"):
        write(config=replace(CONFIG, settings={"x": object()}))
    assert {path.name for path in (tmp_path / "model").iterdir()} <= {"model.safetensors"}


@pytest.mark.parametrize("name", ["genodiff.model.1", None])
def test_read_config__raises_on_another_format(write, name):
    _, path = write()
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": name}))
    with pytest.raises(ValueError, match=r"config\.json: not a model configuration of this version"):
        read_config(path)


@pytest.mark.parametrize("change", [{"classes": ["a", "b"]}, {"padded_genes": 8}, {"components": 4}, {}])
def test_check_layout__raises_on_another_layout(change):
    genes = [GeneFeatures("G", "1", 9, [0.0], [1.0])]
    content = {"padded_genes": 4, "components": 3, "classes": ["case", "control"]}
    config = ModelConfig.of("gaussian", {"rank": 2}, Layout(genes, **content))
    layout = Layout(genes, **content | change)
    if not change:
        config.check_layout(layout, "c.json")
        return
    with pytest.raises(ValueError, match=r"c\.json: the model was fitted with another layout"):
        config.check_layout(layout, "c.json")


@pytest.fixture
def history(tmp_path):
    """Rows of three epochs, and the file that holds them."""
    values = dict.fromkeys(HISTORY_SCHEMA.names, 0.125)
    own = {
        "mixing": None,
        "validation_error_by_noise": [1.5, None],
        "linear_error_by_noise": [1.25, None],
    }
    rows = [values | own | {"epoch": e + 1, "individuals_seen": 100 * e} for e in range(3)]
    rows[-1]["mixing"] = [0.5, 0.25]
    write_history(tmp_path / "history.parquet", rows)
    return rows, tmp_path / "history.parquet"


def test_history__comes_back_as_written(history):
    rows, path = history
    assert read_history(path).to_pylist() == rows


def test_write_history__error_keeps_the_old_file(history):
    rows, path = history
    before = path.read_bytes()
    with pytest.raises((ValueError, TypeError)):
        write_history(path, [rows[0] | {"train_loss": "low"}])
    assert path.read_bytes() == before
    assert [other.name for other in path.parent.iterdir()] == [path.name]


def test_read_history__raises_on_another_format(history, foreign_parquet, other_version):
    for bad in (foreign_parquet, other_version(history[1])):
        with pytest.raises(ValueError, match="not a training history of this version"):
            read_history(bad)
