"""The train and the sample job, from files to files."""

import json

import numpy as np
import pytest
import torch
from genodiff.diffusion.sample_job import SampleFiles, sample_job

from genodiff.cohort.label_mix import SyntheticSize
from genodiff.diffusion.sampling import SamplerSettings
from genodiff.formats.history import read_history
from genodiff.formats.models import read_config, read_weights
from genodiff.formats.tensors import Layout, read_individuals
from genodiff.runtime.errors import InputError
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
SAMPLING = {"sampler": "ancestral", "sampler_steps": None, "eta": 0.0}
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


def _sample(
    files, model, name="s.parquet", individuals=None, mix=None, seed=2, memory_mb=16, **sampling
):
    output = str(files.folder / name)
    sample_job(
        files=SampleFiles(files.layout_path, files.train_path, *model[:2], output, f"{output}.state"),
        amount=SyntheticSize(individuals, 1, mix), sampling=SAMPLING | sampling, memory_mb=memory_mb,
        seed=seed, device="cpu", threads=1,
    )  # fmt: skip
    return read_individuals(output, files.layout)


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


def test_sample_job__writes_individuals_of_the_layout(cohort_files):
    individuals = _sample(cohort_files, _train(cohort_files))
    # As many as there are labelled training individuals, in their shares.
    assert individuals.labels == ["case"] * 3 + ["control"] * 2
    assert individuals.x.shape == (5, 4, 3)
    assert np.isfinite(individuals.x).all()
    assert (individuals.x[:, cohort_files.layout.mask()] != 0).all()


def test_sample_job__ids_carry_nothing_of_the_training_ids(cohort_files):
    individuals = _sample(cohort_files, _train(cohort_files))
    assert individuals.samples == [f"synthetic_{i:07d}" for i in range(1, 6)]
    content = (cohort_files.folder / "s.parquet").read_bytes()
    assert b"REAL" not in content
    assert b"REAL" in (cohort_files.folder / "train.parquet").read_bytes()


def test_sample_job__neither_ids_nor_individuals_depend_on_memory(cohort_files, monkeypatch):
    monkeypatch.setattr("genodiff.diffusion.sampling.bytes_per_individual", lambda *_: 2**20)
    model = _train(cohort_files)
    one, other = (_sample(cohort_files, model, individuals=70, memory_mb=mb) for mb in (1, 64))
    assert one.samples == other.samples == [f"synthetic_{i:07d}" for i in range(1, 71)]
    np.testing.assert_allclose(one.x, other.x, rtol=0, atol=1e-5)


def test_sample_job__individuals_and_mix(cohort_files):
    individuals = _sample(
        cohort_files, _train(cohort_files), individuals=8, mix={"control": 3, "case": 1}
    )
    assert individuals.labels == ["case"] * 2 + ["control"] * 6


def test_sample_job__same_seed_same_individuals(cohort_files):
    model = _train(cohort_files)
    one, two, other = (_sample(cohort_files, model, seed=seed).x for seed in (2, 2, 3))
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, other)


def test_sample_job__sampler_and_steps_are_those_of_the_recipe(cohort_files, monkeypatch):
    used = []
    sample = SamplerSettings.of
    monkeypatch.setattr(SamplerSettings, "of", lambda *given: used.append(sample(*given)) or used[-1])
    model = _train(cohort_files, prediction="v")
    individuals = _sample(cohort_files, model, sampler="dpm_solver", sampler_steps=3)
    assert np.isfinite(individuals.x).all()
    (settings,) = used
    assert (settings.prediction, settings.schedule.steps, settings.schedule.original_steps) == (
        "v",
        3,
        6,
    )
    assert type(settings.sampler(settings.schedule)).__name__ == "DpmSolver"


def test_sample_job__raises_on_an_unknown_class(cohort_files):
    model = _train(cohort_files)
    with pytest.raises(InputError, match="no class 'cases' in the cohort"):
        _sample(cohort_files, model, mix={"cases": 1})
    assert not (cohort_files.folder / "s.parquet").exists()


@pytest.mark.parametrize("change", [{"classes": ["a", "b"]}, {"padded_genes": 8}, {"components": 4}])
def test_sample_job__raises_on_another_layout(cohort_files, change):
    model = _train(cohort_files)
    layout = cohort_files.layout
    content = {"padded_genes": 4, "components": 3, "classes": layout.classes} | change
    Layout(layout.genes, **content).write(cohort_files.layout_path)
    with pytest.raises(ValueError, match=r"c\.json: trained on another layout than .*layout\.json"):
        _sample(cohort_files, model)


def test_sample_job__loads_nothing_but_tensors_and_json(cohort_files):
    # A model file is something individuals pass on: it must not be able to run code.
    weights, config, _ = _train(cohort_files)
    with open(weights, "rb") as file:
        size = int.from_bytes(file.read(8), "little")
        assert set(json.loads(file.read(size))) >= {"first.weight", "last.bias"}
    with open(config, encoding="utf-8") as file:
        assert json.load(file)["format"] == "genodiff.model.1"
