"""The training job, from files to files."""

import numpy as np
import pytest
import torch

from genodiff.formats.history import read_history
from genodiff.formats.models import read_config, read_weights
from genodiff.training.train_job import TrainFiles, train_job

DIFFUSION = {
    "schedule": {"name": "cosine", "steps": 6, "offset": 0.008},
    "learning_rate": 1e-3,
    "warmup_steps": 2,
    "epochs": 3,
    "batch_size": 4,
    "gradient_clip": None,
    "ema_half_life": None,
    "precision": "auto",
    "compile": "auto",
    "unmasked_only": False,
    "prediction": "noise",
    "min_snr": None,
}
# It has dropout, so its weights depend on the global random stream as well.
UNET = {
    "width": 16, "multipliers": [1, 1], "blocks": 1, "attention_at": [2], "head_width": 16,
    "dropout": 0.5,
}  # fmt: skip


pytestmark = pytest.mark.usefixtures("torch_settings")


def _train(files, name="a", seed=1, backbone="baseline", settings=None, **recipe):
    outputs = tuple(str(files.folder / name / end) for end in ("w.safetensors", "c.json", "h.parquet"))
    train_job(
        TrainFiles(
            files.layout_path, files.train_path, files.validation_path, *outputs,
            str(files.folder / name / "state"),
        ),
        backbone, settings or {"width": 8}, DIFFUSION | recipe, seed, "cpu", 1, 10,
    )  # fmt: skip
    return outputs


def test_train_job__writes_weights_config_and_history(cohort_files):
    weights, config, history = _train(cohort_files)
    made = read_config(config)
    assert (made.backbone, made.settings, made.seed) == ("baseline", {"width": 8}, 1)
    assert (made.genes, made.components, made.classes) == (4, 3, ["case", "control"])
    assert made.diffusion == DIFFUSION
    rows = read_history(history).to_pylist()
    assert [row["epoch"] for row in rows] == [1, 2, 3]
    # Unlabelled individuals train too: seven an epoch, not five.
    assert [row["individuals_seen"] for row in rows] == [7, 14, 21]
    assert made.best_epoch == 1 + int(np.argmin([row["validation_loss"] for row in rows]))
    shapes = {name: tuple(value.shape) for name, value in read_weights(weights).items()}
    assert shapes["first.weight"] == (8, 12)
    assert shapes["label.weight"] == (3, 8)  # two classes and "unlabelled"


def test_train_job__unlabelled_individuals_reach_their_own_embedding(cohort_files):
    weights, _, _ = _train(cohort_files)
    gate = read_weights(weights)["label.weight"]
    assert (gate != 1).any(dim=1).all()


def test_train_job__same_seed_same_files(cohort_files):
    one, two, other = (
        _train(cohort_files, name, seed, "unet_cnn", UNET)
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    for path, again in zip(one, two, strict=True):
        with open(path, "rb") as first, open(again, "rb") as second:
            assert first.read() == second.read(), path
    assert any(
        not torch.equal(value, read_weights(other[0])[name])
        for name, value in read_weights(one[0]).items()
    )
