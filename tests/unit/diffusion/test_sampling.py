"""Sampling: what the backbone is shown, what comes back, and that memory is bounded."""

import resource
import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from genodiff.diffusion.batch_cache import SampleBlocks
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from genodiff.diffusion import sampling
from genodiff.diffusion.samplers.ancestral import Ancestral
from genodiff.diffusion.samplers.ddim import Ddim
from genodiff.diffusion.samplers.dpm_solver import DpmSolver
from genodiff.diffusion.sampling import (
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


def _labels(*numbers):
    return torch.tensor(numbers)


def test_sample__walks_from_pure_noise_to_the_first_step():
    spy = Spy()
    sample(spy, SHORT, MASK, _labels(1, 0, 2), _generator())
    assert [t.unique().item() for _, t, _, _ in spy.calls] == pytest.approx([1.0, 0.8, 0.6, 0.4, 0.2])
    assert all(label.tolist() == [1, 0, 2] for _, _, label, _ in spy.calls)
    first, t, _, _ = spy.calls[0]
    start = torch.randn(3, 2, 3, generator=_generator()) * MASK
    assert torch.equal(first, start)
    assert t.dtype == first.dtype == torch.float32


def test_sample__respaced_shows_the_levels_of_the_training():
    spy = Spy()
    settings = SamplerSettings(linear(5, 0.01, 0.3).respaced(2), "noise", Ancestral)
    sample(spy, settings, MASK, _labels(0), _generator())
    # Of 1, 0.8, 0.6, 0.4 and 0.2: 5 and 2.5 (2, the even one) of 5.
    assert [t.item() for _, t, _, _ in spy.calls] == pytest.approx([1.0, 0.4])


def test_sample__takes_the_output_for_what_the_prediction_says():
    # The last step returns x_0: the output, whose x_t counts sqrt(abar) times only.
    settings, spy = SamplerSettings(SHORT.schedule, "x0", Ancestral), Spy(value=3.0)
    individuals = sample(spy, settings, MASK, _labels(0, 1), _generator())
    last, signal = spy.calls[-1][0], SHORT.schedule.alpha_bar[0].sqrt().float()
    torch.testing.assert_close(individuals, (3.0 - (1 - signal) * last) * MASK)


RECIPE = {
    "schedule": {"name": "cosine", "steps": 8, "offset": 0.008}, "prediction": "v",
    "sampler": "ddim", "sampler_steps": None, "eta": 0.25,
}  # fmt: skip


def test_settings__of_a_recipe():
    settings = SamplerSettings.of(RECIPE, torch.device("cpu"))
    assert torch.equal(settings.schedule.alpha_bar, cosine(8, 0.008).alpha_bar)
    assert settings.prediction == "v"
    sampler = settings.sampler(settings.schedule, MASK)
    assert (type(sampler), sampler.eta) == (Ddim, 0.25)


def test_settings__of_a_recipe_with_fewer_steps_and_another_sampler():
    recipe = RECIPE | {"sampler_steps": 4, "sampler": "dpm_solver"}
    settings = SamplerSettings.of(recipe, torch.device("cpu"))
    assert settings.schedule.original.tolist() == [1, 3, 5, 7]
    assert type(settings.sampler(settings.schedule, MASK)) is DpmSolver


def test_sample__padded_features_are_zero_at_every_step():
    spy = Spy(value=3.0)
    individuals = sample(spy, SHORT, MASK, _labels(0, 1), _generator())
    shown = torch.stack([x for x, _, _, _ in spy.calls] + [individuals])
    assert shown.shape == (6, 2, 2, 3)
    assert (shown[..., ~MASK] == 0).all()
    assert (shown[..., MASK] != 0).all()


def test_sample__same_generator_same_individuals_another_seed_others():
    one, two, other = (sample(Spy(), SHORT, MASK, _labels(0, 0), _generator(seed)) for seed in (4, 4, 5))
    assert torch.equal(one, two)
    assert not torch.equal(one, other)
    assert not torch.equal(one[0], one[1])


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e38])
def test_sample__raises_on_values_that_are_not_finite(value):
    settings = SamplerSettings(linear(5, 0.5, 0.999), "noise", Ancestral)
    with pytest.raises(FloatingPointError, match="not finite"):
        sample(Spy(value), settings, MASK, _labels(0), _generator())


def test_sample__watch_wraps_the_steps():
    seen = []

    def watch(steps):
        for t in steps:
            seen.append(t)
            yield t

    sample(Spy(), SHORT, MASK, _labels(0), _generator(), watch)
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


def test_batch_size__is_as_large_as_memory_allows(monkeypatch):
    for size, memory_mb, expected in ((2**20 // 100, 1, 100), (1, 1024, 256), (2**30, 16, 1)):
        monkeypatch.setattr(sampling, "bytes_per_individual", lambda *_, size=size: size)
        assert batch_size(Spy(), MASK, memory_mb) == expected


def test_sample_individuals__no_larger_batch_is_ever_shown_to_the_backbone():
    spy = Spy()
    batches = list(sample_individuals(spy, SHORT, MASK, np.zeros(230, np.int64), 100, seed=0))
    assert [len(x) for x, _ in batches] == [100, 100, 30]
    assert {len(x) for x, _, _, _ in spy.calls} == {100, 30}


@settings(max_examples=30)
@given(labels=st.lists(st.integers(0, 3), min_size=1, max_size=12), batch=st.integers(1, 13))
def test_sample_individuals__every_label_gets_its_individual_in_order(labels, batch):
    spy = Spy()
    batches = list(sample_individuals(spy, SHORT, MASK, np.array(labels), batch, seed=0))
    assert np.concatenate([own for _, own in batches]).tolist() == labels
    assert all(len(x) == len(own) <= batch for x, own in batches)
    shown = [label for _, t, label, _ in spy.calls if t[0] == 1]
    assert torch.cat(shown).tolist() == labels
    individuals = np.concatenate([x for x, _ in batches])
    assert individuals.shape == (len(labels), 2, 3)
    assert individuals.dtype == np.float32
    assert np.isfinite(individuals).all()


def _individuals(seed, batch=2):
    batches = sample_individuals(Spy(), SHORT, MASK, np.zeros(6, np.int64), batch, seed)
    return np.concatenate([x for x, _ in batches])


def test_sample_individuals__same_seed_same_individuals():
    one = _individuals(7)
    np.testing.assert_array_equal(one, _individuals(7))
    assert not np.array_equal(one, _individuals(8))


def test_sample_individuals__batches_do_not_repeat_each_other():
    individuals = _individuals(7)
    assert len(np.unique(individuals[:, 0, 0])) == len(individuals)


def test_sample_individuals__puts_the_backbone_into_evaluation_mode():
    spy = Spy().train()
    list(sample_individuals(spy, SHORT, MASK, np.array([0]), 16, seed=0))
    assert not any(training for _, _, _, training in spy.calls)


def test_sample_individuals__each_batch_has_a_sampler_of_its_own():
    made = []

    def make(schedule, mask):
        made.append(DpmSolver(schedule, mask))
        return made[-1]

    settings = SamplerSettings(SHORT.schedule, "x0", make)
    list(sample_individuals(Spy(), settings, MASK, np.zeros(5, np.int64), 2, seed=0))
    assert len(made) == len(set(map(id, made))) == 3


def test_sample_individuals__raises_when_the_model_has_diverged():
    with pytest.raises(FloatingPointError, match="diverged"):
        list(sample_individuals(Spy(float("nan")), SHORT, MASK, np.array([0]), 16, seed=0))


@pytest.fixture
def blocks(tmp_path):
    """Function: blocks of some identity in one folder."""
    return lambda **identity: SampleBlocks(tmp_path / "blocks", identity)


def _sampled(blocks, spy, stop=lambda: False):
    labels = np.array([0, 1, 0, 1, 1])
    return [x for x, _ in sample_individuals(spy, SHORT, MASK, labels, 2, 0, blocks, stop)]


def test_sample_individuals__goes_on_after_the_batches_that_are_kept(blocks):
    whole = _sampled(None, Spy())
    batches = sample_individuals(Spy(), SHORT, MASK, np.array([0, 1, 0, 1, 1]), 2, 0, blocks(seed=1))
    next(batches), next(batches)
    batches.close()
    spy = Spy()
    again = _sampled(blocks(seed=1), spy)
    assert {len(x) for x, _, _, _ in spy.calls} == {1}  # the last batch only
    for one, other in zip(whole, again, strict=True):
        np.testing.assert_array_equal(one, other)


def test_sample_individuals__blocks_of_other_settings_or_damaged_are_made_anew(blocks, caplog):
    whole, kept = _sampled(None, Spy()), blocks(seed=1)
    _sampled(kept, Spy())
    with open(kept.folder / "000001.npy", "rb+") as file:
        file.truncate(90)
    np.testing.assert_array_equal(_sampled(blocks(seed=1), Spy())[1], whole[1])
    assert "000001.npy cannot be read" in caplog.text
    spy = Spy()
    _sampled(blocks(seed=2), spy)
    assert len(spy.calls) == 3 * 5
    assert "of other settings or another model" in caplog.text
    kept.clear()
    assert not kept.folder.exists()


def test_sample_individuals__a_request_to_stop_is_heard_between_two_steps(blocks):
    spy = Spy()
    with pytest.raises(Stopped, match=r"after 1 of 3 batches .* are in .*blocks: run the same command"):
        _sampled(blocks(), spy, lambda: len(spy.calls) == 7)
    assert len(spy.calls) == 7


def test_sample_individuals__a_full_disk_is_said(blocks):
    kept = blocks()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, before[1]))
    try:
        with pytest.raises(InputError, match=r"cannot keep batch 0 .* run the same command"):
            _sampled(kept, Spy())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [path.name for path in kept.folder.iterdir()] == ["identity.json"]


def test_sample__in_bfloat16_comes_near_float32():
    class Dense(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer, self.seen = nn.Linear(6, 6), []

        def forward(self, x, t, label):
            out = self.layer(x.flatten(1)).view_as(x)
            self.seen.append(out.dtype)
            return out

    torch.manual_seed(0)
    dense = Dense()
    one, other = (
        sample(dense, replace(SHORT, bfloat16=wanted), MASK, _labels(0, 1), _generator())
        for wanted in (False, True)
    )
    assert set(dense.seen) == {torch.float32, torch.bfloat16}
    assert one.dtype == other.dtype == torch.float32
    torch.testing.assert_close(other, one, atol=0.05, rtol=0)
    assert not torch.equal(one, other)


def test_sample_individuals__several_devices_make_the_same_individuals(tmp_path):
    class Slow(Spy):
        """Earlier batches take longer, so that they do not end in their order."""

        def forward(self, x, t, label):
            time.sleep(0.02 / (1 + int(label[0])))
            return super().forward(x, t, label) * label.view(-1, 1, 1)

    labels = np.repeat(np.arange(6), 2)
    alone = list(sample_individuals(Slow(), SHORT, MASK, labels, 2, seed=0))
    blocks, cpu = SampleBlocks(tmp_path / "state", {}), torch.device("cpu")
    shared = list(sample_individuals(Slow(), SHORT, MASK, labels, 2, 0, blocks, others=[cpu, cpu]))
    assert len(alone) == len(shared) == 6
    for one, other in zip(alone, shared, strict=True):
        np.testing.assert_array_equal(one[0], other[0])
        np.testing.assert_array_equal(one[1], other[1])


def test_sample_individuals__several_devices_stop_on_request():
    individuals = sample_individuals(
        Spy(), SHORT, MASK, np.zeros(8, np.int64), 2, 0, None, lambda: True, [torch.device("cpu")]
    )
    with pytest.raises(Stopped, match="stopped on request"):
        list(individuals)
