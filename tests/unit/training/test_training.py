"""Training: the learning rate, the loss, which epoch is kept, and that seeds decide everything."""

import dataclasses
import math

import numpy as np
import pytest
import torch
from torch import nn

from genodiff.diffusion.schedule import build_schedule, linear
from genodiff.formats.history import HISTORY_SCHEMA
from genodiff.runtime.errors import InputError
from genodiff.training.dataset import Cohort
from genodiff.training.trainer import (
    MIXING_LEVELS,
    NOISE_BINS,
    Trainer,
    TrainingSettings,
    warmup_cosine,
)
from genodiff.training.training import Training

SCHEDULE = linear(100, 1e-3, 0.2)
QUICK = TrainingSettings(learning_rate=1e-2, warmup_steps=2, epochs=3, batch_size=4)


class Copy(nn.Module):
    """Predicts its input, times one parameter that starts at one: any of the backbones at the start."""

    def __init__(self):
        super().__init__()
        self.factor, self.seen = nn.Parameter(torch.ones(())), []

    def forward(self, x, t, label):
        self.seen.append((t.clone(), label.clone(), self.training))
        return self.factor * x


class Small(nn.Module):
    """A dense network that knows t and label and has dropout (which draws from the global stream)."""

    def __init__(self, width=64, dropout=0.1):
        super().__init__()
        self.label = nn.Embedding(3, width)
        self.first, self.last = nn.Linear(13, width), nn.Linear(width, 12)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, t, label):
        h = self.first(torch.cat([x.flatten(1), t[:, None]], 1)) + self.label(label)
        return self.last(self.dropout(h.relu())).view_as(x)


def _cohort(individuals, mask, seed):
    rng = np.random.default_rng(seed)
    x = 0.5 + rng.normal(size=(individuals, *mask.shape))
    labels = rng.integers(0, 3, individuals)  # two classes, and 2 for unlabelled
    return Cohort(torch.from_numpy(x).float() * mask, torch.from_numpy(labels))


def _small(seed=0, **settings):
    torch.manual_seed(seed)
    return Small(**settings)


def _trainer(backbone, mask, settings=QUICK, seed=0, steps=9, schedule=SCHEDULE, **arithmetic):
    return Trainer(backbone, schedule, mask, settings, seed, steps, **arithmetic)


def _epoch(trainer, cohort, number=1):
    """One pass over the cohort; mean loss and reconstruction error."""
    for _ in trainer.train_epoch(cohort, number):
        pass
    return trainer.take_totals()


def _train(backbone, mask, training, validation, settings=QUICK, seed=0):
    steps = settings.steps(len(training))
    return Training(_trainer(backbone, mask, settings, seed, steps), training, validation).run()


def test_warmup_cosine__values_by_hand():
    factors = [warmup_cosine(step, 4, 12) for step in range(12)]
    assert factors[:5] == [0.25, 0.5, 0.75, 1.0, 1.0]
    # Half-way down the cosine, and a quarter of it before the end.
    assert factors[8] == pytest.approx(0.5)
    assert factors[10] == pytest.approx(0.5 * (1 - math.sqrt(0.5)))
    assert 0 < factors[11] < factors[10]
    assert warmup_cosine(12, 4, 12) == warmup_cosine(99, 4, 12) == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize(("warmup", "total"), [(0, 3), (3, 3), (100, 5), (1, 1)])
def test_warmup_cosine__odd_budgets_stay_between_0_and_1(warmup, total):
    assert all(0 < warmup_cosine(step, warmup, total) <= 1 for step in range(total))


def test_errors__are_the_masked_errors_of_the_prediction(mask):
    trainer, cohort = _trainer(Copy(), mask), _cohort(6, mask, 1)
    rng = np.random.default_rng(2)
    t, noise = rng.integers(0, 100, 6), rng.normal(size=(6, 4, 3)) * mask.numpy()
    abar = SCHEDULE.alpha_bar.numpy()[t][:, None, None]
    x = cohort.x.double().numpy()
    x_t = np.sqrt(abar) * x + np.sqrt(1 - abar) * noise
    recovered = (1 - np.sqrt(1 - abar)) * x_t / np.sqrt(abar)
    loss, errors = trainer.errors(
        trainer.backbone, cohort.x, cohort.labels, torch.from_numpy(t), torch.from_numpy(noise).float()
    )
    live = mask.numpy()
    assert loss.item() == pytest.approx(((x_t - noise) ** 2)[:, live].mean(), rel=1e-5)
    np.testing.assert_allclose(errors, np.abs(recovered - x)[:, live].mean(1), rtol=1e-5)
    assert loss.requires_grad
    assert not errors.requires_grad


def test_step__noise_levels_are_log_normal_where_they_are_to_be(mask):
    """Of 4,000 individuals, the logarithms of sigma have the given mean and deviation."""
    own = dataclasses.replace(QUICK, log_sigma={"mean": -1.2, "deviation": 0.8}, batch_size=4000)
    backbone = Copy()
    trainer = _trainer(backbone, mask, own)
    trainer.step(4000, *_cohort(4000, mask, 1).rows(torch.arange(4000), torch.device("cpu")))
    levels = torch.cat([t for t, _, _ in backbone.seen])
    chosen = SCHEDULE.log_sigma[(levels * SCHEDULE.steps).round().long() - 1]
    assert chosen.mean().item() == pytest.approx(-1.2, abs=0.05)
    assert chosen.std().item() == pytest.approx(0.8, abs=0.05)


def test_validate__loss_at_the_start_has_its_closed_form(mask):
    # The prediction is x_t: E (x_t - noise)^2 = abar E x^2 + (1 - sqrt(1 - abar))^2, averaged over t.
    cohort = _cohort(4000, mask, 3)
    abar = SCHEDULE.alpha_bar.numpy()
    square = cohort.x[:, mask].double().square().mean().item()
    expected = (abar * square + (1 - np.sqrt(1 - abar)) ** 2).mean()
    loss, *_ = _trainer(Copy(), mask).validate(cohort)
    # 96,000 squares: the tolerance is about five standard errors.
    assert loss == pytest.approx(expected, rel=0.02)
    # Averaged over padded features as well, it would be half of that.
    assert mask.float().mean() == 0.5


def test_validate__steps_are_spread_over_all_of_t(mask):
    # 25 individuals, four draws each, 100 steps: every step exactly once.
    backbone = Copy()
    _trainer(backbone, mask).validate(_cohort(25, mask, 4))
    levels = torch.cat([t for t, _, _ in backbone.seen])
    assert (levels.sort().values * 100).round().tolist() == list(range(1, 101))
    assert not any(training for _, _, training in backbone.seen)


def test_validate__error_by_noise_has_its_closed_form(mask):
    # The prediction is x_t, so a bin's error is E |x - (1 - s) x_t / a| with a^2 = abar, s^2 = 1 - abar.
    cohort = _cohort(4000, mask, 3)
    _, mean, by_noise, _ = _trainer(Copy(), mask).validate(cohort)
    assert len(by_noise) == NOISE_BINS
    assert np.mean(by_noise) == pytest.approx(mean, rel=1e-6)  # 100 steps: four in every bin
    rng, x = np.random.default_rng(0), cohort.x[:, mask].double().numpy()
    for b in (0, 12, 24):
        errors = []
        for t in range(4 * b, 4 * b + 4):
            a, s = float(SCHEDULE.alpha_bar[t]) ** 0.5, float(1 - SCHEDULE.alpha_bar[t]) ** 0.5
            x_t = a * x + s * rng.normal(size=x.shape)
            errors.append(np.abs((x_t - s * x_t) / a - x).mean())
        assert by_noise[b] == pytest.approx(np.mean(errors), rel=0.1)


def test_validate__linear_denoiser_has_its_closed_form(mask):
    # |x - a x_t| with a^2 = abar, s^2 = 1 - abar.
    cohort = _cohort(4000, mask, 3)
    found = _trainer(Copy(), mask).validate(cohort).by_noise_linear
    rng, x = np.random.default_rng(0), cohort.x[:, mask].double().numpy()
    abar = SCHEDULE.alpha_bar.numpy().reshape(NOISE_BINS, -1)
    for b in (0, 12, 24):
        noises = (rng.normal(size=x.shape) for _ in abar[b])
        errors = [
            np.abs((1 - a) * x - np.sqrt(a * (1 - a)) * noise).mean()
            for a, noise in zip(abar[b], noises, strict=True)
        ]
        assert found[b] == pytest.approx(np.mean(errors), rel=0.05)


def test_validate__few_steps_have_a_bin_each(mask):
    few = build_schedule("cosine", steps=3, offset=0.008)
    _, mean, by_noise, _ = _trainer(Copy(), mask, schedule=few).validate(_cohort(30, mask, 3))
    assert len(by_noise) == 3
    assert np.mean(by_noise) == pytest.approx(mean, rel=1e-6)


def test_validate__same_at_every_call_and_not_tied_to_the_batch_size(mask):
    cohort = _cohort(30, mask, 5)
    trainer = _trainer(_small(), mask)
    assert trainer.validate(cohort) == trainer.validate(cohort)
    other = _trainer(_small(), mask, TrainingSettings(1, 1, 1, 999))
    assert trainer.validate(cohort) == other.validate(cohort)


def test_validate__takes_no_more_large_individuals_at_once_than_a_training_step(mask, monkeypatch):
    cohort, together, apart = _cohort(30, mask, 5), Copy(), Copy()
    expected = _trainer(together, mask).validate(cohort)
    monkeypatch.setattr("genodiff.training.trainer._VALIDATION_FEATURES", mask.numel())
    found = _trainer(apart, mask).validate(cohort)
    assert {len(t) for t, _, _ in together.seen} == {30}
    assert {len(t) for t, _, _ in apart.seen} == {QUICK.batch_size, 30 % QUICK.batch_size}
    for own, others in zip(found, expected, strict=True):
        assert own == pytest.approx(others, rel=1e-5)


def test_validate__leaves_the_training_stream_alone(mask):
    cohort, held = _cohort(10, mask, 6), _cohort(9, mask, 7)

    def epochs(look):
        torch.manual_seed(1)
        trainer = _trainer(_small(), mask)
        for number in (1, 2, 3):
            _epoch(trainer, cohort, number)
            if look:
                trainer.validate(held)
        return trainer

    with_looks, without = epochs(True), epochs(False)
    for name, value in with_looks.backbone.state_dict().items():
        assert torch.equal(value, without.backbone.state_dict()[name]), name


def test_train_epoch__sees_every_individual_once_in_another_order_each_time(mask):
    cohort, backbone = Cohort(_cohort(10, mask, 8).x, torch.arange(10)), Copy()
    trainer = _trainer(backbone, mask)
    orders = []
    for number in (1, 2):
        backbone.seen.clear()
        _epoch(trainer, cohort, number)
        assert [len(labels) for _, labels, _ in backbone.seen] == [4, 4, 2]
        assert all(training for _, _, training in backbone.seen)
        orders.append(torch.cat([labels for _, labels, _ in backbone.seen]).tolist())
    assert sorted(orders[0]) == sorted(orders[1]) == list(range(10))
    assert orders[0] != orders[1]


def test_train_epoch_and_validate__individuals_keep_their_labels(mask):
    class Looks(Copy):
        def forward(self, x, t, label):
            # Nearly no noise: the first feature still shows the number that was put there.
            assert torch.equal(x[:, 0, 0].round().long(), label)
            return super().forward(x, t, label)

    labels = torch.arange(10)
    x = labels[:, None, None] * mask.float()
    trainer = _trainer(Looks(), mask, schedule=linear(5, 1e-6, 1e-5))
    _epoch(trainer, Cohort(x, labels))
    trainer.validate(Cohort(x, labels))
    assert len(trainer.backbone.seen) == 3 + 4


def test_train_epoch__steps_are_uniform(mask):
    backbone = Copy()
    trainer = _trainer(backbone, mask, TrainingSettings(0.0, 1, 1, 500))
    _epoch(trainer, _cohort(20_000, mask, 9))
    levels = torch.cat([t for t, _, _ in backbone.seen])
    counts = np.bincount((levels * 100).round().long().numpy(), minlength=101)[1:]
    assert counts.sum() == 20_000
    # 99 degrees of freedom: chi-square stays below 149 with p = 0.999.
    assert ((counts - 200) ** 2 / 200).sum() < 149


def test_train_epoch__mean_loss_is_over_individuals_not_batches(mask):
    trainer, losses = _trainer(Copy(), mask), []
    errors = trainer.errors
    trainer.errors = lambda n, x, *rest: losses.append((len(x), *errors(n, x, *rest))) or losses[-1][1:]
    loss, error = _epoch(trainer, _cohort(9, mask, 10))
    assert [size for size, _, _ in losses] == [4, 4, 1]
    assert loss == pytest.approx(sum(n * value.item() for n, value, _ in losses) / 9)
    assert error == pytest.approx(sum(float(values.sum()) for _, _, values in losses) / 9)


@pytest.fixture
def overfitted(mask):
    """A run that gets worse on the validation individuals after a while, and the validation
    individuals."""
    settings = TrainingSettings(learning_rate=2e-2, warmup_steps=5, epochs=80, batch_size=3)
    backbone, held = _small(dropout=0.0), _cohort(200, mask, 12)
    return backbone, _train(backbone, mask, _cohort(6, mask, 11), held, settings), held


@pytest.mark.slow
def test_train__keeps_the_epoch_with_the_least_validation_loss(overfitted, mask):
    backbone, result, held = overfitted
    losses = [row["validation_loss"] for row in result.history]
    assert result.best_epoch == np.argmin(losses) + 1
    assert 1 < result.best_epoch < len(losses)  # neither the first nor the last: a choice was made
    # The weights that come back, and those left in the network, are that epoch's.
    loss, error, *_ = _trainer(backbone, mask).validate(held)
    best = result.history[result.best_epoch - 1]
    assert (loss, error) == (best["validation_loss"], best["validation_reconstruction_error"])
    assert result.state.keys() == backbone.state_dict().keys()
    assert all(torch.equal(result.state[k], v) for k, v in backbone.state_dict().items())


@pytest.mark.slow
def test_train__learns(overfitted):
    _, result, _ = overfitted
    assert result.history[-1]["train_loss"] < 0.8 * result.history[0]["train_loss"]


def test_train__log_compares_validation_and_training_losses(mask, caplog):
    with caplog.at_level("INFO"):
        result = _train(Copy(), mask, _cohort(10, mask, 1), _cohort(5, mask, 2))
    for row in result.history:
        ratio = row["validation_loss"] / row["train_loss"]
        assert f"epoch {row['epoch']}: loss {row['train_loss']:.4f}, validation " in caplog.text
        assert f" ({ratio:.3f} of it)" in caplog.text


def test_train__history_has_one_row_per_epoch_in_the_formats_columns(mask):
    result = _train(Copy(), mask, _cohort(10, mask, 1), _cohort(5, mask, 2))
    assert [row["epoch"] for row in result.history] == [1, 2, 3]
    assert all(list(row) == HISTORY_SCHEMA.names for row in result.history)
    assert [row["individuals_seen"] for row in result.history] == [10, 20, 30]
    # Three steps an epoch, two of warm-up: the rate of each epoch's last step.
    rates = [1e-2 * warmup_cosine(step, 2, 9) for step in (2, 5, 8)]
    assert [row["learning_rate"] for row in result.history] == pytest.approx(rates)
    assert all(row["mixing"] is None for row in result.history)


def test_train__records_mixing_where_there_is_one(mask):
    class Mixer(Copy):
        def mixing(self, t):
            return t**2

    result = _train(Mixer(), mask, _cohort(4, mask, 1), _cohort(4, mask, 2))
    expected = (np.arange(1, MIXING_LEVELS + 1) / MIXING_LEVELS) ** 2
    assert result.history[0]["mixing"] == pytest.approx(expected, rel=1e-5)


def _trained(mask, seed):
    backbone = _small(dropout=0.0)
    return _train(backbone, mask, _cohort(10, mask, 1), _cohort(5, mask, 2), seed=seed)


def test_train__same_seed_same_weights_bit_by_bit(mask):
    one, two, other = (_trained(mask, seed) for seed in (3, 3, 4))
    assert one.history == two.history
    assert all(torch.equal(one.state[name], two.state[name]) for name in one.state)
    assert not all(torch.equal(one.state[name], other.state[name]) for name in one.state)


@pytest.mark.parametrize("rate", [1e25, float("inf")])
def test_train__raises_when_it_diverges(mask, rate):
    settings = TrainingSettings(rate, 1, 3, 4)
    with pytest.raises(InputError, match=r"diverged.*lower diffusion\.learning_rate"):
        _train(Copy(), mask, _cohort(8, mask, 1), _cohort(4, mask, 2), settings)


def test_train__raises_when_only_the_validation_loss_is_not_finite(mask):
    held = _cohort(4, mask, 2)
    held.x[0, 0, 0] = 1e30
    with pytest.raises(InputError, match=r"epoch 1: .*validation loss inf"):
        _train(Copy(), mask, _cohort(8, mask, 1), held)


# torch's compiler uses what torch deprecates.
@pytest.mark.filterwarnings("ignore:.*torch.jit.script_method.*:DeprecationWarning")
@pytest.mark.parametrize(
    ("arithmetic", "tolerance"), [({"compiled": True}, 1e-5), ({"bfloat16": True}, 0.02)]
)
@pytest.mark.slow
def test_arithmetic__compiled_or_bfloat16_steps_come_to_the_same(mask, arithmetic, tolerance):
    """Losses of an epoch whose last batch is smaller, and of the validation after it."""
    cohort, found = _cohort(10, mask, 3), []
    for own in ({}, arithmetic):
        trainer = _trainer(_small(dropout=0.0), mask, **own)
        found.append([*_epoch(trainer, cohort), trainer.validate(cohort)[0]])
        assert all(p.dtype == torch.float32 for p in trainer.backbone.parameters())
    assert found[0] == pytest.approx(found[1], rel=tolerance)
    # Compiled, these few operations may be the same ones to the last bit.
    assert trainer.network is not trainer.backbone if "compiled" in arithmetic else found[0] != found[1]


@pytest.mark.parametrize("half_life", [1000, 0.3])
def test_average__forgets_the_first_weights(mask, half_life):
    # Karras et al. 2022: the half-life is at most 5% of the individuals seen, 0.2 a step here.
    settings = dataclasses.replace(QUICK, ema_half_life=half_life)
    trainer, cohort = _trainer(Copy(), mask, settings), _cohort(8, mask, 0)
    expected = None
    for step in range(9):
        trainer.step(4, *cohort.rows(torch.arange(4), mask.device))
        now = trainer.backbone.factor.item()
        keep = 0 if step == 0 else 0.5 ** (4 / min(half_life, 0.05 * 4 * (step + 1)))
        expected = now if step == 0 else keep * expected + (1 - keep) * now
    assert trainer.eval_model.factor.item() == pytest.approx(expected, rel=1e-5)
    assert abs(expected - 1) > 0.01
