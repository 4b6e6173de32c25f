"""The memory that a classifier's training asks for, against what autograd keeps."""

import pytest
import torch
from genodiff.workflow.classifier_memory import classifier_mb
from kept_values import kept_by

from genodiff.networks.classifiers import build_classifier

SETTINGS = {
    "mlp": {"width": 64},
    "cnn": {"channels": 32},
    "transformer": {"genes_per_token": 4, "width": 64, "layers": 3, "heads": 2},
}


@pytest.mark.parametrize("name", SETTINGS)
def test_classifier_mb__is_not_less_than_autograd_keeps(name):
    batch = 1000  # so large that judging takes less
    x = torch.randn(4, 512, 8)
    kept = kept_by(build_classifier(name, 512, 8, 2, SETTINGS[name]), x) * batch * 4 / 2**20
    assert kept <= classifier_mb(name, SETTINGS[name], 512, 8, batch) <= 6 * kept


def test_classifier_mb__of_one_that_is_not_known_grows_with_its_individuals():
    assert classifier_mb("linear", {}, 4096, 8, 1000) > 400
