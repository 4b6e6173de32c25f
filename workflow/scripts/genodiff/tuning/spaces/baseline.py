"""What is tried for the baseline: the width of its hidden layers."""

from typing import Any

from genodiff.tuning.spaces.base import NETWORK, Choice, Parameter, scaled


def parameters(settings: dict[str, Any]) -> list[Parameter]:
    """Of complete settings."""
    sizes = scaled(settings["width"], 0.5, 1, 2, 4)
    return [Choice("width", NETWORK, tuple({"width": width} for width in sizes))]
