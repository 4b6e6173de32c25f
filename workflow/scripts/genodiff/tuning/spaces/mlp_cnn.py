"""What is tried for the mixture of the dense and the convolutional U-Net: what is tried for each, but
for the blocks, and the hidden width of their weights."""

from typing import Any

from genodiff.tuning.spaces.base import NETWORK, Choice, Parameter, scaled
from genodiff.tuning.spaces.unet_cnn import DROPOUTS
from genodiff.tuning.spaces.unet_mlp import widths


def parameters(settings: dict[str, Any]) -> list[Parameter]:
    """Of complete settings."""
    dense, convolution = settings["unet_mlp"], settings["unet_cnn"]
    channels = scaled(convolution["width"], 0.5, 1, 2, multiple=16)
    mixer = scaled(settings["mixer_width"], 0.5, 2)
    return [
        Choice("widths", NETWORK, tuple({"unet_mlp": {"widths": w}} for w in widths(dense["widths"]))),
        Choice("channels", NETWORK, tuple({"unet_cnn": {"width": width}} for width in channels)),
        Choice("dropout", NETWORK, tuple({"unet_cnn": {"dropout": share}} for share in DROPOUTS)),
        Choice("mixer_width", NETWORK, tuple({"mixer_width": width} for width in mixer)),
    ]
