"""What the gene mixer takes in: its own weights for neighbours on a chromosome, and genome tokens."""

import pytest
import torch
from torch.nn.functional import mse_loss
from torch.utils.flop_counter import FlopCounterMode

from genodiff.diffusion.process import add_noise
from genodiff.diffusion.schedule import linear
from genodiff.networks.backbones import BACKBONES, build_backbone

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
def test_without_blocks_a_gene_sees_its_neighbours_on_its_chromosome_only(depends, neighbours):
    place = torch.arange(6)
    near = (place[:, None] - place).abs() <= neighbours
    expected = torch.eye(8, dtype=torch.bool)  # padded genes: the input is added to the output
    expected[:6, :6] = near & (CHROMOSOMES[:, None] == CHROMOSOMES)
    found = depends(blocks=0, neighbours=neighbours, chromosomes=CHROMOSOMES)
    assert torch.equal(found, expected)


def test_with_a_block_every_gene_sees_every_gene_but_padding(depends):
    found = depends(blocks=1, neighbours=0, chromosomes=CHROMOSOMES)
    assert found[:6, :6].all()
    assert torch.equal(found[6:], torch.eye(8, dtype=torch.bool)[6:])
    assert not found[:6, 6:].any()


def test_a_chromosome_that_comes_back_is_not_next_to_itself(depends):
    # Neighbours are those in the order of genes; what is between them keeps its place.
    found = depends(blocks=0, neighbours=1, chromosomes=torch.tensor([0, 1, 0, 0, 1, 1]))
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


@pytest.mark.parametrize(
    ("neighbours", "width", "blocks", "tokens"), [(0, 16, 0, 1), (2, 32, 1, 4), (4, 16, 3, 2)]
)
def test_parameters__are_linear_in_the_genes_that_are_no_padding(neighbours, width, blocks, tokens):
    settings = {
        "neighbours": neighbours, "width": width, "blocks": blocks, "tokens": tokens,
        "token_width": 8, "heads": 2,
    }  # fmt: skip

    def count(genes, padded):
        chromosomes = torch.zeros(genes, dtype=torch.int64)
        network = build_backbone("gene_mixer", padded, 3, 2, settings, chromosomes=chromosomes)
        return sum(parameter.numel() for parameter in network.parameters())

    w, inputs = width, 3 * (2 * neighbours + 1)
    per_gene = (inputs + 1) * w + (w + 1) * w + (w + 1) * 3 + (inputs + 1) * 6
    assert count(30, 32) - count(20, 32) == 10 * per_gene
    assert count(20, 20) == count(20, 32)
    time_and_class, modulation = 129 * w + (w + 1) * w + 3 * w, (w + 1) * 3 * w
    # Two norms, two attentions, a dense layer of 8 - 32 - 8, and what leads to them and back.
    block = 2 * 16 + 2 * (4 * 64 + 4 * 8) + 9 * 32 + 33 * 8 + (w + 1) * 8 + 9 * w + modulation
    shared = time_and_class + 2 * modulation + (w + 1) * 3 + blocks * block
    assert count(20, 20) == 20 * per_gene + shared + (blocks > 0) * tokens * 8


def test_arithmetic__is_linear_in_the_genes():
    settings = BACKBONES["gene_mixer"].settings().model_dump()

    def flops(genes):
        with torch.device("meta"), FlopCounterMode(display=False) as counter:
            network = build_backbone("gene_mixer", genes, 3, 2, settings)
            network(torch.empty(1, genes, 3), torch.empty(1), torch.zeros(1, dtype=torch.int64))
        return counter.get_total_flops()

    one, two, three = map(flops, (100, 200, 300))
    assert two - one == three - two > 0.9 * one


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
        network = build("gene_mixer", neighbours=neighbours, blocks=0)
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
