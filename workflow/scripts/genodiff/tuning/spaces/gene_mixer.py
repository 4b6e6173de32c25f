"""What is tried for the gene mixer: neighbours, widths and values of a gene, and the components of
ancestry and linkage. Groups of individuals only become larger (`shared_by`), since smaller ones are what
protects single individuals."""

from typing import Any

from genodiff.tuning.spaces.base import NETWORK, Choice, Parameter, scaled


def parameters(settings: dict[str, Any]) -> list[Parameter]:
    """Of complete settings."""
    values = {
        "neighbours": [0, 2, 4, 8],
        "width": [max(16, width) for width in scaled(settings["width"], 0.5, 1, 2)],
        "bottleneck": scaled(settings["bottleneck"], 0.5, 1, 2) if settings["bottleneck"] else [64],
        "values": scaled(settings["values"], 0.5, 1) if settings["values"] else [96],
        "shared_by": scaled(settings["shared_by"], 1, 2),
        "ancestry": [0, 16],
        "linkage": [0, 32],
    }
    return [Choice(key, NETWORK, tuple({key: value} for value in own)) for key, own in values.items()]
