"""The network of a diffusion model."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from genodiff.diffusion.predictions import build_prediction
from genodiff.diffusion.schedule import build_schedule
from genodiff.formats.tensors import Layout
from genodiff.networks.backbones import build_backbone


def build_network(
    backbone: str, settings: dict[str, Any], recipe: dict[str, Any], layout: Layout,
    plugins: Sequence[str] = (),
) -> nn.Module:  # fmt: skip
    """A backbone by name, not trained, for the individuals of a layout; recipe: that of its training.
    Raises as `build_backbone` does."""
    return build_backbone(
        backbone, layout.padded_genes, layout.components, len(layout.classes), settings,
        torch.from_numpy(layout.mask()) if recipe["unmasked_only"] else None, plugins,
        torch.from_numpy(layout.chromosomes()),
        build_prediction(recipe["prediction"], build_schedule(**recipe["schedule"])),
    )  # fmt: skip
