"""The individuals of a training, batch by batch."""

import torch

from genodiff.training.dataset import Cohort


def _cohort():
    return Cohort(torch.arange(24.0).view(4, 3, 2), torch.arange(4))


def test_batches__are_the_individuals_by_number():
    cohort = _cohort()
    found = list(cohort.batches([torch.tensor([2, 0]), torch.tensor([3])], torch.device("cpu")))
    assert [x.tolist() for x, _ in found] == [cohort.x[[2, 0]].tolist(), cohort.x[[3]].tolist()]
    assert [labels.tolist() for _, labels in found] == [[2, 0], [3]]


def test_batches__go_to_another_device():
    # The one other device that every machine has holds no values.
    found = list(_cohort().batches([torch.tensor([2, 0])], torch.device("meta")))
    assert [(x.shape, x.device.type, labels.device.type) for x, labels in found] == [
        ((2, 3, 2), "meta", "meta")
    ]


def test_gathered__is_what_an_index_gives():
    cohort = _cohort()
    assert torch.equal(cohort.gathered(torch.tensor([3, 1, 3])), cohort.x[[3, 1, 3]])
