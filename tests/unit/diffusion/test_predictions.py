"""What a network predicts: targets and recovery against diffusers, loss weights by what they weigh."""

import numpy as np
import pytest
import torch
from diffusers.schedulers.scheduling_ddpm import DDPMScheduler

from genodiff.diffusion.predictions import PREDICTIONS, build_prediction
from genodiff.diffusion.process import add_noise

ALL_LIVE = torch.ones(4, 3, dtype=torch.bool)


@pytest.fixture
def batch(schedule):
    """x, noise, output (20, 4, 3) in float64 and every step once."""
    rng = np.random.default_rng(12)
    return *torch.from_numpy(rng.normal(size=(3, schedule.steps, 4, 3))), torch.arange(schedule.steps)


def test_target__of_noise_and_x0_are_those(schedule, batch):
    x, noise, _, t = batch
    assert build_prediction("noise", schedule).target(x, noise, t) is noise
    assert build_prediction("x0", schedule).target(x, noise, t) is x


def test_target__of_v_agrees_with_diffusers(schedule, batch, exact_scheduler):
    x, noise, _, t = batch
    theirs = exact_scheduler(DDPMScheduler, schedule).get_velocity(x, noise, t)
    ours = build_prediction("v", schedule).target(x, noise, t)
    torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-12)


def test_v__is_the_preconditioning_of_karras_et_al(schedule, batch):
    """Their Eq. 7 and 8 and Table 1 with sigma_data 1: D = c_skip y + c_out F(c_in y), y = x + sigma
    noise; their loss weighs F with 1."""
    x, noise, learnt, t = batch
    prediction = build_prediction("v", schedule)
    sigma = ((1 - schedule.alpha_bar) / schedule.alpha_bar).sqrt()[:, None, None]
    y, x_t = x + sigma * noise, add_noise(schedule, x, noise, t)
    c_skip, c_out, c_in = 1 / (sigma**2 + 1), sigma / (sigma**2 + 1).sqrt(), 1 / (sigma**2 + 1).sqrt()
    torch.testing.assert_close(c_in * y, x_t)
    restored = c_skip * y + c_out * learnt
    mask = torch.ones(x.shape[1:], dtype=torch.bool)
    torch.testing.assert_close(prediction.recover(x_t, -learnt, t, mask), restored)
    weight = (sigma**2 + 1) / sigma**2
    theirs, ours = weight * (restored - x) ** 2, (-learnt - prediction.target(x, noise, t)) ** 2
    torch.testing.assert_close(ours, theirs)


def test_from_output__is_the_output_for_the_noise(schedule, batch):
    x_t, _, output, t = batch
    assert build_prediction("noise", schedule).from_output(x_t, output, t) is output


@pytest.mark.parametrize("name", ["x0", "v"])
def test_from_output__of_an_untrained_network_is_the_best_linear_guess(schedule, name):
    """Least squares on individuals of variance one, at every step."""
    rng, prediction = np.random.default_rng(0), build_prediction(name, schedule)
    x, noise = torch.from_numpy(rng.normal(size=(2, schedule.steps, 20_000, 1)))
    t = torch.arange(schedule.steps)
    x_t = add_noise(schedule, x, noise, t)
    guess = prediction.from_output(x_t, x_t, t)  # networks start as the identity
    right = prediction.target(x, noise, t)
    slopes = (right * x_t).sum((1, 2)) / x_t.square().sum((1, 2))
    torch.testing.assert_close(guess, slopes[:, None, None] * x_t, rtol=0, atol=0.12)


@pytest.fixture
def prediction(request, schedule):
    return build_prediction(request.param, schedule)


@pytest.mark.parametrize("prediction", PREDICTIONS, indirect=True)
class TestEveryPrediction:
    def test_recover__agrees_with_diffusers(self, schedule, batch, exact_scheduler, prediction, request):
        x_t, _, output, t = batch
        name = request.node.callspec.params["prediction"]
        ddpm = exact_scheduler(DDPMScheduler, schedule, name, clip_sample=False)
        theirs = [
            ddpm.step(output[i : i + 1], i, x_t[i : i + 1], torch.Generator()).pred_original_sample
            for i in range(len(t))
        ]
        ours = prediction.recover(x_t, output, t, ALL_LIVE)
        torch.testing.assert_close(ours, torch.cat(theirs), rtol=1e-12, atol=1e-12)

    def test_recover__of_the_target_undoes_add_noise(self, schedule, batch, prediction):
        x, noise, _, t = batch
        perfect = prediction.target(x, noise, t)
        back = prediction.recover(add_noise(schedule, x, noise, t), perfect, t, ALL_LIVE)
        torch.testing.assert_close(back, x, rtol=0, atol=1e-11)

    def test_recover__is_exactly_zero_on_padded_features(self, schedule, batch, mask, prediction):
        x_t, _, output, t = batch
        recovered = prediction.recover(x_t, output, t, mask)
        assert (recovered[:, ~mask] == 0).all()
        assert (recovered[:, mask] != 0).all()

    def test_everything__is_float32_for_float32(self, schedule, batch, mask, prediction):
        x, noise, output = (part.float() for part in batch[:3])
        t = batch[3]
        assert prediction.target(x, noise, t).dtype == torch.float32
        assert prediction.from_output(x, output, t).dtype == torch.float32
        assert prediction.recover(x, output, t, mask).dtype == torch.float32
        assert prediction.loss_weights(5.0, t).dtype == torch.float32

    def test_loss_weights__are_none_without_min_snr(self, prediction):
        assert prediction.loss_weights(None, torch.arange(3)) is None

    @pytest.mark.parametrize("min_snr", [0.3, 5.0])
    def test_loss_weights__the_error_of_x0_counts_as_hang_et_al_say(
        self, schedule, batch, prediction, min_snr
    ):
        # A network that is wrong, and what it is wrong by in x_0: the ratio of the squared errors, times
        # the weight, must be min(snr, gamma).
        x, noise, wrong, t = batch
        right = prediction.target(x, noise, t)
        x_t = add_noise(schedule, x, noise, t)
        recovered = prediction.recover(x_t, right + wrong, t, ALL_LIVE)
        ratio = (wrong.square().sum((1, 2)) / (recovered - x).square().sum((1, 2))).numpy()
        abar = np.cumprod(1 - schedule.beta.numpy())
        expected = np.minimum(abar / (1 - abar), min_snr)
        assert (expected < min_snr).any()
        assert (expected == min_snr).any()
        weights = prediction.loss_weights(min_snr, t)
        np.testing.assert_allclose(weights.numpy() * ratio, expected, rtol=1e-5)

    def test_recovery_scale__is_how_much_an_error_grows_in_recovery(self, schedule, batch, prediction):
        x, noise, wrong, t = batch
        right = prediction.target(x, noise, t)
        x_t = add_noise(schedule, x, noise, t)
        recovered = prediction.recover(x_t, right + wrong, t, ALL_LIVE)
        expected = (recovered - x).abs().mean((1, 2)) / wrong.abs().mean((1, 2))
        scale = prediction.recovery_scale(t)
        assert scale.dtype == torch.float32
        np.testing.assert_allclose(scale.numpy(), expected.numpy(), rtol=1e-5)


def test_loss_weights__of_the_respaced_steps_are_those_of_the_original_ones(schedule):
    fewer = schedule.respaced(6)
    ours = build_prediction("v", fewer).loss_weights(5.0, torch.arange(6))
    whole = build_prediction("v", schedule).loss_weights(5.0, fewer.original)
    assert torch.equal(ours, whole)


def test_build_prediction__raises_on_an_unknown_one(schedule):
    with pytest.raises(ValueError, match="unknown prediction 'epsilon'; known: noise, x0, v"):
        build_prediction("epsilon", schedule)
