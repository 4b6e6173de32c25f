"""Drawing from a diffusion model, from its files to a tensor file."""

from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest
import torch

from genodiff.diffusion import sampling
from genodiff.diffusion.sampling import SamplerSettings
from genodiff.formats.models import ModelConfig, read_config, read_tensors, write_model
from genodiff.formats.tensors import Individuals
from genodiff.generators.base import Resources
from genodiff.generators.denoiser import read_denoiser
from genodiff.generators.diffusion import Diffusion
from genodiff.runtime.errors import InputError
from genodiff.workflow.recipes import RECIPES, SAMPLING

RECIPE = RECIPES["paper"] | {"schedule": {"name": "cosine", "steps": 6, "offset": 0.008}}
NETWORKS = {
    "baseline": {"width": 8},
    "gene_mixer": {
        "neighbours": 2, "width": 16, "bottleneck": 0, "values": 6, "centres": 2, "shared_by": 2,
        "ancestry": 0, "linkage": 0,
    },
}  # fmt: skip
PLUGIN = """
from torch import nn

class Scaled(nn.Module):
    def __init__(self, genes, components, classes):
        super().__init__()
        self.label = nn.Embedding(classes + 1, 1)

    def forward(self, x, t, label):
        return x * self.label(label)[:, :, None]
"""

pytestmark = pytest.mark.usefixtures("torch_settings")


@pytest.fixture
def write(cohort):
    """Function: write a model of random weights, and return what building it needs."""

    def model(backbone="baseline", plugins=(), **recipe):
        own = NETWORKS.get(backbone, {})
        recipe = {key: value for key, value in (RECIPE | recipe).items() if key not in SAMPLING}
        settings = {"backbone": backbone, "settings": own, "diffusion": recipe}
        overrides = {"sampling": {key: RECIPE[key] for key in SAMPLING}}
        torch.manual_seed(0)
        generator = Diffusion(cohort.layout, **settings)
        generator.plugins = plugins
        network = generator.network()
        tensors = {k: v.numpy() + 0.1 for k, v in network.state_dict().items()}
        config = ModelConfig.of("diffusion", settings, cohort.layout, seed=1, best_epoch=2)
        write_model(cohort.path("model.safetensors"), cohort.path("config.json"), tensors, config)
        return overrides

    return model


def test_individuals_fit_the_layout_and_depend_on_the_seed_only(cohort, write):
    overrides, mask = write(), cohort.layout.mask()
    one, two, other = (cohort.draw(overrides=overrides, seed=seed) for seed in (2, 2, 3))
    assert one.labels == ["case"] * 16 + ["control"] * 14
    assert (one.x[:, mask] != 0).all()
    assert not one.x[:, ~mask].any()
    np.testing.assert_array_equal(one.x, two.x)
    assert not (one.x == other.x).all(axis=(1, 2)).any()


def test_neither_ids_nor_individuals_depend_on_memory(cohort, write, monkeypatch):
    overrides = write()
    monkeypatch.setattr(sampling, "bytes_per_individual", lambda *_: 2**20)
    one, other = (cohort.draw((70, 1, None), overrides=overrides, memory_mb=mb) for mb in (1, 64))
    assert one.samples == other.samples == [f"SYN{i:06d}" for i in range(1, 71)]
    np.testing.assert_allclose(one.x, other.x, rtol=0, atol=1e-5)


def test_sampler_and_steps_are_those_of_drawing_and_the_prediction_that_of_the_model(
    cohort, write, monkeypatch
):
    used, of = [], SamplerSettings.of
    monkeypatch.setattr(SamplerSettings, "of", lambda *given: used.append(of(*given)) or used[-1])
    write(prediction="v")
    own = {
        "sampler": "dpm_solver", "sampler_steps": 3, "sampler_grid": "karras", "eta": 0.0, "churn": 1.0,
        "guidance": 2.0,
    }  # fmt: skip
    assert np.isfinite(cohort.draw(overrides={"sampling": own}).x).all()
    (settings,) = used
    schedule = settings.schedule
    assert (settings.guidance, settings.unlabelled) == (2, 2)
    assert (settings.prediction, schedule.steps, schedule.original_steps) == ("v", 3, 6)
    assert schedule.original.tolist() != [1, 3, 5]
    sampler = settings.sampler(schedule)
    assert (type(sampler).__name__, sampler.churn) == ("DpmSolver", 1.0)


@pytest.mark.parametrize(
    ("guidance", "hidden", "labels", "refused"),
    [
        (2.0, 0.0, "labelled", True),
        (1.0, 0.0, "labelled", False),
        (2.0, 0.1, "labelled", False),
        (2.0, 0.0, "labels", False),  # some are unlabelled
    ],
)
def test_guidance_by_a_network_that_has_met_no_unlabelled_individual_is_refused(
    cohort, write, guidance, hidden, labels, refused
):
    overrides = write(drop_labels=hidden)
    overrides["sampling"]["guidance"] = guidance
    known = [i for i, label in enumerate(cohort.train.labels) if label is not None]
    samples, own = ([values[i] for i in known] for values in (cohort.train.samples, cohort.train.labels))
    cohort.write(Individuals(samples, own, cohort.train.x[known]), "labelled.parquet")
    message = "has never seen an individual without a label"
    with pytest.raises(InputError, match=message) if refused else nullcontext():
        cohort.draw(overrides=overrides, labels=f"{labels}.parquet")


def test_a_stopped_job_goes_on_with_what_it_has_kept(cohort, write, monkeypatch):
    overrides, state = write(), cohort.folder / "state"
    whole = cohort.draw((70, 1, None), overrides=overrides)
    config, applied = read_config(cohort.path("config.json")), []
    monkeypatch.setattr(sampling, "_LARGEST_CPU_BATCH", 32)
    generator = Diffusion(cohort.layout, **config.settings, **overrides)
    numbers = cohort.layout.class_numbers(whole.labels)
    model = read_tensors(cohort.path("model.safetensors"))
    blocks = generator.draw(model, numbers, 1, Resources(state=str(state)))
    next(blocks)
    blocks.close()
    assert [path.name for path in sorted(state.iterdir())] == ["000000.npy", "identity.json"]
    sample = sampling.sample
    monkeypatch.setattr(sampling, "sample", lambda *given: applied.append(1) or sample(*given))
    again = cohort.draw((70, 1, None), overrides=overrides, state=str(state))
    np.testing.assert_allclose(again.x, whole.x, rtol=0, atol=1e-5)
    assert len(applied) == 2  # of three chunks
    assert not state.exists()


def test_dense_networks_leave_padded_features_out_where_the_recipe_says_so(cohort, write):
    counts = []
    for unmasked_only in (False, True):
        overrides = write(unmasked_only=unmasked_only)
        counts.append(read_tensors(cohort.path("model.safetensors"))["first.weight"].shape[1])
        assert not cohort.draw(overrides=overrides).x[:, ~cohort.layout.mask()].any()
    assert counts == [24, 12]


def test_neighbours_are_those_of_the_layout(cohort, write):
    # Genes 0 to 3 are on one chromosome, 4 to 6 on another, and the eighth is padding.
    write("gene_mixer")
    paths = cohort.path("model.safetensors"), cohort.path("config.json")
    network = read_denoiser(*paths, cohort.layout, [], torch.device("cpu")).network
    assert network.last.weight.shape[0] == 7
    x, t, label = torch.ones(1, 8, 3), torch.ones(1), torch.zeros(1, dtype=torch.int64)
    before, x[:, 3] = network(x, t, label), 2
    changed = (network(x, t, label) != before).any(dim=2)[0]
    assert changed.tolist() == [False, True, True, True, False, False, False, False]


def test_a_network_may_come_from_a_folder(cohort, write):
    (cohort.folder / "scaled_network.py").write_text(PLUGIN)
    folders = [str(cohort.folder)]
    overrides = write("scaled_network:Scaled", folders)
    assert np.isfinite(cohort.draw(overrides=overrides, plugins=folders).x).all()
    with pytest.raises(InputError, match="plugins: no module 'scaled_network'"):
        cohort.draw(overrides=overrides)


def test_fit__is_a_job_of_its_own(cohort):
    recipe = {"backbone": "baseline", "settings": {"width": 8}, "diffusion": RECIPE}
    with pytest.raises(TypeError, match="train_job"):
        Diffusion(cohort.layout, **recipe).fit(cohort.train)


@pytest.mark.parametrize("memory_mb", [0.001, 100])
def test_denoiser__restores_what_the_prediction_of_each_individual_says(cohort, write, memory_mb):
    write()
    paths = cohort.path("model.safetensors"), cohort.path("config.json")
    denoiser = read_denoiser(*paths, cohort.layout, [], torch.device("cpu"))
    mask, rng = cohort.layout.mask(), np.random.default_rng(0)
    x, noise = rng.standard_normal((5, 12), np.float32), rng.standard_normal(12, np.float32)
    labels, alpha_bars = np.array([0, 1, 1, 0, 1]), denoiser.schedule.alpha_bar.numpy()
    wanted = alpha_bars[2] + 1e-3  # nearest to step 2
    found = denoiser.restore(x, labels, noise, wanted, memory_mb)
    sigma = np.sqrt((1 - wanted) / wanted)
    signal, spread = np.sqrt(alpha_bars[2]), np.sqrt(1 - alpha_bars[2])
    for own, label, restored in zip(x, labels, found, strict=True):
        x_t = np.zeros((1, *mask.shape), np.float32)
        x_t[0, mask] = signal * (own + sigma * noise)
        with torch.inference_mode():
            t = torch.tensor([2])
            level = denoiser.schedule.level(t)
            output = denoiser.network(torch.from_numpy(x_t), level, torch.tensor([label])).numpy()
        # The network of the recipe predicts noise.
        expected = (x_t - spread * denoiser.prediction.from_output(x_t, output, t)) / signal
        np.testing.assert_allclose(restored, expected[0, mask], atol=1e-4)


def test_denoiser__of_another_layout_is_an_error(cohort, write):
    write()
    other = replace(cohort.layout, classes=["a", "b"])
    paths = cohort.path("model.safetensors"), cohort.path("config.json")
    with pytest.raises(ValueError, match="another layout"):
        read_denoiser(*paths, other, [], torch.device("cpu"))
