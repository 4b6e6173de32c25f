"""A network of the panel that learns of classes from sums with noise."""

import math

import numpy as np
import pytest
import torch

from genodiff.formats.tensors import Individuals
from genodiff.generators import DpSgd
from genodiff.generators.base import Resources
from genodiff.generators.diffusion_dp import DiffusionDp
from genodiff.networks.backbones import BACKBONES
from genodiff.privacy import mechanism
from genodiff.privacy.budget import epsilon_of
from genodiff.runtime.errors import InputError
from genodiff.training.private import PrivateTraining
from genodiff.workflow.recipes import RECIPES

SMALL = {
    "gene_mixer": {"neighbours": 1, "width": 16, "bottleneck": 4},
    "unet_mlp": {"widths": [32, 16]},
}  # fmt: skip


@pytest.fixture(autouse=True)
def _seeded_secrets(monkeypatch):
    monkeypatch.setattr(mechanism, "urandom", np.random.default_rng(3).bytes)


@pytest.fixture
def made(layout):
    """Function: a generator with a panel of 400 individuals, whose network is trained in a moment."""

    def make(backbone="gene_mixer", epsilon=math.inf, epochs=3, **steps):
        settings = BACKBONES[backbone].settings(**SMALL[backbone]).model_dump()
        own = DpSgd(epochs=steps.pop("steps", 0), **steps).model_dump()
        recipe = RECIPES["best"] | {"epochs": epochs, "learning_rate": 2e-3}
        generator = DiffusionDp(
            layout, {"epsilon": epsilon, "delta": 1e-4}, backbone, settings, recipe, own
        )
        generator.panel = individuals(layout, 400, 1).x
        return generator

    return make


def individuals(layout, count, seed, shift=0.0):
    """Individuals float32 of correlated features; cases, every second one, are shifted."""
    rng, mask = np.random.default_rng(seed), layout.mask()
    x = np.zeros((count, *mask.shape), np.float32)
    x[:, mask] = 0.6 * rng.standard_normal((count, 1)) + 0.8 * rng.standard_normal((count, mask.sum()))
    labels = ["case", "control"] * (count // 2)
    x[::2] += shift * mask
    return Individuals([f"S{i}" for i in range(count)], labels, x)


def gap(layout, generator, model):
    """Mean difference of drawn cases and controls."""
    numbers = np.repeat([0, 1], 600)
    x = np.concatenate([part for part, _ in generator.draw(model, numbers, 4, Resources())])
    return (x[:600].mean(0) - x[600:].mean(0))[layout.mask()].mean()


@pytest.mark.parametrize("epsilon", [math.inf, 3])
def test_fit__class_means_with_noise_reach_a_network_with_a_prior(made, layout, epsilon):
    """Without any step."""
    training = individuals(layout, 1000, 2, shift=0.8)
    generator = made(epsilon=epsilon)
    assert gap(layout, generator, generator.fit(training)) == pytest.approx(0.8, abs=0.2)


def test_fit__without_steps_a_network_without_prior_is_refused(made, layout):
    with pytest.raises(InputError, match=r"dp_sgd\.epochs: with 0 the network unet_mlp learns nothing"):
        made("unet_mlp").fit(individuals(layout, 100, 2))


def test_fit__classes_start_as_what_the_panel_has(made, layout, monkeypatch):
    """Before steps a network without prior treats all classes as individuals without a label."""
    monkeypatch.setattr(PrivateTraining, "run", lambda *_: None)
    generator = made("unet_mlp", steps=1)
    model = generator.fit(individuals(layout, 100, 2, shift=3))
    network = generator.network()
    network.load_state_dict({name: torch.from_numpy(value) for name, value in model.items()})
    x, t = torch.randn(3, 8, 3), torch.full((3,), 0.5)
    outputs = [network(x, t, torch.full((3,), label)) for label in range(3)]
    assert torch.equal(outputs[0], outputs[2])
    assert torch.equal(outputs[1], outputs[2])


@pytest.mark.parametrize("moves", ["all", "classes"])
def test_fit__steps_move_what_they_are_to_move(made, layout, moves, monkeypatch):
    models = []
    for run in (lambda *_: None, PrivateTraining.run):
        monkeypatch.setattr(mechanism, "urandom", np.random.default_rng(3).bytes)
        monkeypatch.setattr(PrivateTraining, "run", run)
        generator = made("unet_mlp", steps=2, sampled=0.5, draws=2, learning_rate=1e-2, moves=moves)
        models.append(generator.fit(individuals(layout, 200, 2, shift=1)))
    start, moved = models
    changed = {name for name in start if not np.array_equal(start[name], moved[name])}
    assert changed
    assert all("label" in name for name in changed) == (moves == "classes")


def test_uses__halves_of_the_budget_for_means_and_steps(made, layout):
    generator = made(epsilon=4.0, steps=2, sampled=0.1, draws=1)
    generator.fit(individuals(layout, 60, 2))
    means, steps = generator.uses
    assert (means.sample_rate, means.steps) == (1, 1)
    assert (steps.sample_rate, steps.steps) == (0.1, 20)
    both = epsilon_of(generator.uses, 1e-4)
    assert 3.99 < both <= 4
    for use in generator.uses:
        assert 1.5 < epsilon_of([use], 1e-4) < 3.5
