"""What is tried for the dense U-Net: its widths, and a level more or less."""

from typing import Any

from genodiff.tuning.spaces.base import NETWORK, Choice, Parameter, scaled

FACTORS = (0.5, 1, 2)


def widths(own: list[int]) -> list[list[int]]:
    """Half and twice the widths; without the last level, and with one more of half its width."""
    half, same, twice = zip(*(scaled(width, *FACTORS, multiple=16) for width in own), strict=True)
    found = [list(same), list(half), list(twice), [*own, *scaled(own[-1], 0.5, multiple=16)]]
    return [*found, own[:-1]] if len(own) > 2 else found


def parameters(settings: dict[str, Any]) -> list[Parameter]:
    """Of complete settings."""
    values = tuple({"widths": own} for own in widths(settings["widths"]))
    return [Choice("widths", NETWORK, values)]
