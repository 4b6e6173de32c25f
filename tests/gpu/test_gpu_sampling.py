"""Synthetic individuals on a GPU against a processor, and the exact neighbour search."""

import numpy as np
import pytest
import torch

from genodiff.diffusion.sampling import ChunkNoise, SamplerSettings, sample, sample_individuals
from genodiff.evaluation.neighbours.exact import nearest_cosine, own_share
from genodiff.evaluation.neighbours.rows import rows_of
from genodiff.evaluation.neighbours.search import Budget, between, within
from genodiff.workflow.recipes import RECIPES

pytestmark = pytest.mark.gpu
CPU = torch.device("cpu")
LABELS = np.arange(10) % 3


def test_a_deterministic_sampler_makes_the_individuals_of_the_processor(name, build, mask, device):
    """From the same noise, which two devices' generators do not draw: it comes from the processor's.
    Fifteen passes: errors of 1e-4 (see test_gpu_training) may add up."""

    found = []
    for place in (CPU, device):
        network, numbers = build(name).to(place).eval(), torch.from_numpy(LABELS).to(place)
        settings = SamplerSettings.of(RECIPES["best"], place)
        drawn = ChunkNoise(4, [0], mask)(torch.empty(32, *mask.shape))[: len(LABELS)]
        x = sample(network, settings, mask.to(place), numbers, lambda like, x=drawn: x.to(like.device))
        found.append(x.cpu())
    assert (found[1][:, ~mask] == 0).all()
    assert (found[0] - found[1]).norm() < 2e-3 * found[0].norm()


@pytest.mark.parametrize("bfloat16", [False, True], ids=["float32", "bfloat16"])
def test_the_same_seed_makes_the_same_individuals(name, bfloat16, build, mask, device):
    recipe = RECIPES["best"] | {"sampler": "ancestral"}  # which draws noise at every step
    settings, unmasked = SamplerSettings.of(recipe, device, bfloat16), mask.to(device)
    runs = []
    for seed in (1, 1, 2):
        batches = sample_individuals(build(name).to(device), settings, unmasked, LABELS, 6, seed)
        runs.append(np.concatenate([x for x, _ in batches]))
    np.testing.assert_array_equal(runs[0], runs[1])
    assert not np.array_equal(runs[0], runs[2])


def _sets():
    rng = np.random.default_rng(0)
    x, y = (rng.standard_normal((n, 300)).astype(np.float32) for n in (150, 130))
    copies, zeros = y.copy(), y.copy()
    copies[:60], zeros[:3] = x[:60], 0
    lattice = rng.integers(-1, 2, (140, 4)).astype(np.float32)  # many ties
    near = (x[:1] + 1e-6 * rng.standard_normal(y.shape)).astype(np.float32)
    return {
        "random": (x, y), "copies": (x, copies), "of zeros": (x, zeros), "ties": (lattice[:70], lattice),
        "near ties": (x, near),
    }  # fmt: skip


SETS = _sets()


@pytest.mark.parametrize("memory", [64, 0.05], ids=["one block", "many blocks"])
@pytest.mark.parametrize("pair", SETS.values(), ids=SETS)
def test_the_neighbour_search_is_exact_on_every_device(pair, memory, device):
    """Shares and cosines are settled in float64: rounding of products does not show."""
    a, b = (rows_of(part, np.zeros(len(part))) for part in pair)
    found = []
    for place in (CPU, device):
        budget = Budget(memory, place)
        there, back = between(a, b, 5, budget)
        share = own_share(a, b, within(a, 5, budget), there, 5)
        found.append((share, nearest_cosine(a, b, there), nearest_cosine(b, a, back)))
    for own, expected in zip(found[1], found[0], strict=True):
        np.testing.assert_allclose(own, expected, rtol=0, atol=1e-12)
