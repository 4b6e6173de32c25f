"""CNN classifier: strided convolutions over the gene axis."""

from torch import Tensor, nn


class CnnClassifier(nn.Module):
    """Four convolutions (kernel 3, stride 2, `channels` channels, GELU) and a linear layer."""

    def __init__(self, genes: int, components: int, classes: int, channels: int):
        super().__init__()
        layers, length = [], genes
        for inputs in (components, channels, channels, channels):
            layers += [nn.Conv1d(inputs, channels, 3, stride=2, padding=1), nn.GELU()]
            length = (length + 1) // 2
        self.convolutions = nn.Sequential(*layers)
        self.last = nn.Linear(channels * length, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.convolutions(x.transpose(1, 2)).flatten(1))
