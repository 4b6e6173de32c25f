"""The whole chain on data whose best predictor is known: N(m, s^2) in every feature."""

from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from genodiff.diffusion.predictions import PREDICTIONS
from genodiff.diffusion.process import masked_noise
from genodiff.diffusion.samplers import sampler_of
from genodiff.diffusion.sampling import SamplerSettings, sample
from genodiff.diffusion.schedule import cosine, linear

INDIVIDUALS = 6000
SCHEDULES = {"linear": lambda: linear(1000, 1e-4, 0.02), "cosine": lambda: cosine(500, 0.008)}
MEAN = torch.tensor([[0.0, 2.0, -1.5], [1.0, 0.0, 0.0]])
DEVIATION = torch.tensor([[1.0, 0.3, 1.5], [0.7, 0.0, 0.0]])
QUIET = {"eta": 0.0, "churn": 0.0}
MASK = torch.tensor([[1, 1, 1], [1, 0, 0]], dtype=torch.bool)


class PerfectPredictor(nn.Module):
    """E[noise | x_t] for x ~ N(m, s^2): sqrt(1 - abar) (x_t - sqrt(abar) m) / (abar s^2 + 1 - abar), and
    x_0 and v that go with it, as a network's output: what it adds to its input comes on top of the best
    linear guess for a feature of variance one."""

    def __init__(self, beta, prediction="noise"):
        super().__init__()
        self.abar, self.prediction = np.cumprod(1 - beta), prediction

    def forward(self, x, t, label):
        abar = self.abar[round(t[0].item() * len(self.abar)) - 1]
        off = (x - abar**0.5 * MEAN) / (abar * DEVIATION**2 + 1 - abar)
        noise, x_0 = (1 - abar) ** 0.5 * off, MEAN + abar**0.5 * DEVIATION**2 * off
        v = abar**0.5 * noise - (1 - abar) ** 0.5 * x_0
        x_0_learnt = x_0 - abar**0.5 * x
        return {"noise": noise, "x0": x + x_0_learnt, "v": x + v}[self.prediction]


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
    """The schedule's betas and the individuals sampled along it."""
    schedule = SCHEDULES[request.param]()
    beta = schedule.beta.numpy()
    labels = torch.zeros(INDIVIDUALS, dtype=torch.int64)
    settings = SamplerSettings(schedule, "noise", sampler_of({"sampler": "ancestral"}))
    noise = partial(masked_noise, mask=MASK, generator=torch.Generator().manual_seed(0))
    return beta, sample(PerfectPredictor(beta), settings, MASK, labels, noise).double()


@pytest.mark.slow
def test_chain__samples_have_the_mean_and_deviation_of_the_data(chain):
    beta, individuals = chain
    live, s = MASK.numpy(), DEVIATION.numpy()
    # The finite number of steps shifts the chain's own moments a little; that shift is known exactly.
    mean, deviation = _exact_chain(beta)
    bias = np.abs(mean - MEAN.numpy())[live], np.abs(deviation - s)[live]
    assert bias[0].max() < 0.02
    assert bias[1].max() < 0.02
    error = 4.5 * s[live] / np.sqrt(INDIVIDUALS)
    assert (np.abs(individuals.mean(0).numpy() - MEAN.numpy())[live] < error + bias[0]).all()
    assert (np.abs(individuals.std(0).numpy() - s)[live] < error / np.sqrt(2) + bias[1]).all()


def test_chain__samples_follow_the_exact_chain(chain):
    beta, individuals = chain
    live = MASK.numpy()
    mean, deviation = (moment[live] for moment in _exact_chain(beta))
    error = 4.5 * deviation / np.sqrt(INDIVIDUALS)
    assert (np.abs(individuals.mean(0).numpy()[live] - mean) < error).all()
    assert (np.abs(individuals.std(0).numpy()[live] - deviation) < error / np.sqrt(2)).all()


def test_chain__features_are_independent(chain):
    _, individuals = chain
    correlation = np.corrcoef(individuals[:, MASK].numpy().T)
    assert np.abs(correlation - np.eye(len(correlation))).max() < 4.5 / np.sqrt(INDIVIDUALS)


def test_chain__padded_features_are_zero(chain):
    _, individuals = chain
    assert (individuals[:, ~MASK] == 0).all()


def _flow_error(schedule, sampler, steps, prediction="x0", grid="time"):
    """Largest distance of 200 individuals from where the probability flow takes their first noise, in
    deviations of their feature. For N(m, s^2) the flow keeps every individual's quantile."""
    beta, labels = schedule.beta.numpy(), torch.zeros(200, dtype=torch.int64)
    settings = SamplerSettings(
        schedule.respaced(steps, grid), prediction, sampler_of({"sampler": sampler, **QUIET})
    )
    individuals, start = (
        make(torch.Generator().manual_seed(0)).double()[:, MASK]
        for make in (
            lambda g: sample(
                PerfectPredictor(beta, prediction),
                settings,
                MASK,
                labels,
                partial(masked_noise, mask=MASK, generator=g),
            ),
            lambda g: torch.randn(200, *MASK.shape, generator=g),
        )
    )
    abar, m, s = np.prod(1 - beta), MEAN[MASK].double(), DEVIATION[MASK].double()
    quantile = (start - abar**0.5 * m) / (abar * s**2 + 1 - abar) ** 0.5
    return ((individuals - m) / s - quantile).abs().max().item()


@pytest.mark.parametrize("name", SCHEDULES)
class TestDeterministic:
    # Twice the steps, a half of the error of a first-order method, a quarter of a second-order one's.
    # Heun's is higher only where sigma falls smoothly to 0.
    @pytest.mark.parametrize(
        ("sampler", "grid", "order"),
        [
            ("ddim", "time", 1), ("dpm_solver", "time", 2), ("heun", "time", 1),
            ("ddim", "karras", 1), ("dpm_solver", "karras", 2), ("heun", "karras", 2),
        ],
    )  # fmt: skip
    def test_chain__error_falls_with_the_order_of_the_sampler(self, name, sampler, grid, order):
        schedule = SCHEDULES[name]()
        few, many = (_flow_error(schedule, sampler, steps, grid=grid) for steps in (50, 100))
        assert few / many > 2**order * 0.75

    @pytest.mark.parametrize(
        ("sampler", "bound"), [("ddim", 0.03), ("dpm_solver", 0.002), ("heun", 0.003)]
    )
    def test_chain__of_all_steps_goes_where_the_flow_goes(self, name, sampler, bound):
        schedule = SCHEDULES[name]()
        assert _flow_error(schedule, sampler, schedule.steps) < bound

    @pytest.mark.parametrize("grid", ["time", "karras"])
    @pytest.mark.parametrize("sampler", ["dpm_solver", "heun"])
    def test_chain__second_order_needs_few_steps(self, name, sampler, grid):
        schedule = SCHEDULES[name]()
        assert _flow_error(schedule, sampler, 50, grid=grid) < 0.1
        for steps in (10, 25, 50):
            first, second = (_flow_error(schedule, s, steps, grid=grid) for s in ("ddim", sampler))
            assert second < first

    @pytest.mark.parametrize("prediction", PREDICTIONS)
    def test_chain__does_not_depend_on_what_is_predicted(self, name, prediction):
        schedule = SCHEDULES[name]()
        found, expected = (_flow_error(schedule, "dpm_solver", 25, p) for p in (prediction, "x0"))
        assert found == pytest.approx(expected, abs=1e-3)


def _moments(schedule, steps, grid, **recipe):
    """Mean and standard deviation of sampled features, without error of sampling: individuals are linear
    in the noise, of which each row but the last is given one draw."""
    drawn, labels = [], torch.zeros(steps + 2, dtype=torch.int64)

    def noise(like):
        one = torch.zeros_like(like)
        one[len(drawn)] = 1
        drawn.append(one)
        return one * MASK

    settings = SamplerSettings(schedule.respaced(steps, grid), "v", sampler_of(QUIET | recipe))
    predictor = PerfectPredictor(schedule.beta.numpy(), "v")
    x = sample(predictor, settings, MASK, labels, noise).double()[:, MASK]
    return x[-1], (x[:-1] - x[-1]).square().sum(0).sqrt()


@pytest.mark.parametrize("name", SCHEDULES)
class TestChurn:
    @pytest.mark.parametrize("grid", ["time", "karras"])
    @pytest.mark.parametrize("churn", [0, 10, 40])
    @pytest.mark.parametrize(("sampler", "bound"), [("dpm_solver", 0.04), ("heun", 0.02)])
    def test_chain__has_the_moments_of_the_data(self, name, sampler, bound, churn, grid):
        mean, deviation = _moments(SCHEDULES[name](), 100, grid, sampler=sampler, churn=churn)
        # The flow starts from N(0, 1), whose mean is not quite that of x_T: churn forgets this.
        assert (mean - MEAN[MASK]).abs().max() < (0.02 if churn == 0 else 0.002)
        assert (deviation / DEVIATION[MASK] - 1).abs().max() < bound

    @pytest.mark.parametrize(("sampler", "churn"), [("dpm_solver", 10), ("heun", 1)])
    def test_chain__is_of_second_order_with_churn_too(self, name, sampler, churn):
        few, many = (
            (_moments(SCHEDULES[name](), steps, "karras", sampler=sampler, churn=churn)[1]
             / DEVIATION[MASK] - 1).abs().max()
            for steps in (50, 100)
        )  # fmt: skip
        assert few / many > 3
