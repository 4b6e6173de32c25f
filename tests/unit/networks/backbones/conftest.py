"""Every registered backbone at a tiny size."""

import pytest
import torch

from genodiff.diffusion.predictions import build_prediction
from genodiff.diffusion.schedule import linear
from genodiff.networks.backbones import BACKBONES, build_backbone

GENES, COMPONENTS, CLASSES = 8, 3, 2
_UNET_CNN = {
    "width": 16, "multipliers": [1, 2], "blocks": 1, "attention_at": [2], "head_width": 8,
    "dropout": 0.0,
}  # fmt: skip
# Other backbones are tested with their defaults, whole numbers being at most LARGEST.
TINY = {
    "baseline": {"width": 32},
    "unet_mlp": {"widths": [32, 32, 16]},
    "unet_cnn": _UNET_CNN,
    "mlp_cnn": {"unet_mlp": {"widths": [32, 16]}, "unet_cnn": _UNET_CNN, "mixer_width": 8},
    "transformer": {"genes_per_token": 2, "width": 16, "layers": 2, "heads": 2},
    "gene_mixer": {
        "neighbours": 1,
        "width": 16,
        "bottleneck": 4,
        "values": 6,
        "centres": 3,
        "ancestry": 2,
        "linkage": 2,
    },
}
LARGEST = 32


def settings_of(name: str) -> dict:
    """Complete settings of a tiny backbone."""
    if name in TINY:
        return BACKBONES[name].settings(**TINY[name]).model_dump()
    defaults = BACKBONES[name].settings().model_dump()
    return {k: min(v, LARGEST) if isinstance(v, int) else v for k, v in defaults.items()}


@pytest.fixture(params=BACKBONES)
def name(request):
    return request.param


@pytest.fixture
def build():
    """Build a tiny backbone by name, its weights drawn with seed `seed`."""

    def make(name, seed=0, genes=GENES, mask=None, chromosomes=None, prediction="v", **own):
        torch.manual_seed(seed)
        settings, schedule = settings_of(name) | own, linear(80, 1e-3, 0.1)
        return build_backbone(
            name, genes, COMPONENTS, CLASSES, settings, mask, chromosomes=chromosomes,
            prediction=build_prediction(prediction, schedule),
        )  # fmt: skip

    return make


@pytest.fixture
def perturbed(build):
    """The same, in evaluation mode, with noise on every weight: layers that start at zero or one would
    hide what is behind them."""

    def make(name, seed=0, **own):
        network = build(name, seed, **own).eval()
        with torch.no_grad():
            for parameter in network.parameters():
                parameter += 0.2 * torch.randn_like(parameter)
        return network

    return make


@pytest.fixture
def batch():
    """x (6, 8, 3), noise levels and labels; 2 is unlabelled."""
    generator = torch.Generator().manual_seed(3)
    x = torch.randn(6, GENES, COMPONENTS, generator=generator)
    t = torch.tensor([0.01, 0.2, 0.4, 0.6, 0.8, 1.0])
    return x, t, torch.tensor([0, 1, 2, 0, 1, 2])
