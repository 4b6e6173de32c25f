"""Losses, steps and states of every backbone, and the classifiers, on a GPU against a processor."""

import numpy as np
import pytest
import torch
from network_sizes import DEMO

from genodiff.evaluation.classifier_training import ClassifierTraining, predict, train_classifier
from genodiff.networks.classifiers import CLASSIFIERS, build_classifier
from genodiff.training.checkpoint import Checkpoints, State

# Fewer levels: each block of convolutions takes the compiler two seconds.
SHALLOW = {"unet_cnn": {"multipliers": [1, 1]}, "mlp_cnn": {"multipliers": [1]}}

pytestmark = pytest.mark.gpu
CPU = torch.device("cpu")


def _steps(trainer, cohort, epochs):
    """Train these epochs, or what is left of them; the mean loss of the last."""
    for epoch in epochs:
        trainer.totals.zero_()
        for _ in trainer.train_epoch(cohort, epoch):
            pass
    return trainer.take_totals()[0]


def test_loss_and_gradient_are_those_of_the_processor(name, build, make_trainer, cohort, mask, device):
    """In float32. Sinusoids of 1,000 t are the least exact part: a frequency that differs in its last
    bit (2^-23) moves an angle by 1e-4. Losses average over that; a lost mask would be far more."""
    generator, found = torch.Generator().manual_seed(2), []
    noise = torch.randn(cohort.x.shape, generator=generator) * mask
    t = torch.randint(1000, (len(cohort),), generator=generator)
    for place in (CPU, device):
        network = build(name).to(place).eval()
        parts = (part.to(place) for part in (cohort.x, cohort.labels, t, noise))
        loss, errors = make_trainer(network).errors(network, *parts)
        loss.backward()
        gradient = torch.cat([p.grad.flatten() for p in network.parameters()])
        found.append((loss.item(), errors.cpu(), gradient.cpu()))
    (loss, errors, gradient), (own_loss, own_errors, own_gradient) = found
    assert own_loss == pytest.approx(loss, rel=1e-4)
    torch.testing.assert_close(own_errors, errors, rtol=1e-3, atol=1e-4)
    assert (own_gradient - gradient).norm() < 1e-3 * gradient.norm()


@pytest.mark.parametrize("bfloat16", [False, True], ids=["float32", "bfloat16"])
def test_a_training_that_goes_on_from_a_checkpoint_ends_bit_by_bit_as_one_that_was_not_interrupted(
    name, bfloat16, build, make_trainer, cohort, device, tmp_path
):
    """With dropout, clipping and a moving average; interrupted within the second epoch."""
    individuals = cohort.to(device)
    whole = make_trainer(build(name).to(device), bfloat16=bfloat16)
    losses = [_steps(whole, individuals, [1, 2])]
    first = make_trainer(build(name).to(device), bfloat16=bfloat16)
    _steps(first, individuals, [1])
    first.totals.zero_()
    next(first.train_epoch(individuals, 2))
    checkpoints = Checkpoints(tmp_path, {}, 0)
    checkpoints.save(State(first.state(), {"done": first.done}))
    again, state = make_trainer(build(name, seed=9).to(device), bfloat16=bfloat16), checkpoints.load()
    again.load_state(state.tensors, state.facts["done"])
    for _ in again.train_epoch(individuals, 2):
        pass
    losses.append(again.take_totals()[0])
    assert losses[0] == losses[1]
    expected, found = whole.state(), again.state()
    assert [key for key, value in expected.items() if not torch.equal(value, found[key])] == []
    assert whole.validate(individuals) == again.validate(individuals)


def test_bfloat16_is_near_float32(name, build, make_trainer, cohort, device):
    """Three steps: bfloat16 rounds to 2^-9, of products whose errors are many and average out."""
    losses, individuals = [], cohort.to(device)
    for bfloat16 in (False, True):
        trainer = make_trainer(build(name).to(device), bfloat16=bfloat16)
        losses.append(_steps(trainer, individuals, [1]))
        assert all(p.dtype == torch.float32 for p in trainer.backbone.parameters())
    assert losses[0] != losses[1]
    assert losses[1] == pytest.approx(losses[0], rel=0.02)


def test_individuals_streamed_to_the_device_train_as_those_kept_there(
    build, make_trainer, cohort, device
):
    found = []
    for individuals in (cohort, cohort.to(device)):
        trainer = make_trainer(build("baseline").to(device))
        losses = _steps(trainer, individuals, [1, 2])
        found.append((losses, trainer.validate(individuals), trainer.backbone.state_dict()))
    assert found[0][:2] == found[1][:2]
    assert all(torch.equal(value, found[1][2][key]) for key, value in found[0][2].items())


def _separable(individuals, mask, seed):
    rng = np.random.default_rng(seed)
    labels = np.arange(individuals) % 2
    x = rng.standard_normal((individuals, *mask.shape)) + 0.5 * labels[:, None, None]
    return torch.from_numpy((x * mask.numpy()).astype(np.float32)), labels


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_classifiers_judge_as_on_the_processor_and_learn_the_same_every_time(name, mask, device):
    x, labels = _separable(64, mask, 0)
    held, truth = _separable(40, mask, 1)
    validation = held.to(device), torch.from_numpy(truth).to(device)
    training, found = ClassifierTraining(40, 16, 1e-3, 0.01, 4), []
    for _ in range(2):
        torch.manual_seed(0)
        classifier = build_classifier(name, *mask.shape, 2, DEMO["classifiers"][name]).to(device)
        score = train_classifier(classifier, x.to(device), labels, validation, training, 5)
        found.append((score, classifier.state_dict()))
    assert found[0][0] == found[1][0]
    assert found[0][0][1] > 0.9
    assert all(torch.equal(value, found[1][1][key]) for key, value in found[0][1].items())
    own = predict(classifier, validation[0]).cpu()
    torch.testing.assert_close(own, predict(classifier.cpu(), held), rtol=0, atol=1e-4)


# What torch's compiler warns of is torch's own.
@pytest.mark.filterwarnings("default")
def test_compiled_steps_are_near_eager_ones(name, build, make_trainer, cohort, device):
    """Two steps without dropout, whose numbers a compiled network draws otherwise."""
    if device.type == "cpu" and name != "baseline":
        pytest.skip("minutes of C++ for one network; trainings on a processor are not compiled")
    losses, individuals = [], cohort.to(device)
    for compiled in (False, True):
        network = build(name, **SHALLOW.get(name, {})).to(device)
        for part in network.modules():
            part.p = 0.0 if isinstance(part, torch.nn.Dropout) else getattr(part, "p", None)
        trainer = make_trainer(network, compiled=compiled)
        steps = trainer.train_epoch(individuals, 1)
        next(steps), next(steps)
        losses.append(trainer.take_totals()[0])
    assert losses[1] == pytest.approx(losses[0], rel=1e-4)
