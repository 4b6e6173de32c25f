"""Unet CNN: a one-dimensional convolutional U-Net over the gene axis (after Dhariwal & Nichol 2021)."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention, silu

from genodiff.networks.layers import TimeEmbedding, group_norm, zero_init

_KERNEL = 3
# Minimum number of channels of a group of a GroupNorm, as in the paper's first level.
_GROUP = 2


def halving(width: int) -> nn.Module:
    """(B, width, L) to (B, width, L / 2): means of two neighbours."""
    return nn.AvgPool1d(2)


def doubling(width: int) -> nn.Module:
    """(B, width, L) to (B, width, 2 L): a learned interpolation, initially repetition."""
    layer = zero_init(nn.ConvTranspose1d(width, width, 2, stride=2))
    with torch.no_grad():
        layer.weight += torch.eye(width)[:, :, None]
    return layer


class ResidualBlock(nn.Module):
    """GroupNorm, SiLU, convolution, GroupNorm scaled and shifted by the embedding, SiLU, dropout,
    convolution, plus the input: (B, inputs, L) to (B, outputs, L). `resample` (halving or doubling)
    changes the length of the input before the first convolution and of the shortcut."""

    def __init__(
        self, inputs: int, outputs: int, embedding: int, dropout: float,
        resample: Callable[[int], nn.Module] = nn.Identity,
    ):  # fmt: skip
        super().__init__()
        self.enter_resample, self.shortcut_resample = resample(inputs), resample(inputs)
        self.enter_norm = group_norm(inputs, _GROUP)
        self.enter = nn.Conv1d(inputs, outputs, _KERNEL, padding=1)
        self.condition = nn.Linear(embedding, 2 * outputs)
        self.leave_norm = group_norm(outputs, _GROUP)
        self.dropout = nn.Dropout(dropout)
        self.leave = zero_init(nn.Conv1d(outputs, outputs, _KERNEL, padding=1))
        self.shortcut = nn.Identity() if inputs == outputs else nn.Conv1d(inputs, outputs, 1)

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        h = self.enter(self.enter_resample(silu(self.enter_norm(x))))
        scale, shift = self.condition(silu(embedding))[..., None].chunk(2, dim=1)
        h = self.leave_norm(h) * (1 + scale) + shift
        return self.shortcut(self.shortcut_resample(x)) + self.leave(self.dropout(silu(h)))


class SelfAttention(nn.Module):
    """Self-attention along the gene axis, plus the input: (B, width, L)."""

    def __init__(self, width: int, head_width: int):
        super().__init__()
        # Heads with about head_width channels; their number divides the width.
        self.heads = math.gcd(width, max(1, width // head_width))
        self.norm = group_norm(width, _GROUP)
        self.qkv = nn.Conv1d(width, 3 * width, 1)
        self.leave = zero_init(nn.Conv1d(width, width, 1))

    def forward(self, x: Tensor) -> Tensor:
        batch, width, length = x.shape
        qkv = self.qkv(self.norm(x)).view(batch, 3, self.heads, width // self.heads, length)
        q, k, v = qkv.transpose(-1, -2).unbind(1)
        h = scaled_dot_product_attention(q, k, v).transpose(-1, -2)
        return x + self.leave(h.reshape(batch, width, length))


class Stage(nn.Module):
    """A residual block, followed by self-attention if the level has it."""

    def __init__(self, block: ResidualBlock, attention: SelfAttention | None):
        super().__init__()
        self.block, self.attention = block, attention or nn.Identity()

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        return self.attention(self.block(x, embedding))


class UnetCnn(nn.Module):
    """1-D U-Net; level i has `width * multipliers[i]` channels and 1/2^i of the length.

    A level has `blocks` residual blocks (one more in the upward path) and, if its downsampling factor is
    in `attention_at`, self-attention, as has the middle. Residual blocks resample between levels. The
    output is added to the input. Raises ValueError if P is not a multiple of 2^(levels - 1).
    """

    def __init__(
        self, genes: int, components: int, classes: int, width: int, multipliers: list[int],
        blocks: int, attention_at: list[int], head_width: int, dropout: float,
    ):  # fmt: skip
        super().__init__()
        if genes % 2 ** (len(multipliers) - 1):
            raise ValueError(f"{genes} genes cannot be halved {len(multipliers) - 1} times")
        embedding = 4 * width
        self.time = TimeEmbedding(embedding, features=width)
        self.label = nn.Embedding(classes + 1, embedding)

        def stage(inputs: int, outputs: int, attend: bool) -> Stage:
            attention = SelfAttention(outputs, head_width) if attend else None
            return Stage(ResidualBlock(inputs, outputs, embedding, dropout), attention)

        self.enter = nn.Conv1d(components, width, _KERNEL, padding=1)
        self.downs, self.shrinks = nn.ModuleList(), nn.ModuleList()
        channels, skips = width, [width]
        for level, multiplier in enumerate(multipliers):
            stages = nn.ModuleList()
            for _ in range(blocks):
                stages.append(stage(channels, width * multiplier, 2**level in attention_at))
                channels = width * multiplier
                skips.append(channels)
            self.downs.append(stages)
            if level < len(multipliers) - 1:
                self.shrinks.append(ResidualBlock(channels, channels, embedding, dropout, halving))
                skips.append(channels)
        self.middle = nn.ModuleList([stage(channels, channels, True), stage(channels, channels, False)])
        self.ups, self.grows = nn.ModuleList(), nn.ModuleList()
        for level, multiplier in reversed(list(enumerate(multipliers))):
            stages = nn.ModuleList()
            for _ in range(blocks + 1):
                inputs = channels + skips.pop()
                stages.append(stage(inputs, width * multiplier, 2**level in attention_at))
                channels = width * multiplier
            self.ups.append(stages)
            if level:
                self.grows.append(ResidualBlock(channels, channels, embedding, dropout, doubling))
        self.norm = group_norm(channels, _GROUP)
        self.last = zero_init(nn.Conv1d(channels, components, _KERNEL, padding=1))

    def forward(self, x: Tensor, t: Tensor, label: Tensor) -> Tensor:
        embedding = self.time(t) + self.label(label)
        h = self.enter(x.transpose(1, 2))
        skips = [h]
        for level, stages in enumerate(self.downs):
            for stage in stages:
                h = stage(h, embedding)
                skips.append(h)
            if level < len(self.shrinks):
                h = self.shrinks[level](h, embedding)
                skips.append(h)
        for stage in self.middle:
            h = stage(h, embedding)
        for level, stages in enumerate(self.ups):
            for stage in stages:
                h = stage(torch.cat([h, skips.pop()], dim=1), embedding)
            if level < len(self.grows):
                h = self.grows[level](h, embedding)
        return x + self.last(silu(self.norm(h))).transpose(1, 2)
