"""Sampling: what the backbone is shown, what comes back, and that memory is bounded."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from genodiff.diffusion import sampling
from genodiff.diffusion.samplers.ancestral import step
from genodiff.diffusion.sampling import bytes_per_person, sample, sample_people
from genodiff.diffusion.schedule import linear

MASK = torch.tensor([[1, 1, 1], [1, 0, 0]], dtype=torch.bool)
SHORT = linear(5, 0.01, 0.3)


class Spy(nn.Module):
    """Predicts `value` everywhere, padded slots too, and keeps what it was called with."""

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
    sample(spy, SHORT, step, MASK, _labels(1, 0, 2), _generator())
    assert [t.unique().item() for _, t, _, _ in spy.calls] == pytest.approx([1.0, 0.8, 0.6, 0.4, 0.2])
    assert all(label.tolist() == [1, 0, 2] for _, _, label, _ in spy.calls)
    first, t, _, _ = spy.calls[0]
    start = torch.randn(3, 2, 3, generator=_generator()) * MASK
    assert torch.equal(first, start)
    assert t.dtype == first.dtype == torch.float32


def test_sample__padded_slots_are_zero_at_every_step():
    spy = Spy(value=3.0)
    people = sample(spy, SHORT, step, MASK, _labels(0, 1), _generator())
    shown = torch.stack([x for x, _, _, _ in spy.calls] + [people])
    assert shown.shape == (6, 2, 2, 3)
    assert (shown[..., ~MASK] == 0).all()
    assert (shown[..., MASK] != 0).all()


def test_sample__same_generator_same_people_another_seed_others():
    one, two, other = (
        sample(Spy(), SHORT, step, MASK, _labels(0, 0), _generator(seed)) for seed in (4, 4, 5)
    )
    assert torch.equal(one, two)
    assert not torch.equal(one, other)
    assert not torch.equal(one[0], one[1])


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e38])
def test_sample__raises_on_values_that_are_not_finite(value):
    with pytest.raises(FloatingPointError, match="not finite"):
        sample(Spy(value), linear(5, 0.5, 0.999), step, MASK, _labels(0), _generator())


def test_sample__watch_wraps_the_steps():
    seen = []

    def watch(steps):
        for t in steps:
            seen.append(t)
            yield t

    sample(Spy(), SHORT, step, MASK, _labels(0), _generator(), watch)
    assert seen == [4, 3, 2, 1, 0]


class TwoLayers(nn.Module):
    def __init__(self):
        super().__init__()
        self.wide, self.back = nn.Linear(6, 100), nn.Linear(100, 6)

    def forward(self, x, t, label):
        return self.back(self.wide(x.flatten(1))).view_as(x)


def test_bytes_per_person__counts_layer_outputs_and_the_samplers_tensors():
    # 100 + 6 outputs of layers, eight tensors of 2 x 3 in the sampler, four bytes each.
    assert bytes_per_person(TwoLayers(), MASK) == 4 * (106 + 8 * 6)


def test_bytes_per_person__leaves_no_hooks_even_after_an_error():
    network = TwoLayers()
    bytes_per_person(network, MASK)
    with pytest.raises(RuntimeError):
        bytes_per_person(network, torch.ones(5, 5, dtype=torch.bool))
    assert all(not layer._forward_hooks for layer in network.modules())


def test_sample_people__batches_are_as_large_as_memory_allows(monkeypatch):
    # 100 people to the megabyte; no larger batch is ever shown to the backbone.
    monkeypatch.setattr(sampling, "bytes_per_person", lambda *_: 2**20 // 100)
    spy, labels = Spy(), np.zeros(230, np.int64)
    batches = list(sample_people(spy, SHORT, step, MASK, labels, 1, seed=0))
    assert [len(x) for x, _ in batches] == [100, 100, 30]
    assert {len(x) for x, _, _, _ in spy.calls} == {100, 30}


def test_sample_people__no_more_than_256_at_once_on_a_cpu():
    labels = np.zeros(600, np.int64)
    batches = list(sample_people(Spy(), SHORT, step, MASK, labels, 1024, seed=0))
    assert [len(x) for x, _ in batches] == [256, 256, 88]


def test_sample_people__one_at_a_time_when_memory_is_short(monkeypatch):
    monkeypatch.setattr(sampling, "bytes_per_person", lambda *_: 2**30)
    batches = list(sample_people(Spy(), SHORT, step, MASK, np.array([0, 1, 1]), 16, seed=0))
    assert [len(x) for x, _ in batches] == [1, 1, 1]


@settings(max_examples=30, deadline=None)
@given(labels=st.lists(st.integers(0, 3), min_size=1, max_size=12), batch=st.integers(1, 13))
def test_sample_people__every_label_gets_its_person_in_order(labels, batch):
    spy = Spy()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sampling, "bytes_per_person", lambda *_: 2**20)
        batches = list(sample_people(spy, SHORT, step, MASK, np.array(labels), batch, seed=0))
    assert np.concatenate([own for _, own in batches]).tolist() == labels
    assert all(len(x) == len(own) <= batch for x, own in batches)
    shown = [label for _, t, label, _ in spy.calls if t[0] == 1]
    assert torch.cat(shown).tolist() == labels
    people = np.concatenate([x for x, _ in batches])
    assert people.shape == (len(labels), 2, 3)
    assert people.dtype == np.float32
    assert np.isfinite(people).all()


def _people(monkeypatch, seed, batch=2):
    monkeypatch.setattr(sampling, "bytes_per_person", lambda *_: 2**20)
    batches = sample_people(Spy(), SHORT, step, MASK, np.zeros(6, np.int64), batch, seed)
    return np.concatenate([x for x, _ in batches])


def test_sample_people__same_seed_same_people(monkeypatch):
    one = _people(monkeypatch, 7)
    np.testing.assert_array_equal(one, _people(monkeypatch, 7))
    assert not np.array_equal(one, _people(monkeypatch, 8))


def test_sample_people__batches_do_not_repeat_each_other(monkeypatch):
    people = _people(monkeypatch, 7)
    assert len(np.unique(people[:, 0, 0])) == len(people)


def test_sample_people__puts_the_backbone_into_evaluation_mode():
    spy = Spy().train()
    list(sample_people(spy, SHORT, step, MASK, np.array([0]), 16, seed=0))
    assert not any(training for _, _, _, training in spy.calls)


def test_sample_people__raises_when_the_model_has_diverged():
    with pytest.raises(FloatingPointError, match="diverged"):
        list(sample_people(Spy(float("nan")), SHORT, step, MASK, np.array([0]), 16, seed=0))
