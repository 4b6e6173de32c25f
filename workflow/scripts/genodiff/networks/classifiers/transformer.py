"""Transformer classifier: an encoder over tokens of neighbouring genes with a class token."""

import torch
from torch import Tensor, nn

from genodiff.networks.layers import PerPositionLinear, encoder, gene_tokens


class TransformerClassifier(nn.Module):
    """Tokens of `genes_per_token` genes with a linear embedding per position, a class token, `layers`
    encoder layers, and logits from the class token."""

    def __init__(
        self, genes: int, components: int, classes: int,
        genes_per_token: int, width: int, layers: int, heads: int,
    ):  # fmt: skip
        super().__init__()
        self.genes_per_token = genes_per_token
        self.embed = PerPositionLinear(genes // genes_per_token, genes_per_token * components, width)
        self.token = nn.Parameter(torch.randn(width) * 0.02)
        self.encoder = encoder(layers, width, heads)
        self.last = nn.Linear(width, classes)

    def forward(self, x: Tensor) -> Tensor:
        tokens = self.embed(gene_tokens(x, self.genes_per_token))
        token = self.token.expand(len(x), 1, -1)
        return self.last(self.encoder(torch.cat([token, tokens], dim=1))[:, 0])
