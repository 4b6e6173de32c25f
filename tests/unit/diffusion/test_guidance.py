"""Guidance of classes, for networks that know a Gaussian for each class and for no class."""

from dataclasses import replace
from functools import partial

import pytest
import torch
from torch import nn

from genodiff.diffusion.predictions import PREDICTIONS
from genodiff.diffusion.process import masked_noise
from genodiff.diffusion.samplers import SAMPLERS, sampler_of
from genodiff.diffusion.samplers.ddim import Ddim
from genodiff.diffusion.sampling import SamplerSettings, sample
from genodiff.diffusion.schedule import linear

MASK = torch.tensor([[1, 1, 1], [1, 0, 0]], dtype=torch.bool)
UNLABELLED = 2
SCHEDULE = linear(20, 1e-3, 0.3)
LABELS = torch.tensor([0, 1, 1, 0])


class Gaussians(nn.Module):
    """The best denoiser of N(means[c], variances[c]), independent features, c the class number."""

    def __init__(self, means, variances, prediction="x0"):
        super().__init__()
        self.means, self.variances = torch.tensor(means), torch.tensor(variances)
        self.prediction, self.calls = prediction, []

    def forward(self, x, t, label):
        self.calls.append(label.tolist())
        abar = SCHEDULE.alpha_bar[(t * SCHEDULE.steps).round().long() - 1].float()[:, None, None]
        a, s = abar.sqrt(), (1 - abar).sqrt()
        m, v = (known[label][:, None, None] for known in (self.means, self.variances))
        x_0 = m + a * v / (abar * v + 1 - abar) * (x - a * m)
        noise = (x - a * x_0) / s
        outputs = {"noise": noise, "x0": x_0 + x - a * x, "v": a * noise - s * x_0 + x}
        return outputs[self.prediction]


def settings(guidance, prediction="x0", sampler="ddim"):
    chosen = sampler_of({"sampler": sampler, "eta": 0.0, "churn": 0.0})
    return SamplerSettings(SCHEDULE, prediction, chosen, guidance=guidance, unlabelled=UNLABELLED)


def drawn(network, chosen, labels=LABELS, batch=None):
    noise = partial(masked_noise, mask=MASK, generator=torch.Generator().manual_seed(3))
    return sample(network, chosen, MASK, labels, noise, batch)


@pytest.mark.parametrize("guidance", [0.0, 0.5, 1.0, 1.7])
@pytest.mark.parametrize("prediction", PREDICTIONS)
def test_score__is_that_of_the_product_of_powers(guidance, prediction):
    """p_u^(1 - w) p_c^w of two Gaussians is a Gaussian; x_0 follows from its score at every step."""
    means, variances, seen = [-0.5, 0.8, 0.1], [0.6, 0.9, 1.1], []

    class Watched(Ddim):
        def step(self, x_t, x_0, t, *rest):
            seen.append((x_t.clone(), x_0.clone(), t))
            return super().step(x_t, x_0, t, *rest)

    chosen = replace(settings(guidance, prediction), sampler=Watched)
    drawn(Gaussians(means, variances, prediction), chosen)
    assert len(seen) == SCHEDULE.steps
    for x_t, x_0, t in seen:
        abar = float(SCHEDULE.alpha_bar[t])
        for own, found, label in zip(x_t.double(), x_0.double(), LABELS.tolist(), strict=True):
            centres = [abar**0.5 * means[c] for c in (UNLABELLED, label)]
            spreads = [abar * variances[c] + 1 - abar for c in (UNLABELLED, label)]
            precision = (1 - guidance) / spreads[0] + guidance / spreads[1]
            centre = (1 - guidance) * centres[0] / spreads[0] + guidance * centres[1] / spreads[1]
            score = centre - precision * own
            expected = (own + (1 - abar) * score) / abar**0.5
            torch.testing.assert_close(found[MASK], expected[MASK], atol=2e-4, rtol=0)
            assert not found[~MASK].any()


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("prediction", PREDICTIONS)
def test_sample__of_equal_variances_moves_the_means_of_the_classes(sampler, prediction):
    """Guided by 3, individuals are those of classes three times as far from the unlabelled ones."""
    variances = [0.7, 0.7, 0.7]
    near = Gaussians([-0.4, 0.6, 0.1], variances, prediction)
    far = Gaussians([0.1 + 3 * -0.5, 0.1 + 3 * 0.5, 99.0], variances, prediction)
    guided = drawn(near, settings(3.0, prediction, sampler))
    torch.testing.assert_close(guided, drawn(far, settings(1.0, prediction, sampler)), atol=2e-4, rtol=0)
    assert (guided - drawn(near, settings(1.0, prediction, sampler))).abs().max() > 0.5


def test_sample__guidance_of_one_calls_the_network_once_and_changes_nothing():
    network = Gaussians([-0.4, 0.6, 0.1], [0.5, 0.7, 1.0])
    one = drawn(network, settings(1.0))
    assert network.calls == [LABELS.tolist()] * SCHEDULE.steps
    plain = SamplerSettings(SCHEDULE, "x0", settings(1.0).sampler)
    assert torch.equal(one, drawn(network, plain))


def test_sample__unlabelled_individuals_are_not_guided():
    network = Gaussians([-0.4, 0.6, 0.1], [0.5, 0.7, 1.0])
    mixed = torch.tensor([0, UNLABELLED, 1, UNLABELLED])
    guided, plain = (drawn(network, settings(g), mixed) for g in (2.5, 1.0))
    assert torch.equal(guided[[1, 3]], plain[[1, 3]])
    assert (guided[[0, 2]] != plain[[0, 2]])[:, MASK].all()
    network.calls.clear()
    drawn(network, settings(2.5), torch.tensor([UNLABELLED, UNLABELLED]))
    assert len(network.calls) == SCHEDULE.steps


def test_sample__both_passes_are_in_batches_that_fit():
    network = Gaussians([-0.4, 0.6, 0.1], [0.5, 0.7, 1.0])
    whole = drawn(network, settings(2.0))
    network.calls.clear()
    torch.testing.assert_close(drawn(network, settings(2.0), batch=3), whole)
    assert network.calls == SCHEDULE.steps * [[0, 1, 1], [0], [2, 2, 2], [2]]
