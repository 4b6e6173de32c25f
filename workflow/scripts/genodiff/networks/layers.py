"""Network parts that several backbones or classifiers share."""

import math

import torch
from torch import Tensor, nn

# Groups of a GroupNorm at the paper's widths.
_NORM_GROUPS = 32


def group_norm(width: int, smallest: int) -> nn.GroupNorm:
    """GroupNorm with 32 groups, as in the paper, or fewer in a narrow layer: no group has less than
    `smallest` channels. (Two values a group, say, would leave a dense layer nothing but signs.)"""
    return nn.GroupNorm(math.gcd(_NORM_GROUPS, width // smallest), width)


def time_features(t: Tensor, width: int) -> Tensor:
    """Sinusoidal features (B, width) of noise levels t (B,) in [0, 1] (Ho et al. 2020, on 1000 t)."""
    half = width // 2
    frequency = torch.exp(-math.log(10_000) * torch.arange(half, device=t.device) / half)
    angle = 1000 * t[:, None] * frequency
    return torch.cat([angle.cos(), angle.sin()], dim=1)


class TimeEmbedding(nn.Module):
    """Noise levels (B,) in [0, 1] to embeddings (B, width): sinusoids, linear, SiLU, linear."""

    def __init__(self, width: int, features: int = 128):
        super().__init__()
        self.features = features
        self.net = nn.Sequential(nn.Linear(features, width), nn.SiLU(), nn.Linear(width, width))

    def forward(self, t: Tensor) -> Tensor:
        return self.net(time_features(t, self.features))


def class_gate(classes: int, width: int) -> nn.Embedding:
    """Embedding of `classes` labels and "unlabelled" that multiplies a layer; starts at one."""
    gate = nn.Embedding(classes + 1, width)
    nn.init.ones_(gate.weight)
    return gate


def zero_init(layer: nn.Module) -> nn.Module:
    """Set a layer's parameters to zero: a residual branch that starts as the identity."""
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
    return layer


class _Spread(torch.autograd.Function):
    """Values (B, S) to the features (B, P K) they belong to, zeros elsewhere. Both ways are gathers,
    which are quick on every device and the same every time; an indexed write is one or the other."""

    @staticmethod
    def forward(ctx, values: Tensor, live: Tensor, back: Tensor) -> Tensor:
        ctx.save_for_backward(live)
        return nn.functional.pad(values, (0, 1)).index_select(1, back)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None, None]:
        return gradient.index_select(1, ctx.saved_tensors[0]), None, None


class UnmaskedFeatures(nn.Module):
    """What a dense network sees of individuals (B, P, K): the values (B, `count`) of the features that
    are live by `mask`, bool (P, K), or of all P K features where that is None."""

    def __init__(self, genes: int, components: int, mask: Tensor | None = None):
        super().__init__()
        self.count = genes * components
        self.gathers = mask is not None
        if mask is not None:
            flat = mask.flatten().cpu()
            self.count = int(flat.sum())
            # Follows from the layout: no part of the weights.
            self.register_buffer("live", flat.nonzero()[:, 0], persistent=False)
            # Where each feature finds its value; padded ones a zero behind the last.
            back = torch.where(flat, flat.cumsum(0) - 1, self.count)
            self.register_buffer("back", back, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """(B, P, K) to (B, count)."""
        return x.flatten(1).index_select(1, self.live) if self.gathers else x.flatten(1)

    def add(self, x: Tensor, values: Tensor) -> Tensor:
        """x (B, P, K) with values (B, count) added where they belong."""
        if self.gathers:
            values = _Spread.apply(values, self.live, self.back)
        return x + values.view_as(x)


class PerPositionLinear(nn.Module):
    """(B, T, inputs) to (B, T, outputs) with a weight and a bias of its own for each position."""

    def __init__(self, positions: int, inputs: int, outputs: int):
        super().__init__()
        bound = 1 / math.sqrt(inputs)
        self.weight = nn.Parameter(torch.empty(positions, inputs, outputs).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(positions, 1, outputs).uniform_(-bound, bound))

    def forward(self, x: Tensor) -> Tensor:
        return torch.baddbmm(self.bias, x.transpose(0, 1), self.weight).transpose(0, 1)


def gene_tokens(x: Tensor, genes_per_token: int) -> Tensor:
    """(B, P, K) to (B, P / genes_per_token, genes_per_token K).

    Raises ValueError when P does not divide.
    """
    batch, genes, components = x.shape
    if genes % genes_per_token:
        raise ValueError(f"{genes} genes do not divide into tokens of {genes_per_token}")
    return x.reshape(batch, genes // genes_per_token, genes_per_token * components)


def encoder(layers: int, width: int, heads: int) -> nn.TransformerEncoder:
    """Transformer encoder: pre-norm, GELU, feed-forward 4 x width, no dropout."""
    layer = nn.TransformerEncoderLayer(
        width, heads, 4 * width, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
    )
    return nn.TransformerEncoder(layer, layers, norm=nn.LayerNorm(width), enable_nested_tensor=False)
