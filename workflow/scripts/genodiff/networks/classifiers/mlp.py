"""MLP classifier: a wide layer, one residual block, a linear output."""

from torch import Tensor, nn
from torch.nn.functional import gelu


class MlpClassifier(nn.Module):
    """Dense layer P K - width, a residual block of two layers of `width`, GELU, linear output."""

    def __init__(self, genes: int, components: int, classes: int, width: int):
        super().__init__()
        self.first = nn.Linear(genes * components, width)
        self.block = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, width))
        self.last = nn.Linear(width, classes)

    def forward(self, x: Tensor) -> Tensor:
        h = gelu(self.first(x.flatten(1)))
        return self.last(gelu(h + self.block(h)))
