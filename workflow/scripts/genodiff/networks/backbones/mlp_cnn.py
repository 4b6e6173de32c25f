"""Unet MLP + CNN: a mixture of both networks with a learned function of the noise level (Eq. 8)."""

import torch
from torch import Tensor, nn

from genodiff.networks.backbones.unet_cnn import UnetCnn
from genodiff.networks.backbones.unet_mlp import UnetMlp


class MlpCnn(nn.Module):
    """(1 - lambda(t)) unet_mlp + lambda(t) unet_cnn, where lambda is the sigmoid of a dense SiLU network
    1 - mixer_width - 1 of t. `mask` is passed to unet_mlp."""

    def __init__(
        self, genes: int, components: int, classes: int,
        unet_mlp: dict, unet_cnn: dict, mixer_width: int, mask: Tensor | None = None,
    ):  # fmt: skip
        super().__init__()
        self.mlp = UnetMlp(genes, components, classes, **unet_mlp, mask=mask)
        self.cnn = UnetCnn(genes, components, classes, **unet_cnn)
        self.mixer = nn.Sequential(nn.Linear(1, mixer_width), nn.SiLU(), nn.Linear(mixer_width, 1))

    def mixing(self, t: Tensor) -> Tensor:
        """lambda (B,) in (0, 1), the weight of unet_cnn, at noise levels t (B,)."""
        return torch.sigmoid(self.mixer(t[:, None]))[:, 0]

    def forward(self, x: Tensor, t: Tensor, label: Tensor) -> Tensor:
        weight = self.mixing(t)[:, None, None]
        return (1 - weight) * self.mlp(x, t, label) + weight * self.cnn(x, t, label)
