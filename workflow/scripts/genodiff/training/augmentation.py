"""Changes of the individuals of a training step: labels that are hidden."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from genodiff.formats.tensors import Layout


@dataclass(frozen=True)
class Augmentation:
    """Which changes, and what they need to know; the default changes nothing and draws no random
    numbers."""

    drop_labels: float = 0.0  # share of individuals whose label is hidden
    unlabelled: int = 0  # the class number of individuals without a label

    @classmethod
    def of(cls, recipe: dict[str, Any], layout: Layout) -> "Augmentation":
        """The changes that a recipe asks for."""
        return cls(recipe["drop_labels"], len(layout.classes))

    def __call__(
        self, x: Tensor, labels: Tensor, individuals: int, rows: slice, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """x float32 (B, P, K) and labels int64 (B,) of this process's `rows` of a batch of so many
        `individuals`, changed. Random numbers are drawn for the whole batch, so that processes draw
        different ones."""
        if self.drop_labels:
            drawn = torch.rand(individuals, generator=generator, device=x.device)[rows]
            labels = labels.masked_fill(drawn < self.drop_labels, self.unlabelled)
        return x, labels


UNCHANGED = Augmentation()
