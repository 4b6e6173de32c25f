"""The whole chain on data whose best noise predictor is known: N(m, s^2) in every slot."""

import numpy as np
import pytest
import torch
from torch import nn

from genodiff.diffusion.samplers import SAMPLERS
from genodiff.diffusion.sampling import sample
from genodiff.diffusion.schedule import cosine, linear

PEOPLE = 6000
SCHEDULES = {"linear": lambda: linear(1000, 1e-4, 0.02), "cosine": lambda: cosine(500, 0.008)}
MEAN = torch.tensor([[0.0, 2.0, -1.5], [1.0, 0.0, 0.0]])
DEVIATION = torch.tensor([[1.0, 0.3, 1.5], [0.7, 0.0, 0.0]])
MASK = torch.tensor([[1, 1, 1], [1, 0, 0]], dtype=torch.bool)


class PerfectPredictor(nn.Module):
    """E[noise | x_t] for x ~ N(m, s^2): sqrt(1 - abar) (x_t - sqrt(abar) m) / (abar s^2 + 1 - abar)."""

    def __init__(self, beta):
        super().__init__()
        self.abar = np.cumprod(1 - beta)

    def forward(self, x, t, label):
        abar = self.abar[round(t[0].item() * len(self.abar)) - 1]
        variance = abar * DEVIATION**2 + 1 - abar
        return (1 - abar) ** 0.5 * (x - abar**0.5 * MEAN) / variance


def _exact_chain(beta):
    """Mean and deviation that the chain has when sampled without error: each step is linear in x_t."""
    abar, m, s = np.cumprod(1 - beta), MEAN.double().numpy(), DEVIATION.double().numpy()
    mean, variance = np.zeros_like(m), np.ones_like(m)
    for t in range(len(beta) - 1, -1, -1):
        slope = beta[t] / (abar[t] * s**2 + 1 - abar[t])
        a = (1 - slope) / np.sqrt(1 - beta[t])
        b = slope * np.sqrt(abar[t]) * m / np.sqrt(1 - beta[t])
        added = (1 - (abar[t - 1] if t else 1)) / (1 - abar[t]) * beta[t]
        mean, variance = a * mean + b, a**2 * variance + added
    return mean, np.sqrt(variance)


@pytest.fixture(scope="module", params=SCHEDULES)
def chain(request):
    """The schedule's betas and the people sampled along it."""
    schedule = SCHEDULES[request.param]()
    beta = schedule.beta.numpy()
    labels = torch.zeros(PEOPLE, dtype=torch.int64)
    step, generator = SAMPLERS["ancestral"].load(), torch.Generator().manual_seed(0)
    return beta, sample(PerfectPredictor(beta), schedule, step, MASK, labels, generator).double()


def test_chain__samples_have_the_mean_and_deviation_of_the_data(chain):
    beta, people = chain
    live, s = MASK.numpy(), DEVIATION.numpy()
    # The finite number of steps shifts the chain's own moments a little; that shift is known exactly.
    mean, deviation = _exact_chain(beta)
    bias = np.abs(mean - MEAN.numpy())[live], np.abs(deviation - s)[live]
    assert bias[0].max() < 0.02
    assert bias[1].max() < 0.02
    error = 4.5 * s[live] / np.sqrt(PEOPLE)
    assert (np.abs(people.mean(0).numpy() - MEAN.numpy())[live] < error + bias[0]).all()
    assert (np.abs(people.std(0).numpy() - s)[live] < error / np.sqrt(2) + bias[1]).all()


def test_chain__samples_follow_the_exact_chain(chain):
    beta, people = chain
    live = MASK.numpy()
    mean, deviation = (moment[live] for moment in _exact_chain(beta))
    error = 4.5 * deviation / np.sqrt(PEOPLE)
    assert (np.abs(people.mean(0).numpy()[live] - mean) < error).all()
    assert (np.abs(people.std(0).numpy()[live] - deviation) < error / np.sqrt(2)).all()


def test_chain__slots_are_independent(chain):
    _, people = chain
    correlation = np.corrcoef(people[:, MASK].numpy().T)
    assert np.abs(correlation - np.eye(len(correlation))).max() < 4.5 / np.sqrt(PEOPLE)


def test_chain__padded_slots_are_zero(chain):
    _, people = chain
    assert (people[:, ~MASK] == 0).all()
