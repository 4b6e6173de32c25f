"""Changes of a training step's individuals."""

import numpy as np
import pytest
import torch
from torch import nn

from genodiff.diffusion.schedule import linear
from genodiff.formats.tensors import GeneFeatures, Layout
from genodiff.training.augmentation import Augmentation, partners, recombined, switch_probabilities
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
    none = step(mask, *batch, {"augment": Augmentation(0.0, unlabelled=UNLABELLED)})
    for one, other in zip(plain, none, strict=True):
        assert torch.equal(one, other)
    assert torch.equal(plain[2], batch[1])


def test_drop_labels__hides_the_share_and_leaves_steps_and_noise(mask, batch):
    plain = step(mask, *batch)
    x_t, t, labels = step(mask, *batch, {"augment": Augmentation(0.3, unlabelled=UNLABELLED)})
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
    augment = Augmentation(0.3, unlabelled=UNLABELLED)
    _, whole = augment(*batch, 400, slice(None), generator())
    for rank in range(2):
        rows = slice(rank, None, 2)
        _, own = augment(batch[0][rows], batch[1][rows], 400, rows, generator())
        assert torch.equal(own, whole[rows])


CHROMOSOMES = torch.tensor([0, 0, 0, 0, 1, 1, 2])


def walked(p, individuals, seed=5):
    """By a loop over individuals and genes, with other random numbers: whether each gene is the
    partner's."""
    rng = np.random.default_rng(seed)
    states = np.zeros((individuals, len(CHROMOSOMES)), bool)
    for own in states:
        for gene, chromosome in enumerate(CHROMOSOMES.tolist()):
            if gene == 0 or chromosome != CHROMOSOMES[gene - 1]:
                own[gene] = rng.random() < 0.5
            else:
                own[gene] = own[gene - 1] ^ (rng.random() < p)
    return states


def exchanged(p, individuals):
    """Whether each gene is the partner's, for individuals that carry their own number in all genes."""
    probabilities = switch_probabilities(CHROMOSOMES, p)
    walk = torch.rand(individuals, len(CHROMOSOMES), generator=generator())
    x = torch.arange(individuals).float()[:, None, None].expand(-1, 9, 2)
    partner = partners(
        torch.zeros(individuals, dtype=int), torch.rand(individuals, generator=generator(2))
    )
    found = recombined(x, partner, walk < probabilities)
    assert torch.equal(found[:, 7:], x[:, 7:])  # padded genes
    assert torch.equal(found[..., 0], found[..., 1])  # a gene as a whole
    genes = found[:, :7, 0]
    own, other = (genes == rows.float()[:, None] for rows in (torch.arange(individuals), partner))
    assert (own ^ other).all()
    return other.numpy()


@pytest.mark.parametrize("p", [0.1, 0.5])
def test_recombined__has_the_statistics_of_a_walk_gene_by_gene(p):
    found, expected = exchanged(p, 4000), walked(p, 4000)
    for states in (found, expected):
        assert np.abs(states.mean(0) - 0.5).max() < 4 * 0.5 / 4000**0.5
    # Whether each two genes are of the same individual: closed form within, a half between chromosomes.
    for one in range(7):
        for other in range(one):
            linked = CHROMOSOMES[one] == CHROMOSOMES[other]
            same = 0.5 + 0.5 * (1 - 2 * p) ** (one - other) * bool(linked)
            error = 4 * (same * (1 - same) / 4000) ** 0.5
            for states in (found, expected):
                assert abs((states[:, one] == states[:, other]).mean() - same) < error + 1e-9


def test_recombined__whole_chromosomes_where_the_walk_never_switches():
    found = exchanged(1e-9, 500)
    for chromosome in range(3):
        own = found[:, CHROMOSOMES.numpy() == chromosome]
        assert (own == own[:, :1]).all()
    assert 0 < (found[:, 0] != found[:, 6]).mean() < 1


def test_partners__are_any_other_individuals_of_the_class():
    labels, met = torch.tensor([1, 0, 2, 1, 0, 1, 0, 0]), np.zeros((8, 8), int)
    random = generator()
    for _ in range(2000):
        found = partners(labels, torch.rand(8, generator=random))
        assert sorted(found.tolist()) == list(range(8))  # each is a partner once
        met[np.arange(8), found] += 1
    for row, own in enumerate(labels.tolist()):
        others = [i for i in range(8) if labels[i] == own and i != row] or [row]  # alone: itself
        share = 1 / len(others)
        assert met[row].sum() == met[row, others].sum()
        error = 4 * (2000 * share * (1 - share)) ** 0.5
        assert np.abs(met[row, others] - 2000 * share).max() <= error


def recombining(p=0.4, **changes):
    """Recombination of the four genes of the mask, on two chromosomes; the last gene is padding."""
    switches = switch_probabilities(torch.tensor([0, 0, 1]), p)
    return Augmentation(unlabelled=UNLABELLED, switches=switches, **changes)


def test_augmentation__keeps_padding_classes_and_each_genes_values(mask, batch):
    x, labels = batch
    found, same = recombining()(x, labels, 400, slice(None), generator())
    assert torch.equal(same, labels)
    assert (found[:, ~mask] == 0).all()
    assert not torch.equal(found, x)
    for number in range(3):
        for gene in range(4):
            before, after = (v[labels == number, gene].tolist() for v in (x, found))
            assert all(row in before for row in after)


def test_augmentation__leaves_steps_and_noise_and_the_individuals_of_the_cohort(mask, batch):
    before = batch[0].clone()
    plain, own = step(mask, *batch), step(mask, *batch, {"augment": recombining()})
    assert torch.equal(batch[0], before)
    assert torch.equal(own[1], plain[1])
    # An individual that kept all its genes is as without recombination, noise included.
    kept = (own[0] == plain[0]).all(dim=(1, 2))
    assert 0.07 < kept.float().mean() < 0.23  # 0.5 * 0.6 * 0.5


def test_augmentation__hides_labels_of_individuals_that_were_recombined_in_their_class(batch):
    x, labels = batch
    found, hidden = recombining(drop_labels=0.9)(x, labels, 400, slice(None), generator())
    alone, _ = recombining()(x, labels, 400, slice(None), generator())
    assert torch.equal(found, alone)
    assert (hidden == UNLABELLED).float().mean() > 0.8


def test_augmentation_of__a_recipe():
    genes = [GeneFeatures(f"G{i}", c, 9, [0.0], [1.0]) for i, c in enumerate("1122")]
    layout = Layout(genes, 6, 1, ["a", "b", "c"])
    cpu = torch.device("cpu")
    own = Augmentation.of({"drop_labels": 0.2, "recombination": 0.25}, layout, cpu)
    assert (own.drop_labels, own.unlabelled, own.switches.tolist()) == (0.2, 3, [0.5, 0.25, 0.5, 0.25])
    assert Augmentation.of({"drop_labels": 0.0, "recombination": None}, layout, cpu).switches is None


def test_step__after_a_resume_shows_the_network_the_same(mask, batch):
    def start():
        network, augment = Watched(), recombining(drop_labels=0.3)
        return Trainer(network, linear(50, 1e-3, 0.2), mask, SETTINGS, 0, 9, augment=augment)

    whole, resumed = start(), start()
    for _ in range(2):
        whole.step(400, *batch)
    resumed.load_state({name: value.clone() for name, value in whole.state().items()}, 2)
    whole.step(400, *batch)
    resumed.step(400, *batch)
    for one, other in zip(whole.backbone.seen[2], resumed.backbone.seen[0], strict=True):
        assert torch.equal(one, other)
    assert torch.equal(whole.backbone.factor, resumed.backbone.factor)
    # Every step makes other mosaics.
    assert not torch.equal(whole.backbone.seen[2][2], whole.backbone.seen[1][2])
