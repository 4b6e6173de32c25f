"""Schedules against their closed forms, written out in NumPy."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from genodiff.diffusion.schedule import NoiseSchedule, build_schedule, cosine, linear


def test_linear__is_ho_et_al():
    schedule = linear(1000, 1e-4, 0.02)
    beta = 1e-4 + (0.02 - 1e-4) * np.arange(1000) / 999
    np.testing.assert_allclose(schedule.beta, beta, rtol=1e-12)
    np.testing.assert_allclose(schedule.alpha_bar, np.exp(np.log1p(-beta).cumsum()), rtol=1e-12)
    # What is left of the signal's variance at T = 1000: the number that makes N(0, 1) a fair start.
    assert schedule.alpha_bar[-1].item() == pytest.approx(4.036e-5, rel=1e-3)


def test_cosine__is_nichol_and_dhariwal():
    steps, offset = 500, 0.008
    schedule = cosine(steps, offset)

    def f(t):
        return np.cos((t / steps + offset) / (1 + offset) * np.pi / 2) ** 2

    t = np.arange(1, steps + 1)
    closed = f(t) / f(0)
    # The cap on beta touches the last step alone.
    np.testing.assert_allclose(schedule.alpha_bar[:-1], closed[:-1], rtol=1e-9)
    assert schedule.beta[-1] == 0.999
    assert (schedule.beta[:-1] < 0.999).all()
    np.testing.assert_allclose(schedule.alpha_bar[-1], closed[-2] * 0.001, rtol=1e-9)


def test_schedule__noise_grows_at_every_step(schedule):
    assert (schedule.beta.diff() > 0).all()
    assert (schedule.alpha_bar.diff() < 0).all()
    assert 0 < schedule.alpha_bar[-1] < schedule.alpha_bar[0] < 1


def test_schedule__constants_follow_from_beta():
    schedule = NoiseSchedule(torch.tensor([0.1, 0.2, 0.5], dtype=torch.float64))
    expected = {
        "alpha": [0.9, 0.8, 0.5],
        "alpha_bar": [0.9, 0.72, 0.36],
        "previous_alpha_bar": [1, 0.9, 0.72],
        # (1 - 1) / .1 * .1, (1 - .9) / (1 - .72) * .2, (1 - .72) / (1 - .36) * .5
        "posterior_variance": [0, 0.0714285714286, 0.21875],
    }
    for name, values in expected.items():
        np.testing.assert_allclose(getattr(schedule, name), values, rtol=1e-11, err_msg=name)


@pytest.mark.parametrize("steps", [20, 3])
def test_schedule__buffers_are_float64_and_complete(schedule, steps):
    buffers = dict(schedule.respaced(steps).named_buffers())
    assert buffers.pop("original").dtype == torch.int64
    assert set(buffers) == {"beta", "alpha", "alpha_bar", "previous_alpha_bar", "posterior_variance"}
    assert {buffer.dtype for buffer in buffers.values()} == {torch.float64}
    assert {len(buffer) for buffer in buffers.values()} == {steps}


def test_schedule__keeps_float64_of_a_float32_beta():
    assert NoiseSchedule(torch.tensor([0.5])).alpha_bar.dtype == torch.float64


def test_level__is_the_share_of_steps_done():
    levels = linear(8, 0.1, 0.2).level(torch.tensor([0, 3, 7]))
    assert levels.dtype == torch.float32
    assert levels.tolist() == [0.125, 0.5, 1.0]


@pytest.mark.parametrize("beta", [[0.1, 0.0], [0.1, 1.0], [-0.1], [float("nan")], [], [[0.1]]])
def test_schedule__raises_on_beta_outside_0_and_1(beta):
    with pytest.raises(ValueError, match="strictly between 0 and 1"):
        NoiseSchedule(torch.tensor(beta))


def test_build_schedule__by_name():
    made = build_schedule("cosine", steps=7, offset=0.01)
    assert torch.equal(made.beta, cosine(7, 0.01).beta)
    made = build_schedule("linear", steps=7, beta_start=0.1, beta_end=0.2)
    assert torch.equal(made.beta, linear(7, 0.1, 0.2).beta)


def test_nearest__step_of_each_ratio_of_noise_to_signal(schedule):
    ratio = ((1 - schedule.alpha_bar) / schedule.alpha_bar).sqrt()
    wanted = torch.cat([ratio.log(), torch.tensor([-99.0, 99.0]), torch.linspace(-3, 3, 50)])
    found = schedule.nearest(wanted)
    distance = (ratio.log()[:, None] - wanted).abs()
    torch.testing.assert_close(distance[found, torch.arange(len(wanted))], distance.min(0).values)
    assert found[: schedule.steps].tolist() == list(range(schedule.steps))


def test_respaced__steps_of_a_hand_made_case():
    # 10, 7.5 (8, the even one), 5 and 2.5 (2), less one.
    full = linear(10, 0.01, 0.4)
    fewer = full.respaced(4)
    assert (fewer.steps, fewer.original_steps) == (4, 10)
    assert fewer.original.tolist() == [1, 4, 7, 9]
    assert torch.equal(fewer.alpha_bar, full.alpha_bar[[1, 4, 7, 9]])
    # Backbones are given the levels that they were trained on.
    np.testing.assert_allclose(fewer.level(torch.tensor([0, 3, 2])), [0.2, 1.0, 0.8], rtol=1e-7)


def test_respaced__everything_else_follows_from_alpha_bar(schedule):
    fewer = schedule.respaced(6)
    abar = fewer.alpha_bar.numpy()
    previous = np.concatenate([[1.0], abar[:-1]])
    np.testing.assert_allclose(fewer.previous_alpha_bar, previous, rtol=0)
    np.testing.assert_allclose(fewer.alpha, abar / previous, rtol=1e-14)
    np.testing.assert_allclose(fewer.beta, 1 - abar / previous, rtol=1e-12)
    expected = (1 - previous) / (1 - abar) * (1 - abar / previous)
    np.testing.assert_allclose(fewer.posterior_variance, expected, rtol=1e-12, atol=1e-15)


def test_respaced__all_steps_are_the_schedule_itself(schedule):
    assert schedule.respaced(20) is schedule


def test_respaced__leaves_the_schedule_as_it_was(schedule):
    before = {name: value.clone() for name, value in schedule.named_buffers()}
    schedule.respaced(3)
    assert all(torch.equal(value, before[name]) for name, value in schedule.named_buffers())
    assert schedule.original.tolist() == list(range(20))


def test_respaced__twice_remembers_the_first_schedule(schedule):
    twice = schedule.respaced(10).respaced(5)
    assert twice.original.tolist() == [3, 7, 11, 15, 19]
    assert torch.equal(twice.alpha_bar, schedule.alpha_bar[[3, 7, 11, 15, 19]])
    assert twice.level(torch.tensor([0])).item() == pytest.approx(0.2)


def test_respaced__karras_is_their_equation_5():
    full = cosine(100_000, 0.008)
    sigma = full.respaced(12, "karras").log_sigma.exp().numpy()[::-1]
    least, i = full.log_sigma[0].exp().item(), np.arange(12)
    expected = (80 ** (1 / 7) + i / 11 * (least ** (1 / 7) - 80 ** (1 / 7))) ** 7
    np.testing.assert_allclose(sigma[1:], expected[1:], rtol=5e-3)
    # It goes to the last step from where the schedule is noisier than 80, and from where it is not.
    assert full.respaced(12, "karras").original[-1] == 99_999
    short = linear(1000, 1e-4, 0.01)
    sigma = short.respaced(12, "karras").log_sigma.exp().numpy()[::-1]
    most = short.log_sigma[-1].exp().item()
    assert sigma[0] == most < 80
    second = (most ** (1 / 7) + 1 / 11 * (sigma[-1] ** (1 / 7) - most ** (1 / 7))) ** 7
    assert sigma[1] == pytest.approx(second, rel=5e-3)


@given(st.data())
def test_respaced__karras_steps_are_distinct_and_include_both_ends(data):
    full = data.draw(st.integers(1, 300), "T")
    steps = data.draw(st.integers(1, full), "steps")
    whole = data.draw(st.sampled_from([linear(full, 1e-4, 0.02), cosine(full, 0.008)]), "schedule")
    chosen = whole.respaced(steps, "karras").original
    assert len(chosen) == steps
    assert (chosen.diff() >= 1).all()
    assert chosen[-1] == full - 1
    assert steps == 1 or chosen[0] == 0


@given(st.data())
def test_respaced__steps_are_distinct_evenly_spaced_and_include_the_last(data):
    full = data.draw(st.integers(1, 1200), "T")
    steps = data.draw(st.integers(1, full), "steps")
    fewer = linear(full, 1e-4, 0.02).respaced(steps)
    chosen = fewer.original.tolist()
    assert len(chosen) == fewer.steps == steps
    assert (chosen[0] >= 0, chosen[-1]) == (True, full - 1)
    gaps = np.diff(chosen)
    assert (gaps >= 1).all()
    assert (np.abs(gaps - full / steps) <= 1).all()
    assert (fewer.alpha_bar.diff() < 0).all()


def test_respaced__beta_may_round_to_one():
    fewer = linear(9, 0.999999, 0.999999).respaced(3)
    assert fewer.beta.max() == 1
    assert (fewer.alpha > 0).all()
    for name, value in fewer.named_buffers():
        assert torch.isfinite(value).all(), name


@pytest.mark.parametrize("steps", [0, -1, 21])
def test_respaced__raises_on_a_number_of_steps_that_the_schedule_has_not(schedule, steps):
    with pytest.raises(ValueError, match=f"{steps} steps of a schedule that has 20"):
        schedule.respaced(steps)
