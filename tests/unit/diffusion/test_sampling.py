"""Sampling: what the backbone is shown, what comes back, and that memory is bounded."""

import resource
import time
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from genodiff.diffusion import sampling
from genodiff.diffusion.chunk_cache import ChunkCache
from genodiff.diffusion.process import masked_noise
from genodiff.diffusion.samplers.ancestral import Ancestral
from genodiff.diffusion.samplers.ddim import Ddim
from genodiff.diffusion.samplers.dpm_solver import DpmSolver
from genodiff.diffusion.samplers.heun import Heun
from genodiff.diffusion.sampling import (
    CHUNK,
    ChunkNoise,
    SamplerSettings,
    batch_size,
    bytes_per_individual,
    sample,
    sample_individuals,
)
from genodiff.diffusion.schedule import cosine, linear
from genodiff.runtime.errors import InputError
from genodiff.runtime.signals import Stopped

MASK = torch.tensor([[1, 1, 1], [1, 0, 0]], dtype=torch.bool)
SHORT = SamplerSettings(linear(5, 0.01, 0.3), "noise", Ancestral)


class Spy(nn.Module):
    """Predicts `value` everywhere, padded features too, and keeps what it was called with."""

    def __init__(self, value: float = 0.5):
        super().__init__()
        self.value, self.calls = value, []

    def forward(self, x, t, label):
        self.calls.append((x.clone(), t.clone(), label.clone(), self.training))
        return torch.full_like(x, self.value)


def _generator(seed=1):
    return torch.Generator().manual_seed(seed)


def _noise(seed=1):
    return partial(masked_noise, mask=MASK, generator=_generator(seed))


def _labels(*numbers):
    return torch.tensor(numbers)


def test_sample__walks_from_pure_noise_to_the_first_step():
    spy = Spy()
    sample(spy, SHORT, MASK, _labels(1, 0, 2), _noise())
    assert [t.unique().item() for _, t, _, _ in spy.calls] == pytest.approx([1.0, 0.8, 0.6, 0.4, 0.2])
    assert all(label.tolist() == [1, 0, 2] for _, _, label, _ in spy.calls)
    first, t, _, _ = spy.calls[0]
    start = torch.randn(3, 2, 3, generator=_generator()) * MASK
    assert torch.equal(first, start)
    assert t.dtype == first.dtype == torch.float32


def test_sample__respaced_shows_the_levels_of_the_training():
    spy = Spy()
    settings = SamplerSettings(linear(5, 0.01, 0.3).respaced(2), "noise", Ancestral)
    sample(spy, settings, MASK, _labels(0), _noise())
    # Of 1, 0.8, 0.6, 0.4 and 0.2: 5 and 2.5 (2, the even one) of 5.
    assert [t.item() for _, t, _, _ in spy.calls] == pytest.approx([1.0, 0.4])


def test_sample__takes_the_output_for_what_the_prediction_says():
    # The last step returns x_0: the output, whose x_t counts sqrt(abar) times only.
    settings, spy = SamplerSettings(SHORT.schedule, "x0", Ancestral), Spy(value=3.0)
    individuals = sample(spy, settings, MASK, _labels(0, 1), _noise())
    last, signal = spy.calls[-1][0], SHORT.schedule.alpha_bar[0].sqrt().float()
    torch.testing.assert_close(individuals, (3.0 - (1 - signal) * last) * MASK)


RECIPE = {
    "schedule": {"name": "cosine", "steps": 8, "offset": 0.008}, "prediction": "v",
    "sampler": "ddim", "sampler_steps": None, "sampler_grid": "time", "eta": 0.25, "churn": 0.5,
    "guidance": 1.5,
}  # fmt: skip


def test_settings__of_a_recipe():
    settings = SamplerSettings.of(RECIPE, torch.device("cpu"), False, 2)
    assert (settings.guidance, settings.unlabelled) == (1.5, 2)
    assert torch.equal(settings.schedule.alpha_bar, cosine(8, 0.008).alpha_bar)
    assert settings.prediction == "v"
    sampler = settings.sampler(settings.schedule)
    assert (type(sampler), sampler.eta) == (Ddim, 0.25)


def test_settings__of_a_recipe_with_fewer_steps_and_another_sampler():
    recipe = RECIPE | {"sampler_steps": 4, "sampler": "dpm_solver"}
    settings = SamplerSettings.of(recipe, torch.device("cpu"))
    assert settings.schedule.original.tolist() == [1, 3, 5, 7]
    sampler = settings.sampler(settings.schedule)
    assert (type(sampler), sampler.churn) == (DpmSolver, 0.5)


def test_settings__of_a_recipe_with_the_grid_of_karras():
    recipe = RECIPE | {"sampler_steps": 4, "sampler_grid": "karras"}
    settings = SamplerSettings.of(recipe, torch.device("cpu"))
    expected = cosine(8, 0.008).respaced(4, "karras").original.tolist()
    assert settings.schedule.original.tolist() == expected != [1, 3, 5, 7]


def test_sample__heun_shows_the_network_each_step_twice_but_the_ends():
    spy = Spy()
    individuals = sample(spy, replace(SHORT, sampler=Heun), MASK, _labels(0, 1), _noise(), batch=1)
    shown = [t.item() for _, t, label, _ in spy.calls if label.item() == 0]
    assert shown == pytest.approx([1.0, 0.8, 0.6, 0.6, 0.4, 0.4, 0.2, 0.2])
    assert (individuals[..., ~MASK] == 0).all()


def test_sample__padded_features_are_zero_at_every_step():
    spy = Spy(value=3.0)
    individuals = sample(spy, SHORT, MASK, _labels(0, 1), _noise())
    shown = torch.stack([x for x, _, _, _ in spy.calls] + [individuals])
    assert shown.shape == (6, 2, 2, 3)
    assert (shown[..., ~MASK] == 0).all()
    assert (shown[..., MASK] != 0).all()


def test_sample__same_generator_same_individuals_another_seed_others():
    one, two, other = (sample(Spy(), SHORT, MASK, _labels(0, 0), _noise(seed)) for seed in (4, 4, 5))
    assert torch.equal(one, two)
    assert not torch.equal(one, other)
    assert not torch.equal(one[0], one[1])


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e38])
def test_sample__raises_on_values_that_are_not_finite(value):
    settings = SamplerSettings(linear(5, 0.5, 0.999), "noise", Ancestral)
    with pytest.raises(FloatingPointError, match="not finite"):
        sample(Spy(value), settings, MASK, _labels(0), _noise())


def test_sample__watch_wraps_the_steps():
    seen = []

    def watch(steps):
        for t in steps:
            seen.append(t)
            yield t

    sample(Spy(), SHORT, MASK, _labels(0), _noise(), watch=watch)
    assert seen == [4, 3, 2, 1, 0]


class TwoLayers(nn.Module):
    def __init__(self):
        super().__init__()
        self.wide, self.back = nn.Linear(6, 100), nn.Linear(100, 6)

    def forward(self, x, t, label):
        return self.back(self.wide(x.flatten(1))).view_as(x)


def test_bytes_per_individual__counts_layer_outputs_and_the_samplers_tensors():
    # 100 + 6 outputs of layers, nine tensors of 2 x 3 in the sampler, four bytes each.
    assert bytes_per_individual(TwoLayers(), MASK) == 4 * (106 + 9 * 6)


def test_bytes_per_individual__leaves_no_hooks_even_after_an_error():
    network = TwoLayers()
    bytes_per_individual(network, MASK)
    with pytest.raises(RuntimeError):
        bytes_per_individual(network, torch.ones(5, 5, dtype=torch.bool))
    assert all(not layer._forward_hooks for layer in network.modules())


@pytest.mark.parametrize(
    ("size", "memory_mb", "expected"),
    [
        (2**20 // 100, 1, 96),  # 100 fit: three chunks
        (1, 1024, 256),  # the most on a CPU
        (2**20, 32, 32),
        # The sampler holds a whole chunk, of which the backbone gets half at a time.
        (2**20, 31, 16),
        (2**30, 16, 1),
    ],
)
def test_batch_size__is_as_large_as_memory_allows(monkeypatch, size, memory_mb, expected):
    monkeypatch.setattr(sampling, "bytes_per_individual", lambda *_: size)
    assert batch_size(Spy(), MASK, memory_mb) == expected


def test_batch_size__is_not_bounded_on_a_gpu(monkeypatch):
    monkeypatch.setattr(sampling, "bytes_per_individual", lambda *_: 2**10)
    assert batch_size(Spy(), torch.ones(2, 3, device="meta"), 1) == 1024


@pytest.mark.parametrize(
    ("batch", "shown", "yielded"),
    [(96, {96, 64}, [96, 96, 38]), (40, {32}, [32] * 7 + [6]), (8, {8}, [32] * 7 + [6])],
)
def test_sample_individuals__backbone_sees_batches_that_fit(batch, shown, yielded):
    spy = Spy()
    batches = list(sample_individuals(spy, SHORT, MASK, np.zeros(230, np.int64), batch, seed=0))
    assert [len(x) for x, _ in batches] == yielded
    assert {len(x) for x, _, _, _ in spy.calls} == shown


@settings(max_examples=20)
@given(labels=st.lists(st.integers(0, 3), min_size=1, max_size=100), batch=st.integers(1, 130))
def test_sample_individuals__every_label_gets_its_individual_in_order(labels, batch):
    spy = Spy()
    batches = list(sample_individuals(spy, SHORT, MASK, np.array(labels), batch, seed=0))
    assert np.concatenate([classes for _, classes in batches]).tolist() == labels
    assert all(len(x) == len(classes) <= max(batch, CHUNK) for x, classes in batches)
    shown = torch.cat([label for _, t, label, _ in spy.calls if t[0] == 1]).tolist()
    # The last chunk is filled up.
    assert shown == labels + labels[-1:] * (-len(labels) % CHUNK)
    individuals = np.concatenate([x for x, _ in batches])
    assert individuals.shape == (len(labels), 2, 3)
    assert individuals.dtype == np.float32
    assert np.isfinite(individuals).all()


class Dense(nn.Module):
    """A network with products, whose rounding may depend on the number of rows."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.first, self.last = nn.Linear(6, 50), nn.Linear(50, 6)

    def forward(self, x, t, label):
        return self.last(torch.tanh(self.first(x.flatten(1)) + label[:, None])).view_as(x)


@pytest.mark.parametrize(
    "sampler", [Ancestral, partial(Ddim, eta=0.5), DpmSolver, partial(Heun, churn=1)]
)
def test_sample_individuals__do_not_depend_on_the_batch(sampler):
    chosen, labels = replace(SHORT, sampler=sampler), np.arange(150) % 2

    def individuals(batch, labels=labels):
        return np.concatenate(
            [x for x, _ in sample_individuals(Dense(), chosen, MASK, labels, batch, seed=0)]
        )

    whole = individuals(160)
    for batch in (1, 16, 32, 96):
        # The same random numbers: only the rounding of products may differ.
        np.testing.assert_allclose(individuals(batch), whole, rtol=0, atol=1e-5)
    # Nor on how many follow.
    np.testing.assert_allclose(individuals(160, labels[:33]), whole[:33], rtol=0, atol=1e-5)
    assert np.abs(whole[0] - whole[2]).max() > 0.01


def test_sample_individuals__random_numbers_are_the_same_to_the_bit_in_every_batch():
    # The backbone's output is constant, so that nothing but noise differs between individuals.
    whole = _individuals(7, batch=96)
    for batch in (1, 8, 32, 64):
        np.testing.assert_array_equal(_individuals(7, batch), whole)


def test_chunk_noise__of_a_chunk_is_that_of_its_number():
    both, second = ChunkNoise(3, [0, 5], MASK), ChunkNoise(3, [5], MASK)
    like = torch.empty(2 * CHUNK, 2, 3)
    for _ in range(3):
        drawn = both(like)
        assert torch.equal(drawn[CHUNK:], second(like[CHUNK:]))
        assert not torch.equal(drawn[CHUNK:], drawn[:CHUNK])
        assert (drawn[:, ~MASK] == 0).all()
    other = ChunkNoise(4, [5], MASK)
    assert not torch.equal(other(like[CHUNK:]), ChunkNoise(3, [5], MASK)(like[CHUNK:]))


def _individuals(seed, batch=32):
    batches = sample_individuals(Spy(), SHORT, MASK, np.zeros(80, np.int64), batch, seed)
    return np.concatenate([x for x, _ in batches])


def test_sample_individuals__same_seed_same_individuals():
    one = _individuals(7)
    np.testing.assert_array_equal(one, _individuals(7))
    assert not np.array_equal(one, _individuals(8))


def test_sample_individuals__chunks_do_not_repeat_each_other():
    individuals = _individuals(7)
    assert len(np.unique(individuals[:, 0, 0])) == len(individuals)


def test_sample_individuals__puts_the_backbone_into_evaluation_mode():
    spy = Spy().train()
    list(sample_individuals(spy, SHORT, MASK, np.array([0]), 16, seed=0))
    assert not any(training for _, _, _, training in spy.calls)


def test_sample_individuals__each_batch_has_a_sampler_of_its_own():
    made = []

    def make(schedule):
        made.append(DpmSolver(schedule))
        return made[-1]

    settings = SamplerSettings(SHORT.schedule, "x0", make)
    list(sample_individuals(Spy(), settings, MASK, np.zeros(80, np.int64), 32, seed=0))
    assert len(made) == len(set(map(id, made))) == 3


def test_sample_individuals__raises_when_the_model_has_diverged():
    with pytest.raises(FloatingPointError, match="diverged"):
        list(sample_individuals(Spy(float("nan")), SHORT, MASK, np.array([0]), 16, seed=0))


@pytest.fixture
def cache(tmp_path):
    """Function: chunks of some identity in one folder."""
    return lambda **identity: ChunkCache(tmp_path / "chunks", identity)


LABELS = np.arange(150) % 3  # five chunks


def _sampled(cache, spy, batch=64, stop=lambda: False):
    batches = sample_individuals(spy, SHORT, MASK, LABELS, batch, 0, cache, stop)
    return np.concatenate([x for x, _ in batches])


@pytest.mark.parametrize("batch", [64, 96, 32, 8])
def test_sample_individuals__goes_on_after_the_chunks_that_are_kept(cache, batch):
    """Also if another memory budget gives another batch."""
    whole = _sampled(None, Spy())
    batches = sample_individuals(Spy(), SHORT, MASK, LABELS, 64, 0, cache(seed=1))
    next(batches), next(batches)
    batches.close()
    spy = Spy()
    np.testing.assert_array_equal(_sampled(cache(seed=1), spy, batch), whole)
    assert sum(len(x) for x, t, _, _ in spy.calls if t[0] == 1) == CHUNK  # the last one only


def test_sample_individuals__chunks_of_other_settings_or_damaged_are_sampled_again(cache, caplog):
    whole, kept = _sampled(None, Spy()), cache(seed=1)
    _sampled(kept, Spy())
    with open(kept.folder / "000001.npy", "rb+") as file:
        file.truncate(90)
    spy = Spy()
    np.testing.assert_array_equal(_sampled(cache(seed=1), spy), whole)
    assert len(spy.calls) == 5  # of that chunk
    assert "000001.npy cannot be read" in caplog.text
    spy = Spy()
    _sampled(cache(seed=2), spy)
    assert len(spy.calls) == 3 * 5
    assert "of other settings or another model" in caplog.text
    kept.clear()
    assert not kept.folder.exists()


def test_sample_individuals__a_request_to_stop_is_heard_between_two_steps(cache):
    spy = Spy()
    with pytest.raises(Stopped, match=r"after 64 of 150 .* are in .*chunks: run the same command"):
        _sampled(cache(), spy, stop=lambda: len(spy.calls) == 7)
    assert len(spy.calls) == 7


def test_sample_individuals__a_full_disk_is_said(cache):
    kept = cache()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, before[1]))
    try:
        with pytest.raises(InputError, match=r"cannot keep chunk 0 .* run the same command"):
            _sampled(kept, Spy())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [path.name for path in kept.folder.iterdir()] == ["identity.json"]


def test_sample__in_bfloat16_comes_near_float32():
    dense, seen = Dense(), []
    dense.last.register_forward_hook(lambda _, __, out: seen.append(out.dtype))
    one, other = (
        sample(dense, replace(SHORT, bfloat16=wanted), MASK, _labels(0, 1), _noise())
        for wanted in (False, True)
    )
    assert set(seen) == {torch.float32, torch.bfloat16}
    assert one.dtype == other.dtype == torch.float32
    torch.testing.assert_close(other, one, atol=0.05, rtol=0)
    assert not torch.equal(one, other)


def test_sample_individuals__several_devices_make_the_same_individuals(tmp_path):
    class Slow(Spy):
        """Earlier batches take longer, so that they do not end in order."""

        def forward(self, x, t, label):
            time.sleep(0.02 / (1 + int(label[0])))
            return super().forward(x, t, label) * label.view(-1, 1, 1)

    labels = np.repeat(np.arange(6), CHUNK)
    alone = list(sample_individuals(Slow(), SHORT, MASK, labels, CHUNK, seed=0))
    cache, cpu = ChunkCache(tmp_path / "state", {}), torch.device("cpu")
    shared = list(sample_individuals(Slow(), SHORT, MASK, labels, CHUNK, 0, cache, others=[cpu, cpu]))
    assert len(alone) == len(shared) == 6
    for one, other in zip(alone, shared, strict=True):
        np.testing.assert_array_equal(one[0], other[0])
        np.testing.assert_array_equal(one[1], other[1])


def test_sample_individuals__several_devices_stop_on_request():
    individuals = sample_individuals(
        Spy(), SHORT, MASK, np.zeros(128, np.int64), 32, 0, None, lambda: True, [torch.device("cpu")]
    )
    with pytest.raises(Stopped, match="stopped on request"):
        list(individuals)
