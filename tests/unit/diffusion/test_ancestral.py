"""One ancestral step: against diffusers and against the printed form of Ho et al."""

import numpy as np
import pytest
import torch
from diffusers.schedulers.scheduling_ddpm import DDPMScheduler

from genodiff.diffusion.samplers import SAMPLERS
from genodiff.diffusion.samplers.ancestral import step
from genodiff.diffusion.schedule import cosine, linear

ALL_LIVE = torch.ones(4, 3, dtype=torch.bool)


def _generator(seed=21):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def x_t_and_noise():
    return torch.from_numpy(np.random.default_rng(8).normal(size=(2, 6, 4, 3)))


@pytest.fixture(params=["paper", "cosine"])
def long_schedule(request):
    return linear(1000, 1e-4, 0.02) if request.param == "paper" else cosine(500, 0.008)


def _ddpm(schedule):
    """diffusers' scheduler on the same betas; its float32 constants replaced by float64 ones."""
    beta = schedule.beta.numpy()
    ddpm = DDPMScheduler(
        len(beta), trained_betas=beta, variance_type="fixed_small", clip_sample=False,
        prediction_type="epsilon",
    )  # fmt: skip
    ddpm.betas, ddpm.alphas = torch.from_numpy(beta), torch.from_numpy(1 - beta)
    ddpm.alphas_cumprod = torch.from_numpy(np.cumprod(1 - beta))
    return ddpm


def test_step__agrees_with_diffusers_at_every_step(long_schedule, x_t_and_noise):
    x_t, noise = x_t_and_noise
    ddpm = _ddpm(long_schedule)
    for t in range(long_schedule.steps):
        theirs = ddpm.step(noise, t, x_t, generator=_generator(t)).prev_sample
        ours = step(long_schedule, x_t, noise, t, ALL_LIVE, _generator(t))
        # Relative: x_0 recovered from almost pure noise is in the tens of thousands.
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-9, msg=lambda m, t=t: f"t={t}: {m}")


def test_step__is_the_printed_form_on_live_slots(schedule, x_t_and_noise, mask):
    x_t, noise = x_t_and_noise
    beta = schedule.beta.numpy()
    abar = np.cumprod(1 - beta)
    for t in range(schedule.steps):
        z = torch.randn(x_t.shape, generator=_generator(), dtype=x_t.dtype).numpy()
        previous = abar[t - 1] if t else 1.0
        mean = (x_t.numpy() - beta[t] / np.sqrt(1 - abar[t]) * noise.numpy()) / np.sqrt(1 - beta[t])
        printed = mean + np.sqrt((1 - previous) / (1 - abar[t]) * beta[t]) * z
        ours = step(schedule, x_t, noise, t, mask, _generator()).numpy()
        live = mask.numpy()
        np.testing.assert_allclose(ours[:, live], printed[:, live], rtol=1e-9, atol=1e-9)


def test_step__last_step_is_the_recovered_x_0_without_noise(schedule, x_t_and_noise):
    x_t, noise = x_t_and_noise
    generator = _generator()
    before = generator.get_state()
    last = step(schedule, x_t, noise, 0, ALL_LIVE, generator)
    beta = schedule.beta[0].item()
    torch.testing.assert_close(last, (x_t - beta**0.5 * noise) / (1 - beta) ** 0.5)
    assert torch.equal(generator.get_state(), before)


def test_step__padded_slots_stay_zero_whatever_is_predicted_there(schedule, x_t_and_noise, mask):
    x_t, noise = x_t_and_noise
    for t in (0, 1, schedule.steps - 1):
        after = step(schedule, x_t * mask, noise, t, mask, _generator())
        assert (after[:, ~mask] == 0).all()
        assert (after[:, mask] != 0).all()


def test_step__keeps_float32(schedule, x_t_and_noise, mask):
    x_t, noise = x_t_and_noise.float()
    assert step(schedule, x_t, noise, 3, mask, _generator()).dtype == torch.float32


def test_samplers__entry_is_this_step():
    assert SAMPLERS["ancestral"].load() is step
