"""What is tried for the convolutional U-Net: channels, blocks and dropout."""

from typing import Any

from genodiff.tuning.spaces.base import NETWORK, Choice, Parameter, scaled

DROPOUTS = (0.0, 0.1, 0.3)


def parameters(settings: dict[str, Any]) -> list[Parameter]:
    """Of complete settings."""
    sizes = tuple({"width": width} for width in scaled(settings["width"], 0.5, 1, 2, multiple=16))
    blocks = settings["blocks"]
    return [
        Choice("width", NETWORK, sizes),
        Choice("blocks", NETWORK, ({"blocks": max(1, blocks - 1)}, {"blocks": blocks + 1})),
        Choice("dropout", NETWORK, tuple({"dropout": share} for share in DROPOUTS)),
    ]
