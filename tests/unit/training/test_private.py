"""Private training: gradients of individuals, their bound, and how often each individual is used."""

import numpy as np
import pytest
import torch
from tests.helpers.audit import audited_epsilon

from genodiff.diffusion.predictions import build_prediction
from genodiff.diffusion.schedule import build_schedule
from genodiff.networks.backbones import BACKBONES, build_backbone
from genodiff.privacy import mechanism
from genodiff.privacy.budget import Use, calibrated
from genodiff.training.dataset import Cohort
from genodiff.training.private import PrivateSteps, PrivateTraining, class_embeddings
from genodiff.training.trainer import Trainer, TrainingSettings

SMALL = {
    "baseline": {"width": 16}, "unet_mlp": {"widths": [32, 16]},
    "unet_cnn": {"width": 16, "multipliers": [1, 2], "blocks": 1, "attention_at": [2], "head_width": 16,
                 "dropout": 0.0},
    "mlp_cnn": {"unet_mlp": {"widths": [32, 16]},
                "unet_cnn": {"width": 16, "multipliers": [1, 2], "blocks": 1, "attention_at": [],
                             "head_width": 16, "dropout": 0.0}},
    "transformer": {"genes_per_token": 2, "width": 16, "layers": 1, "heads": 2},
    "gene_mixer": {"neighbours": 1, "width": 16, "bottleneck": 4, "values": 4, "centres": 2},
}  # fmt: skip
STEPS = PrivateSteps(epochs=2, sampled=0.25, draws=3, clip=0.5, learning_rate=0.01, moves="all")


@pytest.fixture(autouse=True)
def _seeded_secrets(monkeypatch):
    """Noise and sampling are the same in each run of a test."""
    monkeypatch.setattr(mechanism, "urandom", np.random.default_rng(5).bytes)


@pytest.fixture
def cohort():
    torch.manual_seed(2)
    x = torch.randn(24, 8, 3) * (1 + torch.arange(24)[:, None, None] % 5)
    return Cohort(x * mask(), torch.arange(24) % 3)


def mask():
    own = torch.ones(8, 3, dtype=torch.bool)
    own[2, 1:] = own[7] = False
    return own


@pytest.fixture
def made():
    """Function: a private training of a small network, some of whose weights were zero."""

    def make(backbone="unet_mlp", steps=STEPS, noisy=lambda sums, use, bound: sums):
        torch.manual_seed(1)
        schedule = build_schedule(name="cosine", steps=50, offset=0.008)
        settings = BACKBONES[backbone].settings(**SMALL[backbone]).model_dump()
        network = build_backbone(
            backbone, 8, 3, 2, settings, mask(), chromosomes=torch.tensor([0, 0, 0, 0, 1, 1, 1]),
            prediction=build_prediction("v", schedule),
        )  # fmt: skip
        with torch.no_grad():
            for value in network.parameters():
                value.add_(0.05 * torch.randn_like(value))
        settings = TrainingSettings(1e-3, 1, 1, 8, prediction="v")
        trainer = Trainer(network, schedule, mask(), settings, 3, 10)
        parameters = dict(network.named_parameters())
        if steps.moves == "classes":
            parameters = class_embeddings(network, 2)
        return PrivateTraining(trainer, parameters, steps, noisy)

    return make


@pytest.mark.parametrize("moves", ["all", "classes"])
@pytest.mark.parametrize("backbone", BACKBONES)
def test_gradients__are_those_of_each_individual_alone(made, cohort, backbone, moves):
    """All draws of an individual have one gradient, that of their mean loss."""
    training = made(backbone, PrivateSteps(**{**vars(STEPS), "moves": moves}))
    trainer, rows = training.trainer, torch.arange(5)
    trainer.backbone.train()
    generator = trainer.generator
    generator.manual_seed(9)
    found = training.gradients(*cohort.rows(rows, torch.device("cpu")))
    generator.manual_seed(9)
    t = trainer.times(3 * training.together, generator).view(-1, 3)
    noise = torch.randn(training.together, 3, 8, 3, generator=generator) * mask()
    for i in rows:
        x, label = cohort.x[i].expand(3, -1, -1), cohort.labels[i].expand(3)
        loss, _ = trainer.errors(trainer.backbone, x, label, t[i], noise[i])
        names = list(training.parameters)
        own = torch.autograd.grad(loss, [training.parameters[name] for name in names], allow_unused=True)
        assert sum(value is not None for value in own) > 0
        for name, value in zip(names, own, strict=True):
            expected = torch.zeros_like(training.parameters[name]) if value is None else value
            assert torch.allclose(found[name][i], expected, rtol=1e-3, atol=1e-5), name


@pytest.fixture
def summed(monkeypatch, cohort):
    """Function: the sum of individuals, always with the same secret random numbers."""

    def add(training, rows):
        monkeypatch.setattr(mechanism, "urandom", np.random.default_rng(5).bytes)
        return training.bounded_sum(cohort, torch.as_tensor(rows, dtype=torch.int64))

    return add


def test_bounded_sum__no_individual_adds_more_than_the_bound(made, cohort, summed):
    """However many draws it has, whoever else is there."""
    training = made()
    whole = summed(training, range(len(cohort)))
    # Without the last one all others keep their places, and so their noise levels.
    change = np.linalg.norm(whole - summed(training, range(len(cohort) - 1)))
    assert 0.01 < change <= STEPS.clip * (1 + 1e-5)
    norms = [np.linalg.norm(summed(training, [i])) for i in range(len(cohort))]
    assert max(norms) <= STEPS.clip * (1 + 1e-5)
    assert sum(np.isclose(norms, STEPS.clip, rtol=1e-4)) > 3  # some are bounded
    assert not summed(training, []).any()


def test_bounded_sum__is_that_of_bounded_gradients(made, cohort, summed, monkeypatch):
    training = made()
    training.together = 5
    found = summed(training, range(12))
    monkeypatch.setattr(mechanism, "urandom", np.random.default_rng(5).bytes)
    expected = 0
    for rows in torch.arange(12).split(5):
        training.trainer.generator.manual_seed(mechanism.secret_seed())
        mechanism.secret_seed()
        parts = training.gradients(*cohort.rows(rows, torch.device("cpu"))).values()
        own = torch.cat([value.flatten(1) for value in parts], 1).double()
        expected += (own * (STEPS.clip / own.norm(dim=1).clamp(min=STEPS.clip))[:, None]).sum(0)
    assert np.allclose(found, expected, atol=1e-6)


def test_bounded_sum__noise_levels_are_new_and_do_not_follow_from_a_seed(made, cohort):
    """They belong to places in a batch: with known ones it would show who is missing in it."""
    training, found = made(), []
    for _ in range(2):
        training.trainer.generator.manual_seed(3)
        torch.manual_seed(3)
        found.append(training.bounded_sum(cohort, torch.arange(6)))
    assert not np.allclose(*found, rtol=0.01)


def test_bounded_sum__an_individual_without_a_finite_gradient_counts_as_a_blank(made, cohort, summed):
    training = made()
    alone = summed(training, [2, 3])
    cohort.x[5, 0, 0] = float("inf")
    assert np.allclose(summed(training, [2, 3, 5]), alone, atol=1e-6)


def test_run__each_individual_is_in_a_step_with_the_rate_that_is_accounted_for(made, cohort):
    """Poisson sampling: individuals are drawn independently of one another, so that batches differ in
    size as binomial numbers do."""
    steps = PrivateSteps(epochs=100, sampled=0.25, draws=1, clip=1.0, learning_rate=1e-9)
    uses, chosen = [], []
    training = made(steps=steps, noisy=lambda sums, use, bound: uses.append((use, bound)) or sums)
    training.bounded_sum = lambda cohort, rows: (
        chosen.append(rows.tolist())
        or np.zeros(sum(value.numel() for value in training.parameters.values()))
    )
    use = steps.use(1.5)
    training.run(cohort, use)
    assert use == Use("sums of gradients", 1.5, 0.25, 400)
    assert uses == [(use, 1.0)] * 400
    counts = np.bincount(np.concatenate(chosen), minlength=24)
    assert counts.sum() / (400 * 24) == pytest.approx(0.25, abs=0.02)
    assert counts.min() > 400 * 0.25 - 5 * np.sqrt(400 * 0.25 * 0.75)
    sizes = [len(rows) for rows in chosen]
    assert np.var(sizes) == pytest.approx(24 * 0.25 * 0.75, rel=0.25)
    assert all(len(set(rows)) == len(rows) for rows in chosen)


@pytest.mark.parametrize("moves", ["all", "classes"])
def test_run__without_noise_it_learns(made, moves):
    """The loss of individuals of one class, all alike, falls; what is not to move stays."""
    own = Cohort(torch.zeros(24, 8, 3) + mask(), torch.zeros(24, dtype=torch.int64))
    steps = PrivateSteps(epochs=20, sampled=0.5, draws=4, clip=10.0, learning_rate=0.02, moves=moves)
    training = made("transformer", steps)
    before = {k: v.clone() for k, v in training.trainer.backbone.state_dict().items()}
    loss = training.trainer.validate(own).loss
    training.run(own, steps.use())
    after = training.trainer.backbone.state_dict()
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert training.trainer.validate(own).loss < (0.5 if moves == "all" else 0.99) * loss
    assert moved == ({"label.weight"} if moves == "classes" else set(training.parameters))


def test_run__noise_moves_parameters_by_its_size(made, cohort):
    """What a step moves by is the sum with noise, over the expected number of individuals."""
    seen = []
    training = made(noisy=lambda sums, use, bound: seen.append((sums.copy(), bound)) or sums + 7.0)
    training.optimizer = torch.optim.SGD(training.parameters.values(), 1.0)
    before = torch.cat([value.detach().flatten() for value in training.parameters.values()])
    training.run(cohort, Use("x", 1.0, 0.25, 1))
    after = torch.cat([value.detach().flatten() for value in training.parameters.values()])
    ((sums, bound),) = seen
    assert bound == STEPS.clip
    assert np.allclose((before - after).numpy(), (sums + 7) / (0.25 * 24), atol=1e-5)


@pytest.mark.parametrize("share", [1, 0.25])
def test_audit__by_canaries_in_one_training(made, share):
    """20,000 individuals, each with a gradient in a direction of its own, present with a probability of
    a half: whether they were is guessed from all sums with noise. With a quarter of the noise the claim
    falls (with half of it one run does not tell)."""
    epsilon, delta, count = 4.0, 1e-10, 20_000
    steps = PrivateSteps(epochs=4, sampled=0.8, draws=1, clip=0.3, learning_rate=1e-9)
    (use,) = calibrated([steps.use()], epsilon, delta)
    present = np.random.default_rng(4).random(count) < 0.5
    scores = np.zeros(count)

    def noisy(sums, use, bound):
        found = sums + share * use.noise_multiplier * bound * mechanism.secret_normal(sums.shape)
        scores[:] += found
        return found

    training = made(steps=steps)
    weights = {"canaries": torch.nn.Parameter(torch.zeros(count))}
    training = PrivateTraining(training.trainer, weights, steps, noisy)
    training.bounded_sum = lambda cohort, rows: (
        0.3 * present * np.bincount(rows.numpy(), minlength=count)
    )
    training.run(Cohort(torch.zeros(count, 1, 1), torch.zeros(count)), use)
    lower = audited_epsilon(scores, present, 2000, delta)
    if share == 1:
        assert 0.3 < lower <= epsilon
    else:
        assert lower > epsilon
