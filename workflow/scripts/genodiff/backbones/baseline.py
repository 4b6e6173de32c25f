"""Baseline: a dense network with one hidden layer after the conditioned first one."""

from torch import Tensor, nn
from torch.nn.functional import silu

from genodiff.layers import TimeEmbedding, class_gate, zero_init


class Baseline(nn.Module):
    """Dense P K - width - width - P K with SiLU; after the first layer
    h * class + time; the output is added to the input."""

    def __init__(self, genes: int, components: int, classes: int, width: int):
        super().__init__()
        slots = genes * components
        self.first = nn.Linear(slots, width)
        self.label = class_gate(classes, width)
        self.time = TimeEmbedding(width)
        self.hidden = nn.Linear(width, width)
        self.last = zero_init(nn.Linear(width, slots))

    def forward(self, x: Tensor, t: Tensor, label: Tensor) -> Tensor:
        h = silu(self.first(x.flatten(1))) * self.label(label) + self.time(t)
        return x + self.last(silu(self.hidden(h))).view_as(x)
