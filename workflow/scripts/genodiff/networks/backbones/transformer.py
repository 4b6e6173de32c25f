"""Transformer: an encoder over tokens of neighbouring genes with a separate embedding per position."""

import torch
from torch import Tensor, nn

from genodiff.networks.layers import PerPositionLinear, TimeEmbedding, encoder, gene_tokens, zero_init


class Transformer(nn.Module):
    """Tokens of `genes_per_token` genes with a linear embedding per position (in place of learned
    positions), a time token and a class token, `layers` encoder layers, and a linear output layer per
    position; the output is added to the input."""

    def __init__(
        self, genes: int, components: int, classes: int,
        genes_per_token: int, width: int, layers: int, heads: int,
    ):  # fmt: skip
        super().__init__()
        self.genes_per_token = genes_per_token
        positions, inputs = genes // genes_per_token, genes_per_token * components
        self.embed = PerPositionLinear(positions, inputs, width)
        self.time = TimeEmbedding(width)
        self.label = nn.Embedding(classes + 1, width)
        self.encoder = encoder(layers, width, heads)
        self.last = zero_init(PerPositionLinear(positions, width, inputs))

    def forward(self, x: Tensor, t: Tensor, label: Tensor) -> Tensor:
        tokens = self.embed(gene_tokens(x, self.genes_per_token))
        condition = torch.stack([self.time(t), self.label(label)], dim=1)
        h = self.encoder(torch.cat([condition, tokens], dim=1))[:, 2:]
        return x + self.last(h).reshape(x.shape)
