"""Changes of a training step's individuals."""

import pytest
import torch
from torch import nn

from genodiff.diffusion.schedule import linear
from genodiff.training.augmentation import Augmentation
from genodiff.training.trainer import Trainer, TrainingSettings

UNLABELLED = 2
SETTINGS = TrainingSettings(learning_rate=1e-2, warmup_steps=1, epochs=1, batch_size=400)


class Watched(nn.Module):
    """Keeps what it was shown."""

    def __init__(self):
        super().__init__()
        self.factor, self.seen = nn.Parameter(torch.ones(())), []

    def forward(self, x, t, label):
        self.seen.append((x.clone(), t.clone(), label.clone()))
        return self.factor * x


def generator(seed=1):
    return torch.Generator().manual_seed(seed)


def step(mask, x, labels, *augment):
    """x_t, noise level and labels that the network sees in a step."""
    trainer = Trainer(Watched(), linear(50, 1e-3, 0.2), mask, SETTINGS, 0, 9, **dict(*augment))
    trainer.step(len(x), x, labels)
    return trainer.backbone.seen[0]


@pytest.fixture
def batch(mask):
    """400 individuals, a quarter of them unlabelled."""
    x = torch.randn(400, *mask.shape, generator=generator()) * mask
    return x, torch.tensor([0, 1, 0, UNLABELLED] * 100)


def test_step__without_changes_is_that_of_a_trainer_without_them(mask, batch):
    plain = step(mask, *batch)
    none = step(mask, *batch, {"augment": Augmentation(0.0, UNLABELLED)})
    for one, other in zip(plain, none, strict=True):
        assert torch.equal(one, other)
    assert torch.equal(plain[2], batch[1])


def test_drop_labels__hides_the_share_and_leaves_steps_and_noise(mask, batch):
    plain = step(mask, *batch)
    x_t, t, labels = step(mask, *batch, {"augment": Augmentation(0.3, UNLABELLED)})
    assert torch.equal(x_t, plain[0])
    assert torch.equal(t, plain[1])
    hidden = labels != batch[1]
    assert (labels[hidden] == UNLABELLED).all()
    # 300 labelled individuals: within four standard errors.
    assert abs(hidden.sum().item() - 90) < 4 * (300 * 0.3 * 0.7) ** 0.5
    # Those of either class.
    assert hidden[batch[1] == 0].any()
    assert hidden[batch[1] == 1].any()


def test_drop_labels__processes_hide_what_one_process_does(mask, batch):
    augment = Augmentation(0.3, UNLABELLED)
    _, whole = augment(*batch, 400, slice(None), generator())
    for rank in range(2):
        rows = slice(rank, None, 2)
        _, own = augment(batch[0][rows], batch[1][rows], 400, rows, generator())
        assert torch.equal(own, whole[rows])
