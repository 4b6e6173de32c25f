"""The forward process against diffusers; error measures against NumPy."""

import numpy as np
import pytest
import torch
from diffusers.schedulers.scheduling_ddpm import DDPMScheduler

from genodiff.diffusion.process import (
    add_noise,
    masked_difference,
    masked_noise,
    mean_absolute,
    mean_square,
)


def masked_square_error(prediction, target, mask, weights=None):
    return mean_square(masked_difference(prediction, target, mask), mask, weights)


def mean_absolute_error(prediction, target, mask):
    return mean_absolute(masked_difference(prediction, target, mask), mask).mean()


LOSSES = {
    masked_square_error: np.square,
    mean_absolute_error: np.abs,
}


@pytest.fixture
def batch(schedule):
    """x, noise (20, 4, 3) in float64 and every step once."""
    rng = np.random.default_rng(11)
    x, noise = torch.from_numpy(rng.normal(size=(2, schedule.steps, 4, 3)))
    return x, noise, torch.arange(schedule.steps)


def test_add_noise__agrees_with_diffusers(schedule, batch, exact_scheduler):
    x, noise, t = batch
    theirs = exact_scheduler(DDPMScheduler, schedule).add_noise(x, noise, t)
    torch.testing.assert_close(add_noise(schedule, x, noise, t), theirs, rtol=1e-12, atol=1e-12)


def test_add_noise__signal_goes_with_alpha_bar(schedule):
    # Eq. 2 of the paper has the coefficients swapped: at the first step the signal must dominate.
    one, t = torch.ones(1, 1, 1), torch.tensor([0])
    assert add_noise(schedule, one, 0 * one, t) > add_noise(schedule, 0 * one, one, t)
    squares = add_noise(schedule, one, 0 * one, t) ** 2 + add_noise(schedule, 0 * one, one, t) ** 2
    assert squares.item() == pytest.approx(1, rel=1e-6)


def test_process__keeps_float32(schedule, mask, generator):
    x = masked_noise(torch.zeros(2, 4, 3), mask, generator)
    x_t = add_noise(schedule, x, x, torch.tensor([0, 3]))
    assert x_t.dtype == torch.float32


def test_masked_noise__is_standard_normal_on_unmasked_features(mask, generator):
    noise = masked_noise(torch.zeros(4000, 4, 3), mask, generator)
    assert (noise[:, ~mask] == 0).all()
    live, error = noise[:, mask].double(), 4.5 / np.sqrt(4000)
    assert live.mean(0).abs().max() < error
    assert (live.var(0) - 1).abs().max() < error * np.sqrt(2)


def test_masked_noise__same_generator_state_same_noise(mask):
    one, two = (masked_noise(torch.zeros(2, 4, 3), mask, torch.Generator().manual_seed(9)) for _ in "ab")
    assert torch.equal(one, two)


@pytest.mark.parametrize("loss", LOSSES)
def test_loss__is_the_mean_over_unmasked_features(loss, mask):
    rng = np.random.default_rng(4)
    prediction, target = rng.normal(size=(2, 5, 4, 3))
    expected = LOSSES[loss](prediction - target)[:, mask.numpy()].mean()
    ours = loss(torch.from_numpy(prediction), torch.from_numpy(target), mask)
    assert ours.item() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("loss", "expected"), [(masked_square_error, 9.0), (mean_absolute_error, 3.0)])
def test_loss__does_not_shrink_with_padding(loss, expected, mask):
    # A constant error of 3 is 3 (or 9) however many features are padded; over all features it would be
    # half.
    target = torch.zeros(2, 4, 3)
    assert loss(target + 3, target, mask).item() == pytest.approx(expected)


@pytest.mark.parametrize("loss", LOSSES)
def test_loss__padded_features_contribute_nothing(loss, mask):
    prediction = torch.zeros(2, 4, 3, requires_grad=True)
    wild = torch.where(mask, 1.0, 1e6).expand(2, 4, 3)
    value = loss(prediction, wild, mask)
    assert value.item() == 1
    value.backward()
    assert (prediction.grad[:, ~mask] == 0).all()
    assert (prediction.grad[:, mask] != 0).all()


def test_masked_square_error__weighs_individuals(mask):
    rng = np.random.default_rng(6)
    prediction, target = rng.normal(size=(2, 5, 4, 3))
    weights = np.array([0.0, 0.5, 1.0, 2.0, 7.0])
    each = np.square(prediction - target)[:, mask.numpy()].mean(1)
    arguments = map(torch.from_numpy, (prediction, target))
    ours = masked_square_error(*arguments, mask, torch.from_numpy(weights))
    assert ours.item() == pytest.approx((weights * each).mean(), rel=1e-12)


def test_masked_square_error__weights_of_one_change_nothing(mask, generator):
    prediction, target = torch.randn(2, 5, 4, 3, generator=generator)
    weighted = masked_square_error(prediction, target, mask, torch.ones(5))
    assert torch.equal(weighted, masked_square_error(prediction, target, mask))
