"""Trainings that end when the validation loss has not fallen for so many epochs."""

import dataclasses

import pytest
import torch
from torch import nn

from genodiff.diffusion.schedule import linear
from genodiff.runtime.signals import Stopped
from genodiff.training.checkpoint import Checkpoints
from genodiff.training.dataset import Cohort
from genodiff.training.trainer import Trainer, TrainingSettings, warmup_cosine
from genodiff.training.training import Training

# Ten individuals: three steps an epoch.
SETTINGS = TrainingSettings(learning_rate=1e-2, warmup_steps=2, epochs=6, batch_size=4)
VALIDATE = Trainer.validate


class Scaled(nn.Module):
    """Predicts its input times a factor."""

    def __init__(self):
        super().__init__()
        self.factor = nn.Parameter(torch.ones(()))

    def forward(self, x, t, label):
        return self.factor * x


@pytest.fixture
def start(mask):
    """Function: a training with this patience."""

    def make(patience, checkpoints=None, stop=lambda trainer: False):
        settings = dataclasses.replace(SETTINGS, patience=patience)
        trainer = Trainer(Scaled(), linear(20, 1e-3, 0.2), mask, settings, 0, 18)
        cohorts = (
            Cohort(
                torch.randn(n, *mask.shape, generator=torch.Generator().manual_seed(n)) * mask,
                torch.zeros(n, dtype=int),
            )
            for n in (10, 5)
        )
        return Training(trainer, *cohorts, checkpoints, lambda: stop(trainer))

    return make


def _losses(monkeypatch, losses):
    """Validation losses that a training will find, one an epoch."""
    found = iter(losses)
    monkeypatch.setattr(Trainer, "validate", lambda *args: VALIDATE(*args)._replace(loss=next(found)))


@pytest.mark.parametrize(
    ("patience", "losses", "epochs", "best"),
    [
        (2, [5, 4, 4, 4.5, 1, 1], 4, 2),  # equal is not lower
        (2, [5, 4, 4.5, 3, 4, 4], 6, 4),
        (1, [5, 5, 1, 1, 1, 1], 2, 1),
        (3, [5, 4, 4, 4.5, 1, 1], 6, 5),
        (9, [5, 6, 6, 6, 6, 6], 6, 1),
        (None, [5, 6, 6, 6, 6, 6], 6, 1),
    ],
)
def test_train__ends_when_the_validation_loss_has_not_fallen_for_so_many_epochs(
    start, monkeypatch, caplog, patience, losses, epochs, best
):
    _losses(monkeypatch, losses)
    with caplog.at_level("INFO"):
        result = start(patience).run()
    assert [row["epoch"] for row in result.history] == list(range(1, epochs + 1))
    assert (result.best_epoch, result.best_loss) == (best, min(losses[:epochs]))
    assert (f"training ends after epoch {epochs} of 6" in caplog.text) == (epochs < 6)
    # The learning rate falls over all epochs.
    rates = [1e-2 * warmup_cosine(3 * epoch - 1, 2, 18) for epoch in range(1, epochs + 1)]
    assert [row["learning_rate"] for row in result.history] == pytest.approx(rates)


@pytest.mark.parametrize("stopped", [4, 6, 9, 12])
def test_train__that_was_stopped_ends_after_the_same_epoch(start, monkeypatch, tmp_path, stopped):
    losses, checkpoints = [5, 4, 4, 4.5, 1, 1], Checkpoints(tmp_path, {}, 0)
    _losses(monkeypatch, losses)
    whole = start(2).run()
    _losses(monkeypatch, losses)
    with pytest.raises(Stopped):
        start(2, checkpoints, lambda trainer: trainer.done == stopped).run()
    again = start(2, checkpoints).run()
    assert len(again.history) == 4
    assert again.history == whole.history
    assert again.best_epoch == whole.best_epoch == 2
    assert all(torch.equal(again.state[name], whole.state[name]) for name in whole.state)


def test_train__progress_tells_the_last_epoch_of_a_patient_training(start):
    training = start(2)
    training.result.best_epoch, training.result.history = 2, [{}] * 3
    assert training._note().startswith("epoch 4 (the last is 4 unless the validation loss falls)")
    training.result.best_epoch = 5  # no earlier than all epochs
    assert training._note().startswith("epoch 4, ")
