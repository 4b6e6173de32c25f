"""The training job, from files to files."""

import numpy as np
import pytest

from genodiff.formats.history import read_history
from genodiff.formats.models import read_config, read_tensors
from genodiff.formats.tensors import Layout
from genodiff.runtime.errors import InputError
from genodiff.training.train_job import TrainFiles, train_job

DIFFUSION = {
    "schedule": {"name": "cosine", "steps": 6, "offset": 0.008},
    "learning_rate": 1e-3,
    "warmup_steps": 2,
    "epochs": 3,
    "patience": None,
    "batch_size": 4,
    "gradient_clip": None,
    "ema_half_life": None,
    "precision": "auto",
    "compile": "auto",
    "shrink_scores": False,
    "unmasked_only": False,
    "prediction": "noise",
    "min_snr": None,
    "log_sigma": None,
    "drop_labels": 0.0,
    "recombination": None,
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
        files=TrainFiles(
            files.layout_path, files.train_path, files.train_x_path, files.validation_path,
            files.validation_x_path, *outputs, str(files.folder / name / "state"),
        ),
        backbone=backbone, settings=settings or {"width": 8}, diffusion=DIFFUSION | recipe, seed=seed,
        device="cpu", threads=1, checkpoint_minutes=10,
    )  # fmt: skip
    return outputs


def test_train_job__writes_weights_config_and_history(cohort_files):
    weights, config, history = _train(cohort_files)
    made = read_config(config)
    assert (made.kind, made.seed) == ("diffusion", 1)
    assert (made.genes, made.components, made.classes) == (4, 3, ["case", "control"])
    own = {"backbone": "baseline", "settings": {"width": 8}, "diffusion": DIFFUSION}
    assert made.settings == own
    rows = read_history(history).to_pylist()
    assert [row["epoch"] for row in rows] == [1, 2, 3]
    # Unlabelled individuals train too: seven an epoch, not five.
    assert [row["individuals_seen"] for row in rows] == [7, 14, 21]
    assert made.best_epoch == 1 + int(np.argmin([row["validation_loss"] for row in rows]))
    shapes = {name: tuple(value.shape) for name, value in read_tensors(weights).items()}
    assert shapes["first.weight"] == (8, 12)
    assert shapes["label.weight"] == (3, 8)  # two classes and "unlabelled"


def test_train_job__unlabelled_individuals_reach_their_own_embedding(cohort_files):
    weights, _, _ = _train(cohort_files)
    gate = read_tensors(weights)["label.weight"]
    assert (gate != 1).any(axis=1).all()


def test_train_job__same_seed_same_files(cohort_files):
    one, two, other = (
        _train(cohort_files, name, seed, "unet_cnn", UNET)
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    for path, again in zip(one, two, strict=True):
        with open(path, "rb") as first, open(again, "rb") as second:
            assert first.read() == second.read(), path
    assert any(
        not np.array_equal(value, read_tensors(other[0])[name])
        for name, value in read_tensors(one[0]).items()
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: x[:-1], r"train\.npy holds float32 \(6, 4, 3\) .* float32 \(7, 4, 3\)"),
        (lambda x: x.astype(np.float64), r"train\.npy holds float64"),
    ],
)
def test_train_job__raises_on_tensors_of_another_layout(cohort_files, change, message):
    np.save(cohort_files.train_x_path, change(cohort_files.train.x))
    with pytest.raises(InputError, match=message):
        _train(cohort_files)


def test_train_job__leaves_the_unpacked_tensors_alone(cohort_files):
    with open(cohort_files.train_x_path, "rb") as file:
        before = file.read()
    _train(cohort_files)
    with open(cohort_files.train_x_path, "rb") as file:
        assert file.read() == before


def test_train_job__gives_a_network_the_chromosomes_of_the_layout(cohort_files):
    settings = {
        "neighbours": 1, "width": 8, "bottleneck": 4, "values": 6, "centres": 2, "shared_by": 2,
        "ancestry": 2, "linkage": 2,
    }  # fmt: skip
    weights, _, _ = _train(cohort_files, backbone="gene_mixer", settings=settings)
    layout = Layout.read(cohort_files.layout_path)
    assert read_tensors(weights)["last.weight"].shape[0] == len(layout.genes) < layout.padded_genes
