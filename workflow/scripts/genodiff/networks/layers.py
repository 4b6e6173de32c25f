"""Layers of several backbones and classifiers."""

import math

import torch
from torch import Tensor, nn

# Groups of a GroupNorm at the paper's widths.
_NORM_GROUPS = 32


def group_norm(width: int, smallest: int) -> nn.GroupNorm:
    """GroupNorm with 32 groups, as in the paper, or fewer in narrow layers: each group has at least
    `smallest` channels. (In groups of two values a dense layer would keep only their signs.)"""
    return nn.GroupNorm(math.gcd(_NORM_GROUPS, width // smallest), width)


def time_features(t: Tensor, width: int) -> Tensor:
    """Sinusoidal features (B, width) of 1000 t for noise levels t (B,) in [0, 1] (Ho et al. 2020)."""
    half = width // 2
    frequency = torch.exp(-math.log(10_000) * torch.arange(half, device=t.device) / half)
    angle = 1000 * t[:, None] * frequency
    return torch.cat([angle.cos(), angle.sin()], dim=1)


class TimeEmbedding(nn.Module):
    """Embeddings (B, width) of noise levels (B,) in [0, 1]: sinusoids, linear, SiLU, linear."""

    def __init__(self, width: int, features: int = 128):
        super().__init__()
        self.features = features
        self.net = nn.Sequential(nn.Linear(features, width), nn.SiLU(), nn.Linear(width, width))

    def forward(self, t: Tensor) -> Tensor:
        return self.net(time_features(t, self.features))


def class_gate(classes: int, width: int) -> nn.Embedding:
    """Embedding of `classes` labels and of unlabelled, which multiplies a layer; initially one."""
    gate = nn.Embedding(classes + 1, width)
    nn.init.ones_(gate.weight)
    return gate


def zero_init(layer: nn.Module) -> nn.Module:
    """Set the parameters of a layer to zero, so that its residual block is initially the identity."""
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
    return layer


class _Spread(torch.autograd.Function):
    """Map values (B, S) of unmasked features to all features (B, P K), with zeros elsewhere. Both
    directions are gathers, which are fast and deterministic on every device; an indexed write is not."""

    generate_vmap_rule = True

    @staticmethod
    def forward(values: Tensor, unmasked: Tensor, back: Tensor) -> Tensor:
        return nn.functional.pad(values, (0, 1)).index_select(1, back)

    @staticmethod
    def setup_context(ctx, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        ctx.save_for_backward(inputs[1])

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None, None]:
        return gradient.index_select(1, ctx.saved_tensors[0]), None, None


class UnmaskedFeatures(nn.Module):
    """Input and output of a dense network for individuals (B, P, K): the values (B, `count`) of the
    features that `mask`, bool (P, K), marks as unmasked, or of all P K features if it is None."""

    def __init__(self, genes: int, components: int, mask: Tensor | None = None):
        super().__init__()
        self.count = genes * components
        self.gathers = mask is not None
        if mask is not None:
            flat = mask.flatten().cpu()
            self.count = int(flat.sum())
            # Not persistent: the layout determines these indices.
            self.register_buffer("unmasked", flat.nonzero()[:, 0], persistent=False)
            # Index of each feature's value; masked features have that of a zero after the last value.
            back = torch.where(flat, flat.cumsum(0) - 1, self.count)
            self.register_buffer("back", back, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """(B, P, K) to (B, count)."""
        return x.flatten(1).index_select(1, self.unmasked) if self.gathers else x.flatten(1)

    def add(self, x: Tensor, values: Tensor) -> Tensor:
        """Add values (B, count) to the unmasked features of x (B, P, K)."""
        if self.gathers:
            values = _Spread.apply(values, self.unmasked, self.back)
        return x + values.view_as(x)


class PerPositionLinear(nn.Module):
    """Linear layer (B, T, inputs) to (B, T, outputs) with separate weights and biases per position."""

    def __init__(self, positions: int, inputs: int, outputs: int):
        super().__init__()
        bound = 1 / math.sqrt(inputs)
        self.weight = nn.Parameter(torch.empty(positions, inputs, outputs).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(positions, 1, outputs).uniform_(-bound, bound))

    def forward(self, x: Tensor) -> Tensor:
        return torch.baddbmm(self.bias, x.transpose(0, 1), self.weight).transpose(0, 1)


def gene_tokens(x: Tensor, genes_per_token: int) -> Tensor:
    """Reshape (B, P, K) to (B, P / genes_per_token, genes_per_token K). Raises ValueError if P is not a
    multiple of `genes_per_token`."""
    batch, genes, components = x.shape
    if genes % genes_per_token:
        raise ValueError(f"{genes} genes do not divide into tokens of {genes_per_token}")
    return x.reshape(batch, genes // genes_per_token, genes_per_token * components)


def encoder(layers: int, width: int, heads: int) -> nn.TransformerEncoder:
    """Pre-norm transformer encoder with GELU, feed-forward width 4 x `width` and no dropout."""
    layer = nn.TransformerEncoderLayer(
        width, heads, 4 * width, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
    )
    return nn.TransformerEncoder(layer, layers, norm=nn.LayerNorm(width), enable_nested_tensor=False)
