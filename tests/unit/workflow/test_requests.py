"""The memory and time that jobs of networks ask for, against what autograd keeps."""

import pytest
import torch

from genodiff.diffusion.predictions import build_prediction
from genodiff.diffusion.schedule import linear
from genodiff.networks.backbones import BACKBONES, build_backbone
from genodiff.networks.classifiers import CLASSIFIERS, build_classifier
from genodiff.workflow.requests import LONGEST, classifier_mb, network_minutes, process_mb, training_mb

GENES, COMPONENTS, BATCH = 2048, 8, 32
INDIVIDUAL_MB = 4 * GENES * COMPONENTS / 1e6


def kept_mb(network: torch.nn.Module, *inputs: torch.Tensor, copies: int) -> float:
    """MiB of a training step: what autograd keeps for BATCH individuals, and `copies` of the weights."""
    kept, own = {}, {parameter.untyped_storage().data_ptr() for parameter in network.parameters()}

    def keep(tensor):
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        network(*inputs).sum()
    activations = sum(size for place, size in kept.items() if place not in own) / len(inputs[0])
    weights = sum(parameter.numel() * 4 for parameter in network.parameters())
    return (activations * BATCH + copies * weights) / 2**20


@pytest.mark.parametrize("name", BACKBONES)
@pytest.mark.slow
def test_training_mb__is_not_less_than_a_training_takes(name):
    settings = BACKBONES[name].settings().model_dump()
    prediction = build_prediction("v", linear(10, 0.1, 0.1))
    network = build_backbone(name, GENES, COMPONENTS, 2, settings, prediction=prediction)
    x = torch.randn(1, GENES, COMPONENTS)
    # Weights, gradients and Adam's two moments.
    taken = kept_mb(network, x, torch.ones(1), torch.zeros(1, dtype=torch.int64), copies=4)
    assert (
        taken <= training_mb(BACKBONES[name].network, INDIVIDUAL_MB, BATCH) - process_mb() <= 10 * taken
    )


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_classifier_mb__is_not_less_than_a_training_takes(name):
    settings = CLASSIFIERS[name].settings().model_dump()
    network = build_classifier(name, GENES, COMPONENTS, 2, settings)
    taken = kept_mb(network, torch.randn(1, GENES, COMPONENTS), copies=4)
    assert taken <= classifier_mb(CLASSIFIERS[name].network, INDIVIDUAL_MB, BATCH) <= 10 * taken


@pytest.mark.parametrize("batch", [1, 32, 1000])
def test_requests__of_an_unknown_network_are_the_largest(batch):
    for ask, entries in ((training_mb, BACKBONES), (classifier_mb, CLASSIFIERS)):
        known = [ask(entry.network, 0.5, batch) for entry in entries.values()]
        assert ask("unknown", 0.5, batch) >= max(known)


@pytest.mark.parametrize(
    "network", ["dense", "convolution", "attention", "mixture", "genewise", "unknown"]
)
def test_training_mb__grows_with_its_individuals_and_on_a_gpu_with_weights_only(network):
    base = training_mb(network, 0.5, 32)
    assert training_mb(network, 1, 32) > base
    assert training_mb(network, 0.5, 64) > base
    host = training_mb(network, 0.5, 32, gpus=1)
    assert process_mb(1) < host == training_mb(network, 0.5, 64, gpus=1)
    assert host - process_mb(1) < base - process_mb()
    assert training_mb(network, 0.5, 32, gpus=2) == pytest.approx(2 * host, abs=1)


def test_network_minutes__grow_with_the_work_up_to_the_longest():
    minutes = [network_minutes(megabytes, 1, False) for megabytes in (0, 1000, 2000, 10**9)]
    assert minutes == sorted(minutes)
    assert 0 < minutes[0] < minutes[1] < minutes[2] < minutes[3] == LONGEST
    assert network_minutes(1000, 1, True) < minutes[1]
    assert network_minutes(1000, 1 / 3, False) < minutes[1]
