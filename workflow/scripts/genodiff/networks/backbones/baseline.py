"""Baseline: a dense network with one hidden layer after the conditioned first one."""

from torch import Tensor, nn
from torch.nn.functional import silu

from genodiff.networks.layers import TimeEmbedding, UnmaskedFeatures, class_gate, zero_init


class Baseline(nn.Module):
    """Dense layers P K - width - width - P K with SiLU; h * class + time follows the first layer, and
    the output is added to the input. With `mask`, bool (P, K), only unmasked features are inputs and
    outputs.
    """

    def __init__(
        self, genes: int, components: int, classes: int, width: int, mask: Tensor | None = None
    ):
        super().__init__()
        self.features = UnmaskedFeatures(genes, components, mask)
        self.first = nn.Linear(self.features.count, width)
        self.label = class_gate(classes, width)
        self.time = TimeEmbedding(width)
        self.hidden = nn.Linear(width, width)
        self.last = zero_init(nn.Linear(width, self.features.count))

    def forward(self, x: Tensor, t: Tensor, label: Tensor) -> Tensor:
        h = silu(self.first(self.features(x))) * self.label(label) + self.time(t)
        return self.features.add(x, self.last(silu(self.hidden(h))))
