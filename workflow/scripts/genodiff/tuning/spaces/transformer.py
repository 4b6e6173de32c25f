"""What is tried for the transformer: its width with the same heads, its depth, and genes of a token."""

from typing import Any

from genodiff.tuning.spaces.base import NETWORK, Choice, Parameter, scaled


def parameters(settings: dict[str, Any]) -> list[Parameter]:
    """Of complete settings."""
    sizes = {
        "width": scaled(settings["width"], 0.5, 1, 2, multiple=settings["heads"]),
        "layers": scaled(settings["layers"], 0.5, 1, 2),
        "genes_per_token": scaled(settings["genes_per_token"], 0.5, 1, 2),
    }
    return [
        Choice(key, NETWORK, tuple({key: value} for value in values)) for key, values in sizes.items()
    ]
