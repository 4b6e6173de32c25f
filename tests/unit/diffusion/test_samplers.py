"""Every sampler, step by step, against the diffusers scheduler of the same name."""

from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pytest
import torch
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from diffusers.schedulers.scheduling_ddpm import DDPMScheduler
from diffusers.schedulers.scheduling_dpmsolver_multistep import DPMSolverMultistepScheduler
from diffusers.schedulers.scheduling_heun_discrete import HeunDiscreteScheduler

from genodiff.diffusion.predictions import build_prediction
from genodiff.diffusion.process import masked_noise
from genodiff.diffusion.samplers import APPLICATIONS, SAMPLERS, sampler_of
from genodiff.diffusion.samplers.ancestral import Ancestral
from genodiff.diffusion.samplers.ddim import Ddim
from genodiff.diffusion.schedule import NoiseSchedule, cosine, linear

# diffusers' DPM-Solver and Heun make NumPy arrays of tensors in the old way.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:diffusers")
LONG = {"linear": linear(1000, 1e-4, 0.02), "cosine": cosine(500, 0.008)}


@dataclass
class Case:
    """A sampler of ours and diffusers' scheduler with the settings that make it the same, where one
    applies the network once a step."""

    recipe: dict
    oracle: type | None = None
    settings: dict = field(default_factory=dict)
    step: dict = field(default_factory=dict)  # of the oracle's step
    random: bool = False

    def __call__(self, schedule):
        return sampler_of(self.recipe)(schedule)


_DDIM = {"clip_sample": False, "set_alpha_to_one": True}
_SOLVER = {
    "algorithm_type": "dpmsolver++", "solver_order": 2, "solver_type": "midpoint",
    "final_sigmas_type": "zero",
}  # fmt: skip
CASES = {
    "ancestral": Case(
        {"sampler": "ancestral"}, DDPMScheduler, {"variance_type": "fixed_small", "clip_sample": False},
        random=True,
    ),
    "ddim": Case({"sampler": "ddim", "eta": 0.0}, DDIMScheduler, _DDIM),
    "ddim eta": Case({"sampler": "ddim", "eta": 0.5}, DDIMScheduler, _DDIM, {"eta": 0.5}, random=True),
    "dpm_solver": Case({"sampler": "dpm_solver", "churn": 0}, DPMSolverMultistepScheduler, _SOLVER),
    "dpm_solver churn": Case({"sampler": "dpm_solver", "churn": 0.4}, random=True),
    "heun": Case({"sampler": "heun", "churn": 0}),
    "heun churn": Case({"sampler": "heun", "churn": 0.4}, random=True),
}  # fmt: skip
COMPARED = {name: case for name, case in CASES.items() if case.oracle}
# Numbers of steps (None: all of them) and predictions. 33 does not divide the schedules' steps, and
# there diffusers' DDIM goes by T // 33 from each step, past those that it has chosen.
RUNS = [(None, "noise"), (20, "noise"), (20, "x0"), (20, "v"), (33, "v"), (2, "noise"), (1, "noise")]


def _generator(seed=21):
    return torch.Generator().manual_seed(seed)


def _noise(mask, seed=21):
    """What draws masked noise, from a seed or a generator."""
    generator = seed if isinstance(seed, torch.Generator) else _generator(seed)
    return partial(masked_noise, mask=mask, generator=generator)


def _cosine_of(mask):
    """What stands for another application of the network."""
    return lambda x, t: torch.cos(x) * mask


def _oracle(exact_scheduler, case, schedule, prediction, steps):
    made = exact_scheduler(
        case.oracle, schedule, prediction, timestep_spacing="trailing", **case.settings
    )
    made.set_timesteps(steps)
    if case.oracle is DPMSolverMultistepScheduler:
        abar = made.alphas_cumprod[made.timesteps]
        sigmas = torch.cat([((1 - abar) / abar).sqrt(), torch.zeros(1, dtype=abar.dtype)])
        # Of one dimension each, so that their products with float32 are float64.
        made.sigmas = sigmas[:, None]
    return made


def test_cases__are_all_samplers():
    assert {case.recipe["sampler"] for case in CASES.values()} == set(SAMPLERS)


class TestEverySamplerOfDiffusers:
    @pytest.mark.parametrize("case", COMPARED.values(), ids=COMPARED)
    @pytest.mark.parametrize("full", LONG.values(), ids=LONG)
    @pytest.mark.parametrize(("steps", "prediction"), RUNS)
    def test_step__agrees_with_diffusers_at_every_step(
        self, case, full, steps, prediction, mask, exact_scheduler
    ):
        if steps == 33 and case.oracle is DDIMScheduler:
            steps = 25
        fewer = full if steps is None else full.respaced(steps)
        self.compare(case, full, fewer, prediction, mask, exact_scheduler)

    @pytest.mark.parametrize("case", COMPARED.values(), ids=COMPARED)
    @pytest.mark.parametrize("full", LONG.values(), ids=LONG)
    def test_step__agrees_with_diffusers_on_the_grid_of_karras(self, case, full, mask, exact_scheduler):
        """diffusers' schedulers are given a schedule that consists of these steps."""
        fewer = NoiseSchedule(full.respaced(20, "karras").beta)
        self.compare(case, fewer, fewer, "v", mask, exact_scheduler)

    def test_step__dpm_solver_with_churn_is_diffusers_sde_solver(self, mask, exact_scheduler):
        """Where each step divides sigma by 1 + gamma."""
        ratio, steps = 1.25, 30
        abar = 1 / (1 + (0.02 * ratio ** torch.arange(steps, dtype=torch.float64)) ** 2)
        schedule = NoiseSchedule(1 - abar / torch.cat([torch.ones(1), abar[:-1]]))
        case = Case(
            {"sampler": "dpm_solver", "churn": steps * (ratio - 1)}, DPMSolverMultistepScheduler,
            _SOLVER | {"algorithm_type": "sde-dpmsolver++"}, random=True,
        )  # fmt: skip
        self.compare(case, schedule, schedule, "x0", mask, exact_scheduler)

    def compare(self, case, full, fewer, prediction, mask, exact_scheduler):
        oracle = _oracle(exact_scheduler, case, full, prediction, fewer.steps)
        assert fewer.original.flip(0).tolist() == oracle.timesteps.tolist()
        # diffusers' DPM-Solver rounds x_t to float32: what is float32 already stays what it is.
        sampler, x_t = case(fewer), (torch.randn(6, 4, 3, generator=_generator()) * mask).double()
        rng = np.random.default_rng(8)
        for t, original in zip(reversed(range(fewer.steps)), oracle.timesteps, strict=True):
            output = torch.from_numpy(rng.normal(size=x_t.shape))
            generator = {"generator": _generator(t)} if case.random else {}
            theirs = oracle.step(output, original, x_t, **case.step, **generator).prev_sample
            x_0 = build_prediction(prediction, fewer).recover(x_t, output, torch.full((6,), t), mask)
            noise = _noise(mask, t)
            if case.oracle is DPMSolverMultistepScheduler:  # which draws float32
                noise = lambda like, draw=noise: draw(like.float()).double()  # noqa: E731
            ours = sampler.step(x_t, x_0, t, noise, None)
            assert (ours[:, ~mask] == 0).all()
            # Relative: x_0 recovered from almost pure noise is in the tens of thousands.
            torch.testing.assert_close(
                ours[:, mask], theirs[:, mask], rtol=1e-9, atol=1e-9, msg=lambda m, t=t: f"t={t}: {m}"
            )
            x_t = (theirs * mask).float().double()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
class TestEverySampler:
    def test_step__last_step_returns_x_0_and_draws_nothing(self, case, schedule, mask):
        for fewer in (schedule, schedule.respaced(7), schedule.respaced(1)):
            x_t, x_0 = torch.randn(2, 2, 4, 3, generator=_generator()) * mask
            generator = _generator()
            before = generator.get_state()
            last = case(fewer).step(x_t, x_0, 0, _noise(mask, generator), None)
            torch.testing.assert_close(last, x_0, rtol=0 if not case.random else 1e-6, atol=0)
            assert torch.equal(generator.get_state(), before)

    def test_step__draws_random_numbers_if_it_is_random(self, case, schedule, mask):
        x_t, x_0 = torch.randn(2, 2, 4, 3, generator=_generator()) * mask
        one, same, other = (
            case(schedule).step(x_t, x_0, schedule.steps - 1, _noise(mask, seed), None)
            for seed in (1, 1, 2)
        )
        assert torch.equal(one, same)
        assert torch.equal(one, other) != case.random

    def test_step__padded_features_are_exactly_zero_all_the_way(self, case, schedule, mask):
        for fewer in (schedule, schedule.respaced(3), schedule.respaced(5, "karras")):
            sampler, generator = case(fewer), _generator()
            x = torch.randn(3, 4, 3, generator=generator) * mask
            for t in reversed(range(fewer.steps)):
                x_0 = torch.randn(3, 4, 3, generator=generator) * mask
                x = sampler.step(x, x_0, t, _noise(mask, generator), _cosine_of(mask))
                assert (x[:, ~mask] == 0).all()
                assert (x[:, mask] != 0).all()
                assert x.dtype == torch.float32

    def test_step__a_new_batch_knows_nothing_of_the_one_before(self, case, schedule, mask):
        def walk(sampler, scale):
            generator = _generator()
            x = torch.randn(2, 4, 3, generator=generator) * mask
            for t in reversed(range(schedule.steps)):
                x_0 = scale * torch.cos(x) * mask
                x = sampler.step(x, x_0, t, _noise(mask, generator), _cosine_of(mask))
            return x

        first = walk(case(schedule), 1)
        walk(case(schedule), 100)
        assert torch.equal(walk(case(schedule), 1), first)

    def test_step__stays_finite_where_beta_rounds_to_one(self, case, mask):
        steep = linear(9, 0.999999, 0.999999).respaced(3)
        assert steep.beta.max() == 1
        sampler, x = case(steep), torch.randn(2, 4, 3, generator=_generator()) * mask
        for t in reversed(range(3)):
            x = sampler.step(x, torch.cos(x) * mask, t, _noise(mask, t), _cosine_of(mask))
            assert torch.isfinite(x).all()

    def test_step__applies_the_network_as_often_as_is_said(self, case, schedule, mask):
        x, shown = torch.randn(2, 4, 3, generator=_generator()) * mask, []

        def denoise(x, t):
            shown.append(t)
            return torch.cos(x) * mask

        sampler = case(schedule)
        for t in reversed(range(schedule.steps)):
            x = sampler.step(x, torch.cos(x) * mask, t, _noise(mask, t), denoise)
        twice = APPLICATIONS.get(case.recipe["sampler"], 1) == 2
        # At the end of each step but the first and the last.
        assert shown == (list(reversed(range(schedule.steps - 2))) if twice else [])


@pytest.mark.parametrize("grid", ["time", "karras"])
@pytest.mark.parametrize("full", LONG.values(), ids=LONG)
@pytest.mark.parametrize("prediction", ["noise", "v"])
def test_heun__agrees_with_diffusers_at_every_step(full, prediction, grid, mask, exact_scheduler):
    schedule = NoiseSchedule(full.respaced(20, grid).beta)
    oracle = exact_scheduler(HeunDiscreteScheduler, schedule, prediction, timestep_spacing="trailing")
    oracle.set_timesteps(20)
    oracle.set_begin_index(0)
    sigma = schedule.log_sigma.exp().flip(0)
    # Of one dimension each, so that they stay float64.
    oracle.sigmas = torch.cat([sigma[:1], sigma[1:].repeat_interleave(2), torch.zeros(1)])[:, None]
    scale, rng = schedule.alpha_bar.sqrt(), np.random.default_rng(8)
    recover = build_prediction(prediction, schedule).recover
    sampler = sampler_of({"sampler": "heun", "churn": 0})(schedule)
    x_t = torch.from_numpy(rng.normal(size=(6, 4, 3))) * mask
    for t in reversed(range(20)):
        outputs, shown = torch.from_numpy(rng.normal(size=(2, *x_t.shape))), []

        def denoise(x, t, output=outputs[1], shown=shown):
            shown.append(x)
            return recover(x, output, torch.full((6,), t), mask)

        x_0 = recover(x_t, outputs[0], torch.full((6,), t), mask)
        ours = sampler.step(x_t, x_0, t, None, denoise)
        middle = end = oracle.step(outputs[0], None, x_t / scale[t]).prev_sample
        if t > 0:
            end = oracle.step(outputs[1], None, middle).prev_sample
        signal = scale[t - 1] if t > 0 else 1
        if t in (0, 19):
            # Ours is of first order in its first step.
            end = middle
        else:
            found, expected = shown[0][:, mask], (middle * signal)[:, mask]
            torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)
        torch.testing.assert_close(ours[:, mask], (end * signal)[:, mask], rtol=1e-9, atol=1e-9)
        x_t = end * signal * mask


def test_ancestral__is_the_printed_form_on_unmasked_features(schedule, mask):
    x_t, noise = np.random.default_rng(8).normal(size=(2, 6, 4, 3))
    beta = schedule.beta.numpy()
    abar, live = np.cumprod(1 - beta), mask.numpy()
    sampler = Ancestral(schedule)
    for t in range(schedule.steps):
        z = torch.randn(x_t.shape, generator=_generator(), dtype=float).numpy()
        previous = abar[t - 1] if t else 1.0
        mean = (x_t - beta[t] / np.sqrt(1 - abar[t]) * noise) / np.sqrt(1 - beta[t])
        printed = mean + np.sqrt((1 - previous) / (1 - abar[t]) * beta[t]) * z
        x_0 = (x_t - np.sqrt(1 - abar[t]) * noise) / np.sqrt(abar[t])
        ours = sampler.step(*map(torch.from_numpy, (x_t, x_0)), t, _noise(mask), None).numpy()
        np.testing.assert_allclose(ours[:, live], printed[:, live], rtol=1e-9, atol=1e-9)


def test_ddim__with_eta_one_is_ancestral(schedule, mask):
    x_t, x_0 = torch.randn(2, 2, 4, 3, generator=_generator(), dtype=float) * mask
    for t in range(schedule.steps):
        ours, other = (
            sampler.step(x_t, x_0, t, _noise(mask, t), None)
            for sampler in (Ddim(schedule, 1.0), Ancestral(schedule))
        )
        torch.testing.assert_close(ours, other, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("eta", [-0.1, 1.1, float("nan")])
def test_ddim__raises_on_eta_outside_0_and_1(schedule, mask, eta):
    with pytest.raises(ValueError, match="between 0 and 1"):
        Ddim(schedule, eta)


@pytest.mark.parametrize("sampler", ["dpm_solver", "heun"])
@pytest.mark.parametrize("churn", [-0.1, float("nan")])
def test_churn__raises_on_what_is_no_amount(schedule, sampler, churn):
    with pytest.raises(ValueError, match="must not be negative"):
        sampler_of({"sampler": sampler, "churn": churn})(schedule)


@pytest.mark.parametrize("sampler", ["dpm_solver", "heun"])
def test_churn__goes_to_none_and_has_a_largest_amount(schedule, mask, sampler):
    x_t, x_0 = torch.randn(2, 2, 4, 3, generator=_generator(), dtype=float) * mask
    none, little, most, more = (
        sampler_of({"sampler": sampler, "churn": churn})(schedule).step(
            x_t, x_0, schedule.steps - 1, _noise(mask), None
        )
        for churn in (0, 1e-12, 0.415 * schedule.steps, 100)
    )
    torch.testing.assert_close(little, none, rtol=0, atol=1e-5)
    assert torch.equal(most, more)
    assert (most - none).abs().max() > 0.1
