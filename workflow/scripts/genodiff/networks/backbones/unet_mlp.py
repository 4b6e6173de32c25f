"""Unet MLP: a dense U-Net over all features (Figure 2 of the paper)."""

import torch
from torch import Tensor, nn
from torch.nn.functional import silu

from genodiff.networks.layers import TimeEmbedding, UnmaskedFeatures, class_gate, group_norm, zero_init

# Minimum number of values of a group of a GroupNorm, as in the paper's narrowest layer.
_GROUP = 8


def dense(inputs: int, outputs: int) -> nn.Sequential:
    """Linear and SiLU."""
    return nn.Sequential(nn.Linear(inputs, outputs), nn.SiLU())


class Down(nn.Module):
    """a = dense(x); skip = dense(a); output = dense(GroupNorm(skip)) + a."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.enter = dense(inputs, outputs)
        self.skip = dense(outputs, outputs)
        self.norm = group_norm(outputs, _GROUP)
        self.leave = dense(outputs, outputs)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        a = self.enter(x)
        skip = self.skip(a)
        return self.leave(self.norm(skip)) + a, skip


class Up(nn.Module):
    """b = dense(x); h = dense([GroupNorm(b), skip]) * class + time; output = dense(h) + b."""

    def __init__(self, inputs: int, outputs: int, classes: int):
        super().__init__()
        self.enter = dense(inputs, outputs)
        self.norm = group_norm(outputs, _GROUP)
        self.merge = dense(2 * outputs, outputs)
        self.label = class_gate(classes, outputs)
        self.time = TimeEmbedding(outputs)
        self.leave = dense(outputs, outputs)

    def forward(self, x: Tensor, skip: Tensor, t: Tensor, label: Tensor) -> Tensor:
        b = self.enter(x)
        h = self.merge(torch.cat([self.norm(b), skip], dim=1))
        return self.leave(h * self.label(label) + self.time(t)) + b


class UnetMlp(nn.Module):
    """Dense U-Net with `widths` (outermost first, bottleneck last; multiples of 16); the output is added
    to the input. With `mask`, bool (P, K), only unmasked features are inputs and outputs."""

    def __init__(
        self, genes: int, components: int, classes: int, widths: list[int], mask: Tensor | None = None
    ):
        super().__init__()
        self.features = UnmaskedFeatures(genes, components, mask)
        *levels, narrow = widths
        self.downs = nn.ModuleList(map(Down, [self.features.count, *levels[:-1]], levels))
        self.bottleneck = nn.Sequential(
            nn.Linear(levels[-1], narrow), group_norm(narrow, _GROUP), nn.SiLU(),
            nn.Linear(narrow, narrow), nn.SiLU(),
        )  # fmt: skip
        outputs = levels[::-1]
        self.ups = nn.ModuleList(
            Up(i, o, classes) for i, o in zip([narrow, *outputs], outputs, strict=False)
        )
        self.norm = group_norm(levels[0], _GROUP)
        self.last = zero_init(nn.Linear(levels[0], self.features.count))

    def forward(self, x: Tensor, t: Tensor, label: Tensor) -> Tensor:
        h, skips = self.features(x), []
        for down in self.downs:
            h, skip = down(h)
            skips.append(skip)
        h = self.bottleneck(h)
        for up in self.ups:
            h = up(h, skips.pop(), t, label)
        return self.features.add(x, self.last(silu(self.norm(h))))
