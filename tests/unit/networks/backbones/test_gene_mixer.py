"""What the gene mixer takes in: its prior, its own weights for neighbours on a chromosome, and what
spans the genome."""

import numpy as np
import pytest
import torch
from torch.nn.functional import mse_loss
from torch.utils.flop_counter import FlopCounterMode

from genodiff.diffusion.predictions import PREDICTIONS, build_prediction
from genodiff.diffusion.process import add_noise
from genodiff.diffusion.schedule import linear

# Two chromosomes of three genes each, and two padded genes.
CHROMOSOMES = torch.tensor([0, 0, 0, 1, 1, 1])


@pytest.fixture
def depends(perturbed, batch):
    """Function: bool (8, 8), whether the output of each gene depends on the input of each gene."""

    def find(**own):
        x, t, label = (part[:1] for part in batch)
        network = perturbed("gene_mixer", **own)
        jacobian = torch.autograd.functional.jacobian(lambda x: network(x, t, label), x)
        return jacobian[0, :, :, 0].abs().amax(dim=(1, 3)) > 1e-7

    return find


@pytest.mark.parametrize("neighbours", range(5))
def test_without_a_bottleneck_a_gene_sees_its_neighbours_on_its_chromosome_only(depends, neighbours):
    place = torch.arange(6)
    near = (place[:, None] - place).abs() <= neighbours
    expected = torch.eye(8, dtype=torch.bool)  # padded genes: the input is added to the output
    expected[:6, :6] = near & (CHROMOSOMES[:, None] == CHROMOSOMES)
    found = depends(bottleneck=0, ancestry=0, linkage=0, neighbours=neighbours, chromosomes=CHROMOSOMES)
    assert torch.equal(found, expected)


def test_with_a_bottleneck_every_gene_sees_every_gene_but_padding(depends):
    found = depends(bottleneck=4, neighbours=0, chromosomes=CHROMOSOMES)
    assert found[:6, :6].all()
    assert torch.equal(found[6:], torch.eye(8, dtype=torch.bool)[6:])
    assert not found[:6, 6:].any()


def test_a_chromosome_that_comes_back_is_not_next_to_itself(depends):
    # Neighbours are those in the order of genes; what is between them keeps its place.
    chromosomes = torch.tensor([0, 1, 0, 0, 1, 1])
    found = depends(bottleneck=0, ancestry=0, linkage=0, neighbours=1, chromosomes=chromosomes)
    seen = [row.nonzero()[:, 0].tolist() for row in found[:6]]
    assert seen == [[0], [1], [2, 3], [2, 3], [4, 5], [4, 5]]


def test_padding_changes_nothing(build, batch):
    x, t, label = batch
    x = torch.cat([x[:, :6], torch.zeros(6, 2, 3)], dim=1)
    padded, bare = (build("gene_mixer", genes=genes, chromosomes=CHROMOSOMES).eval() for genes in (8, 6))
    with torch.no_grad():
        for network in (padded, bare):
            network.last.weight.fill_(0.1)
    out = padded(x, t, label)
    assert torch.equal(out[:, :6], bare(x[:, :6], t, label))
    assert not out[:, 6:].any()


def test_masked_features_take_no_part(perturbed, batch):
    x, t, label = batch
    mask = torch.arange(3) < torch.tensor([3, 1, 2, 2, 3, 1, 0, 0])[:, None]
    network = perturbed("gene_mixer", mask=mask, chromosomes=CHROMOSOMES)
    out = network(x, t, label)
    other = torch.where(mask, x, torch.randn_like(x))
    found = network(other, t, label)
    assert torch.equal(found[:, mask], out[:, mask])
    assert torch.equal(found[:, ~mask], other[:, ~mask])


@pytest.mark.parametrize(("neighbours", "width", "bottleneck"), [(0, 16, 0), (2, 32, 8), (4, 16, 2)])
def test_parameters__are_linear_in_the_genes_that_are_no_padding(build, neighbours, width, bottleneck):
    def count(genes, padded):
        network = build(
            "gene_mixer", genes=padded, chromosomes=torch.zeros(genes, dtype=torch.int64),
            neighbours=neighbours, width=width, bottleneck=bottleneck, values=6, centres=3, ancestry=2,
            linkage=2,
        )  # fmt: skip
        return sum(parameter.numel() for parameter in network.parameters())

    w, n, inputs = width, bottleneck, 6 * (2 * neighbours + 1) + 3
    per_gene = (inputs + 1) * w + (w + 1) * w + (w + 1) * (3 + 6 + 3) + (inputs + 1) * 6
    if n:
        per_gene += 7 * n + (n + 1) * w
    assert count(30, 32) - count(20, 32) == 10 * per_gene
    assert count(20, 20) == count(20, 32)


def test_arithmetic__is_linear_in_the_genes(build):
    def flops(genes):
        network = build("gene_mixer", genes=genes)
        with FlopCounterMode(display=False) as counter:
            network(torch.zeros(1, genes, 3), torch.ones(1), torch.zeros(1, dtype=torch.int64))
        return counter.get_total_flops()

    one, two, three = map(flops, (100, 200, 300))
    assert two - one == three - two > 0.9 * one


@pytest.mark.parametrize("prediction", PREDICTIONS)
def test_untrained_it_restores_what_its_prior_does(build, batch, prediction):
    # Whatever the output means, x_0 recovered from it is the prior's.
    network, rng = build("gene_mixer", prediction=prediction, chromosomes=CHROMOSOMES).eval(), batch[0]
    x, mask = rng[:, None].repeat(1, 10, 1, 1).flatten(0, 1).sign(), torch.ones(8, 3, dtype=torch.bool)
    network.prepare(x.numpy(), np.arange(60) % 3, mask.numpy())
    t, label = torch.tensor([0, 10, 20, 40, 60, 79]), batch[2]
    schedule = linear(80, 1e-3, 0.1)
    found = build_prediction(prediction, schedule)
    output = network(batch[0], schedule.level(t), label)
    x_0 = found.recover(batch[0], found.from_output(batch[0], output, t), t, mask)
    alpha_bar = schedule.alpha_bar[t].float()
    y = batch[0][:, :6] / alpha_bar.sqrt()[:, None, None]
    seen = network.prior(y, 1 / alpha_bar - 1, label)
    expected = network.prior.restore(seen.logits, seen)
    assert not torch.allclose(expected, y / (1 + (1 / alpha_bar - 1))[:, None, None], atol=0.1)
    torch.testing.assert_close(x_0[:, :6], expected, rtol=1e-3, atol=2e-3)


def test_in_bfloat16_it_computes_the_same(perturbed, batch):
    network = perturbed("gene_mixer", chromosomes=CHROMOSOMES)
    with torch.autocast("cpu", torch.bfloat16):
        out = network(*batch)
    assert out.dtype == torch.float32
    torch.testing.assert_close(out, network(*batch), rtol=0.1, atol=0.2)


@pytest.mark.slow
def test_compiles_as_one_graph(perturbed, batch):
    found = torch._dynamo.explain(perturbed("gene_mixer", chromosomes=CHROMOSOMES))(*batch)
    assert (found.graph_count, found.graph_break_count) == (1, 0)


@pytest.mark.slow
def test_learns_what_links_neighbours(build):
    # Each gene is the one before it in a rotation of its own: neighbours tell what noise hides.
    generator = torch.Generator().manual_seed(1)
    mixtures = torch.linalg.qr(torch.randn(8, 3, 3, generator=generator))[0]
    x, steps = torch.randn(128, 8, 3, generator=generator), 200
    for gene in range(1, 8):
        x[:, gene] = x[:, gene - 1] @ mixtures[gene]
    schedule, label = linear(20, 0.05, 0.05), torch.zeros(len(x), dtype=torch.int64)
    noise = torch.randn(steps, *x.shape, generator=generator)
    levels = torch.randint(schedule.steps, (steps, len(x)), generator=generator)

    def error(neighbours):
        network = build("gene_mixer", neighbours=neighbours, bottleneck=0, prediction="noise")
        optimizer, losses = torch.optim.Adam(network.parameters(), 3e-3), []
        for t, added in zip(levels, noise, strict=True):
            loss = mse_loss(network(add_noise(schedule, x, added, t), schedule.level(t), label), added)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return sum(losses[-20:]) / 20

    alone, one, two = map(error, (0, 1, 2))
    assert two < 0.9 * one < 0.8 * alone
