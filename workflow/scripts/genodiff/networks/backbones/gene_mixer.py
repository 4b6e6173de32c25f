"""Gene mixer: a token per gene with weights of its own for itself and its neighbours, and genome tokens,
through which all genes exchange what spans the genome, at a cost linear in the genes."""

import torch
from torch import Tensor, nn
from torch.nn.functional import pad, silu

from genodiff.networks.layers import PerPositionLinear, TimeEmbedding, zero_init


class GeneWindows(nn.Module):
    """Map x (B, G, K) to the components of each gene and of `neighbours` genes on either side, (B, G,
    K (2 neighbours + 1)); where the chromosome ends they are zero. `chromosomes`: int64 (G,)."""

    def __init__(self, chromosomes: Tensor, neighbours: int):
        super().__init__()
        self.neighbours, self.genes = neighbours, 2 * neighbours + 1
        shown = pad(chromosomes, (neighbours, neighbours), value=-1).unfold(0, self.genes, 1)
        # Not persistent: the layout determines it.
        same = (shown == chromosomes[:, None]).float()[:, None]
        self.register_buffer("same", same, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        beside = pad(x, (0, 0, self.neighbours, self.neighbours)).unfold(1, self.genes, 1)
        return (beside * self.same).flatten(2)


class Modulation(nn.Module):
    """Adaptive layer normalisation (Peebles and Xie 2023): layers with the shift, the scale and the gate
    of a condition (B, width), initially zero, so that each block is initially the identity."""

    def __init__(self, width: int):
        super().__init__()
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.condition = zero_init(nn.Linear(width, 3 * width))

    def forward(self, h: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        """The normalised, modulated h (B, G, width), and a gate (B, 1, width) of what is made of it."""
        shift, scale, gate = self.condition(condition)[:, None].chunk(3, dim=2)
        return self.norm(h) * (1 + scale) + shift, gate


class GenomeBlock(nn.Module):
    """In `inner` features of each gene's `width`: genome tokens (B, T, inner) attend to genes, genes to
    genome tokens, and each gene passes a dense layer."""

    def __init__(self, width: int, inner: int, heads: int):
        super().__init__()
        self.modulation = Modulation(width)
        self.inwards, self.outwards = nn.Linear(width, inner), nn.Linear(inner, width)
        self.norm, self.norm_tokens = nn.LayerNorm(inner), nn.LayerNorm(inner)
        self.collect, self.spread = (
            nn.MultiheadAttention(inner, heads, batch_first=True) for _ in range(2)
        )
        self.dense = nn.Sequential(nn.Linear(inner, 4 * inner), nn.GELU(), nn.Linear(4 * inner, inner))

    def forward(self, genes: Tensor, tokens: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        h, gate = self.modulation(genes, condition)
        h = self.inwards(h)
        tokens = tokens + self.collect(self.norm_tokens(tokens), h, h, need_weights=False)[0]
        known = self.norm_tokens(tokens)
        h = h + self.spread(h, known, known, need_weights=False)[0]
        return genes + gate * self.outwards(h + self.dense(self.norm(h))), tokens


class GeneMixer(nn.Module):
    """Each gene's two layers from its window (see GeneWindows) to `width` features, `blocks` blocks with
    `tokens` genome tokens of `token_width`, and each gene's layer from its features and window to its
    components; the output is added to the input.

    chromosomes: int64 (G,), the number of the chromosome of each gene; the genes behind them, which are
    padding, take no part. None: all genes are on one chromosome. mask: bool (P, K); the features that it
    masks take no part.
    """

    def __init__(
        self, genes: int, components: int, classes: int,
        neighbours: int, width: int, blocks: int, tokens: int, token_width: int, heads: int,
        chromosomes: Tensor | None = None, mask: Tensor | None = None,
    ):  # fmt: skip
        super().__init__()
        if chromosomes is None:
            chromosomes = torch.zeros(genes, dtype=torch.int64)
        self.count, self.padding = len(chromosomes), genes - len(chromosomes)
        self.register_buffer("mask", None if mask is None else mask[: self.count], persistent=False)
        self.windows = GeneWindows(chromosomes, neighbours)
        inputs = components * self.windows.genes
        self.time, self.label = TimeEmbedding(width), nn.Embedding(classes + 1, width)
        self.embed = PerPositionLinear(self.count, inputs, width)
        self.first, self.of_first = PerPositionLinear(self.count, width, width), Modulation(width)
        self.blocks = nn.ModuleList(GenomeBlock(width, token_width, heads) for _ in range(blocks))
        self.tokens = nn.Parameter(torch.randn(tokens, token_width)) if blocks else None
        self.of_last = Modulation(width)
        self.last = zero_init(PerPositionLinear(self.count, width, components))
        # Two linear maps, of which the condition weighs the second.
        self.direct = zero_init(PerPositionLinear(self.count, inputs, 2 * components))
        self.of_direct = nn.Linear(width, components)

    def forward(self, x: Tensor, t: Tensor, label: Tensor) -> Tensor:
        own = x[:, : self.count]
        if self.mask is not None:
            own = own * self.mask
        windows, condition = self.windows(own), silu(self.time(t) + self.label(label))
        h = self.embed(windows)
        inner, gate = self.of_first(h, condition)
        h = h + (1 + gate) * self.first(silu(inner))
        if self.tokens is not None:
            tokens = self.tokens.expand(len(x), -1, -1)
            for block in self.blocks:
                h, tokens = block(h, tokens, condition)
        inner, gate = self.of_last(h, condition)
        fixed, weighed = self.direct(windows).chunk(2, dim=2)
        out = self.last(silu(inner) * (1 + gate)) + fixed + weighed * self.of_direct(condition)[:, None]
        if self.mask is not None:
            out = out * self.mask
        return x + pad(out, (0, 0, 0, self.padding))
